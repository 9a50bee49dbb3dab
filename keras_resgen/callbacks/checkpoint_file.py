"""Checkpoint files: a tree of plain values and arrays behind its own checksum."""

import hashlib
import io
import json
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.files import temporary_path, write_whole

SUFFIX = ".ckpt"
NAME = "epoch-{:05d}-step-{:08d}" + SUFFIX
ARRAY = "array in this file"


def checkpoint_path(folder: Path, epochs_done: int, step: int) -> Path:
    """Return where the checkpoint after whole epochs, and steps of the next, belongs.

    Example:

    >>> checkpoint_path(Path("checkpoints"), 3, 0).name
    'epoch-00003-step-00000000.ckpt'
    """
    return folder / NAME.format(epochs_done, step)


def checkpoint_position(path: Path) -> tuple[int, int]:
    """Return the whole epochs, and steps of the next, that a checkpoint's name tells.

    Example:

    >>> checkpoint_position(Path("epoch-00003-step-00000000.ckpt"))
    (3, 0)
    """
    _, epochs_done, _, step = path.stem.split("-")
    return int(epochs_done), int(step)


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint.

    The file is the SHA-256 of what follows and then an `.npz` archive, in which equal arrays are
    held once. It is made in memory, written to a temporary file, flushed and renamed.

    Args:
        path: ends in `.ckpt`; names sort in the order of training.
        state: dictionaries, lists, numbers, strings, None, and arrays or what numpy makes them of.

    Raises:
        OSError: if the file cannot be written; those before it stay.

    Example:

    >>> write_checkpoint(Path("1.ckpt"), {"weights": [np.zeros(3)], "wait": 2})
    >>> read_checkpoint(Path("1.ckpt"))["wait"]
    2
    """
    arrays: dict[str, np.ndarray] = {}

    def placed(value: Any) -> dict[str, str]:
        array = np.asarray(value)
        described = f"{array.dtype.name}{array.shape}".encode()
        name = hashlib.sha256(described + array.tobytes()).hexdigest()
        arrays[name] = array
        return {ARRAY: name, "dtype": array.dtype.name}

    text = json.dumps(state, default=placed)
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, state=np.array(text), **arrays)
    content = archive.getvalue()
    write_whole(path, hashlib.sha256(content).digest() + content)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what `write_checkpoint` wrote.

    Args:
        path: file to read.

    Raises:
        ValueError: if any byte of it is not as it was written.

    Example:

    >>> write_checkpoint(Path("1.ckpt"), {"weights": [np.zeros(3)]})
    >>> read_checkpoint(Path("1.ckpt"))
    {'weights': [array([0., 0., 0.])]}
    """
    whole = path.read_bytes()
    digest, content = whole[:32], whole[32:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError(
            f"Expected a whole checkpoint. Received: {path}, which is torn. Remove it."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:

        def filled(entry: dict[str, Any]) -> Any:
            if ARRAY not in entry:
                return entry
            # numpy's files do not know bfloat16, and give back two bytes of nothing in particular.
            return archive[entry[ARRAY]].view(np.dtype(entry["dtype"]))

        return json.loads(str(archive["state"]), object_hook=filled)


def newest_checkpoint(
    folder: Path, report: Callable[[str], None] = print
) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest whole checkpoint of a folder.

    Args:
        folder: one that does not exist holds none.
        report: called with a sentence if torn files are passed over.

    Returns:
        Its path and what is in it; None if there is none.

    Example:

    >>> newest_checkpoint(Path("no such folder"))
    """
    torn = []
    newest = None
    for path in reversed(checkpoints(folder)):
        try:
            newest = path, read_checkpoint(path)
            break
        except ValueError:
            torn.append(path.name)
    if torn:
        found = "there is no older one" if newest is None else f"the one used is {newest[0].name}"
        report(f"Passed over what is torn in {folder}: {', '.join(torn)}; {found}.")
    return newest


def remove_checkpoints(folder: Path, keep: Container[Path | None]) -> None:
    """Remove checkpoints, and what a kill has left of one.

    Args:
        folder: folder of the checkpoints.
        keep: those to leave.

    Example:

    >>> write_checkpoint(Path("1.ckpt"), {})
    >>> remove_checkpoints(Path("."), keep=())
    >>> checkpoints(Path("."))
    []
    """
    leftovers = folder.glob(temporary_path(Path(f"*{SUFFIX}")).name)
    for path in (*checkpoints(folder), *leftovers):
        if path not in keep:
            path.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder in the order of training, the newest last.

    Args:
        folder: one that does not exist holds none.

    Example:

    >>> checkpoints(Path("no such folder"))
    []
    """
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
