"""Folders that commands make: what may be replaced, and what not."""

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
        """Where it is, or is to be."""

    @property
    def kind(self) -> str:
        """What it is called in messages."""

    @property
    def entries(self) -> tuple[Path, ...]:
        """Everything that is written into it, but the lock; what it is known by comes last."""

    def is_own(self) -> bool:
        """Whether there is one of this kind at the path."""


def check_destination(folder: Destination, *, overwrite: bool) -> None:
    """Raises unless a new folder can be made at its path, changing nothing.

    Args:
        folder: to be made.
        overwrite: whether one of its kind that is there may be replaced.

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
            "Replace it with --overwrite, go on with --resume, or choose another folder."
        )
    if occupied and not folder.is_own():
        raise ValueError(
            f"Only a {folder.kind} can be overwritten. Received: {path}, whose "
            f"{folder.entries[-1].name} is missing or another program's. Choose another folder, "
            "or empty this one by hand."
        )
    check_writable(path)


def check_writable(path: Path) -> None:
    """Raises unless files can be written to a folder that there is, or that is to be made.

    Args:
        path: of the folder.

    Raises:
        ValueError: naming what is in the way.

    Example:

    >>> check_writable(Path("a-new-folder"))
    """
    if obstacle := unwritable(path):
        raise ValueError(
            f"Expected a folder that can be written. Received: {path}; {obstacle} is not "
            "writable. Choose another folder, or change its permissions."
        )


def unwritable(folder: Path) -> Path | None:
    """Returns what keeps files from being written to a folder, itself or the nearest above it.

    Args:
        folder: that there is, or that is to be made.

    Returns:
        A path that is no folder or cannot be written; None where nothing is in the way.

    Example:

    >>> unwritable(Path("a-new-folder/inside"))
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return None if writable else existing


@contextmanager
def locked(folder: Destination) -> Iterator[None]:
    """Keeps other processes from working in a folder, which is made if it is missing.

    Args:
        folder: such as a run's.

    Raises:
        ValueError: if another process has it now.

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
            f"One process at a time works on a {folder.kind}. Received: {folder.path}, where "
            "another does now. Wait for it, or choose another folder."
        ) from error
    with lock:
        yield


def empty(folder: Destination) -> None:
    """Removes what was written into a folder, and nothing else.

    The folder itself stays: it may be a link, a mounted disk or the current folder.

    Args:
        folder: that there is, or that is to be made.

    Example:

    >>> from keras_resgen.runs.folder import RunFolder
    >>> empty(RunFolder(Path(".")))
    """
    # What it is known by goes last: a removal cut short leaves a folder that can be overwritten.
    for entry in folder.entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
