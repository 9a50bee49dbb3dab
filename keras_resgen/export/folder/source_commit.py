"""The git commit of this package that made an export."""

import json
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import keras_resgen

PACKAGE = Path(keras_resgen.__file__).parent


def source_commit(package: Path = PACKAGE) -> str | None:
    """Return the git commit that this package runs from, None if it is unknown.

    It is known in a clone, and if pip installed the package from a repository. A released package
    has a version instead.

    Args:
        package: the package's folder.

    Returns:
        40 hexadecimal digits, followed by `-dirty` if tracked files of the clone were changed.

    Example:

    >>> source_commit(Path("no/clone")) is None
    True
    """
    return _clone_commit(package) or _installed_commit(package)


def _clone_commit(package: Path) -> str | None:
    if shutil.which("git") is None:
        return None
    # A repository that contains the virtual environment does not track the installed package.
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, None if it fails."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def _installed_commit(package: Path) -> str | None:
    """Return the commit that pip records when it installs from a repository (PEP 610)."""
    if package != PACKAGE:
        return None
    try:
        recorded = distribution("keras-resgen").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return json.loads(recorded or "{}").get("vcs_info", {}).get("commit_id")
