"""Folders that commands make, and what of them may be replaced."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

LOCK_FILE = ".lock"


class Destination(Protocol):
    """A folder of one kind, such as `RunFolder`."""

    @property
    def path(self) -> Path:
        """Path of the folder, which may not exist yet."""

    @property
    def kind(self) -> str:
        """Name of its kind in messages."""

    @property
    def entries(self) -> tuple[Path, ...]:
        """Everything that is written into it but the lock; the file that identifies it is last."""

    def is_own(self) -> bool:
        """Return whether the path holds a folder of this kind."""


def check_destination(folder: Destination, *, overwrite: bool) -> None:
    """Raise a ValueError unless a new folder can be made at its path; change nothing.

    Args:
        folder: the folder to make.
        overwrite: whether an existing folder of its kind may be replaced.

    Raises:
        ValueError: if the path is a file, cannot be written, or holds something: anything without
            `overwrite`, and with it anything but a folder of its kind.

    Example:

    >>> from keras_resgen.runs.folder import RunFolder
    >>> check_destination(RunFolder(Path("a-new-folder")), overwrite=False)
    """
    path = folder.path
    if path.exists() and not path.is_dir():
        raise ValueError(f"Expected a folder to write to. Received: a file, {path}. Move it.")
    occupied = path.is_dir() and any(entry.name != LOCK_FILE for entry in path.iterdir())
    if occupied and not overwrite:
        raise ValueError(
            f"Expected an empty folder to write to. Received: {path}, which is not empty. "
            "Replace it with --overwrite, resume it with --resume, or choose another folder."
        )
    if occupied and not folder.is_own():
        raise ValueError(
            f"Only a {folder.kind} can be overwritten. Received: {path}, whose "
            f"{folder.entries[-1].name} is missing or of another program. Choose another folder, "
            "or empty this one by hand."
        )
    check_writable(path)


def check_writable(path: Path) -> None:
    """Raise a ValueError unless files can be written to a folder, which may not exist yet.

    Args:
        path: path of the folder.

    Raises:
        ValueError: with the path that cannot be written.

    Example:

    >>> check_writable(Path("a-new-folder"))
    """
    if obstacle := unwritable(path):
        raise ValueError(
            f"Expected a folder that can be written. Received: {path}; {obstacle} is not "
            "writable. Choose another folder, or change its permissions."
        )


def unwritable(folder: Path) -> Path | None:
    """Return the path that prevents writing to a folder: the folder or the nearest one above it.

    Args:
        folder: a folder, which may not exist yet.

    Returns:
        A path that is no folder or cannot be written; None if the folder can be written.

    Example:

    >>> unwritable(Path("a-new-folder/inside"))
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return None if writable else existing


@contextmanager
def locked(folder: Destination) -> Iterator[None]:
    """Keep other processes from working in a folder, which is made if it is missing.

    Args:
        folder: a folder, such as that of a run.

    Raises:
        ValueError: if another process works in it.

    Example:

    >>> from keras_resgen.runs.folder import RunFolder
    >>> with locked(RunFolder(Path("runs/vae"))):
    ...     pass
    """
    from filelock import FileLock, Timeout  # slow, and every command imports this module

    folder.path.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder.path / LOCK_FILE).acquire(timeout=0)
    except Timeout as error:
        raise ValueError(
            f"One process at a time works on a {folder.kind}. Received: {folder.path}, on which "
            "another process works. Wait for it, or choose another folder."
        ) from error
    with lock:
        yield


def empty(folder: Destination) -> None:
    """Remove what was written into a folder, and nothing else.

    The folder itself stays: it may be a link, a mounted disk or the current folder.

    Args:
        folder: a folder, which may not exist yet.

    Example:

    >>> from keras_resgen.runs.folder import RunFolder
    >>> empty(RunFolder(Path(".")))
    """
    # The file that identifies it is removed last: after an interruption the folder can still be
    # overwritten.
    for entry in folder.entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
