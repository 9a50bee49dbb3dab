"""Which state of this package's source made an export."""

import json
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import keras_resgen

PACKAGE = Path(keras_resgen.__file__).parent


def source_commit(package: Path = PACKAGE) -> str | None:
    """Returns the git commit that this package runs from, None where that cannot be known.

    It is known in a clone, and where pip installed the package from a repository. A package of a
    release has a version instead.

    Args:
        package: its folder.

    Returns:
        40 hexadecimal digits, with `-dirty` behind them if tracked files of the clone were changed.

    Example:

    >>> source_commit(Path("no/clone")) is None
    True
    """
    return _of_clone(package) or _of_installation(package)


def _of_clone(package: Path) -> str | None:
    if shutil.which("git") is None:
        return None
    # A repository around an environment that the package is installed in does not track it.
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, None if it fails."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _of_installation(package: Path) -> str | None:
    """The commit that pip notes of what it installs from a repository (PEP 610)."""
    if package != PACKAGE:
        return None
    try:
        noted = distribution("keras-resgen").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return json.loads(noted or "{}").get("vcs_info", {}).get("commit_id")
