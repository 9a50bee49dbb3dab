"""What a model is called where it is served, and its one version."""

import re
from pathlib import Path

VERSION = 1  # an export has no others


def model_name(export: Path, name: str | None = None) -> str:
    """Returns a name that addresses, folders and configurations can hold.

    Args:
        export: folder of an export, which lends its name.
        name: another one.

    Raises:
        ValueError: if it has other characters than letters, digits, `.`, `_` and `-`, or begins
            with one of those signs.

    Example:

    >>> model_name(Path("exports/faces64"))
    'faces64'
    """
    chosen = name or export.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", chosen):
        raise ValueError(
            "A model's name must be of letters, digits, . _ and -, and begin with one of the first "
            f"two. Received: {chosen!r}. Choose another with --name."
        )
    return chosen
