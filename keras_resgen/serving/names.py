"""The name and version of a served model."""

import re
from pathlib import Path

VERSION = 1  # the only version of an export


def model_name(export: Path, name: str | None = None) -> str:
    """Return a name that is valid in addresses, folders and configurations.

    Args:
        export: folder of an export, whose name is the default.
        name: another name.

    Raises:
        ValueError: if the name has other characters than letters, digits, `.`, `_` and `-`, or does
            not begin with a letter or digit.

    Example:

    >>> model_name(Path("exports/faces64"))
    'faces64'
    """
    chosen = name or export.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", chosen):
        raise ValueError(
            "A model's name must consist of letters, digits, . _ and -, and begin with a letter or "
            f"digit. Received: {chosen!r}. Choose another with --name."
        )
    return chosen
