"""Files that are written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that no crash, kill or full disk leaves half written.

    The bytes go to a temporary file beside it, which is flushed to the disk and renamed.

    Args:
        path: path of the file, in an existing folder. An existing file is replaced.
        content: the whole content.

    Raises:
        OSError: if it cannot be written; an existing file then stays.

    Example:

    >>> write_whole(Path("numbers.txt"), b"1 2 3")
    >>> Path("numbers.txt").read_text()
    '1 2 3'
    """
    temporary = temporary_path(path)
    try:
        temporary.write_bytes(content)
        move_into_place(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file as `write_whole` does.

    Args:
        path: path of the file, in an existing folder.
        content: values that JSON can represent; NaN and infinity are not among them.

    Raises:
        OSError: as `write_whole`.
        ValueError: for a number that is not finite.

    Example:

    >>> write_json(Path("numbers.json"), {"one": 1})
    >>> Path("numbers.json").read_text().split()
    ['{', '"one":', '1', '}']
    """
    write_whole(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def temporary_path(path: Path) -> Path:
    """Return the path of the temporary file for a file, with the same ending.

    Args:
        path: path of the file.

    Example:

    >>> temporary_path(Path("runs/vae.weights.h5")).as_posix()
    'runs/.tmp.vae.weights.h5'
    """
    return path.with_name(f".tmp.{path.name}")


def move_into_place(temporary: Path, path: Path) -> None:
    """Flush a file to the disk and rename it, so that its new name never holds half of it.

    Args:
        temporary: the closed file, in the same folder.
        path: its new name.

    Raises:
        OSError: if the disk or the folder refuses.

    Example:

    >>> _ = Path("draft").write_text("done")
    >>> move_into_place(Path("draft"), Path("final"))
    >>> Path("draft").exists()
    False
    """
    _flush(temporary)
    os.replace(temporary, path)
    if os.name == "posix":  # elsewhere folders cannot be opened, and need not be flushed
        _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
