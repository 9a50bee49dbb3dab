"""Files that are either whole or not there."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that no crash, kill or full disk leaves half written.

    The bytes go to a temporary file beside it, which is flushed to the disk and renamed.

    Args:
        path: of the file; its folder exists. What is there is replaced.
        content: all of it.

    Raises:
        OSError: if it cannot be written; what was there stays.

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
    """Writes a JSON file as `write_whole` does.

    Args:
        path: of the file; its folder exists.
        content: what JSON has values for; NaN and infinity are none.

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
    """Returns where to write what is to become a file, with the same ending.

    Args:
        path: of the file to be.

    Example:

    >>> temporary_path(Path("runs/vae.weights.h5")).as_posix()
    'runs/.tmp.vae.weights.h5'
    """
    return path.with_name(f".tmp.{path.name}")


def move_into_place(temporary: Path, path: Path) -> None:
    """Flushes a file to the disk and then renames it, so that its new name never holds half of it.

    Args:
        temporary: the file, closed, in the same folder.
        path: its name to be.

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
