"""Writing of folders that appear complete or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.manifest import MANIFEST


def check_target(folder: Path, overwrite: bool) -> None:
    """Raise an ExportError unless an export may be written to `folder`.

    Args:
        folder: must be missing, empty, or, with `overwrite`, an export.
        overwrite: whether an existing export may be replaced.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(
            f"The export folder must not be a file. Received: {folder}. Choose another one."
        )
    if not any(folder.iterdir()):
        return
    if not overwrite:
        raise ExportError(
            f"The export folder must be missing or empty. Received: {folder}. "
            "Choose another one, or overwrite it."
        )
    if not (folder / MANIFEST).is_file():
        raise ExportError(
            f"Only an export can be overwritten. Received: {folder}, which holds no {MANIFEST}. "
            "Choose another folder."
        )


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder that replaces `folder` if the block succeeds.

    If the block fails, the new folder and the parents made for it are removed, and `folder` stays
    as it was.

    Raises:
        ExportError: if the new folder cannot be created.
    """
    token = secrets.token_hex(4)
    staging = folder.parent / f".{folder.name}.{token}.new"
    made = [parent for parent in folder.parents if not parent.exists()]
    try:
        try:
            staging.mkdir(parents=True)
        except OSError as error:
            raise ExportError(
                f"The export's parent folder must be writable. Received: {error}. "
                "Choose another folder."
            ) from error
        yield staging
        _replace(staging, folder, folder.parent / f".{folder.name}.{token}.old")
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for parent in made:
            if parent.exists():
                parent.rmdir()
        raise


def _replace(new: Path, folder: Path, aside: Path) -> None:
    """Rename `new` to `folder`, and delete the old folder only after that."""
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(aside)
    try:
        new.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)  # the new folder is in place
