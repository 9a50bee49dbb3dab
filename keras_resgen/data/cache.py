"""Prepared images on disk: one folder for each plan, complete or not there at all.

Entries are written under another name, flushed and renamed, so that a killed or failed process
leaves nothing that is taken for good. Nothing is locked: of two processes that prepare the same
images at once, the second to finish drops its copy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from keras_resgen.data.source_plan import Chunk, Progress, SourcePlan

ENVIRONMENT_VARIABLE = "KERAS_RESGEN_CACHE"
_PARTIAL_PREFIX = ".partial-"
_ABANDONED_AFTER = 3600.0  # seconds without a write, then a partial entry's process is gone
_GROUPS = ("attributes", "factors")  # fields of a chunk that hold one array for each name


@dataclass(frozen=True)
class Entry:
    """A complete cache entry; see `ImageSet` for the fields."""

    images: np.ndarray
    names: tuple[str, ...]
    fingerprint: str
    attributes: Mapping[str, np.ndarray]
    factors: Mapping[str, np.ndarray]
    skipped: tuple[tuple[str, str], ...]
    enlarged: int


def cache_folder(cache_dir: Path | None = None) -> Path:
    """Where prepared images are kept.

    Args:
        cache_dir: Folder to use; by default the environment variable KERAS_RESGEN_CACHE, or else
            the user's cache folder of this system.

    Example:
        >>> cache_folder(Path("my_cache"))
        PosixPath('my_cache')
    """
    chosen = cache_dir or os.environ.get(ENVIRONMENT_VARIABLE)
    return (
        Path(os.path.expanduser(chosen)) if chosen else platformdirs.user_cache_path("keras_resgen")
    )


def fetch(plan: SourcePlan, shape: tuple[int, int, int], folder: Path, progress: Progress) -> Entry:
    """The plan's images from the cache, made first where they are not there yet.

    Args:
        plan: What to make.
        shape: Height, width and channels of the images.
        folder: The cache, made if it is missing.
        progress: Called while images are made.

    Raises:
        OSError: If the cache cannot be written or has too little space.
        ValueError: If the source gave no image at all.
    """
    description = json.dumps({"kind": plan.kind, "shape": shape, **plan.key}, sort_keys=True)
    digest = hashlib.sha256(description.encode()).hexdigest()[:20]
    path = folder / f"{plan.kind}-{'x'.join(map(str, shape))}-{digest}"
    with _explained(folder, plan.total * int(np.prod(shape))):
        entry = _read(path)
    if entry is None:
        _write(plan, description, shape, path, progress)
        entry = _read(path)
    if entry is None:
        raise OSError(f"Expected a readable cache entry. Received: {path}. Remove it and retry.")
    return entry


def _read(path: Path) -> Entry | None:
    """The entry at this path, or None if there is none or it is damaged."""
    try:
        details = json.loads((path / "details.json").read_text(encoding="utf-8"))
        shape = tuple(details["shape"])
        images = path / "images.u8"
        if images.stat().st_size != np.prod(shape, dtype=np.int64):
            return None
        with np.load(path / "arrays.npz", allow_pickle=False) as arrays:
            groups: dict[str, dict[str, np.ndarray]] = {group: {} for group in _GROUPS}
            for key in arrays:
                group, name = key.split("/", maxsplit=1)
                groups[group][name] = arrays[key]
        return Entry(
            np.memmap(images, np.uint8, "r", shape=shape).view(np.ndarray),
            names=tuple(details["names"]),
            fingerprint=details["fingerprint"],
            skipped=tuple((name, reason) for name, reason in details["skipped"]),
            enlarged=details["enlarged"],
            **groups,
        )
    except (FileNotFoundError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(
    plan: SourcePlan, description: str, shape: tuple[int, int, int], path: Path, progress: Progress
) -> None:
    """Make the images beside their place and move them there when all is on disk."""
    folder, needed = path.parent, plan.total * int(np.prod(shape))
    with _explained(folder, needed):
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        if shutil.disk_usage(folder).free < needed:
            raise OSError(f"{shutil.disk_usage(folder).free / 1e6:.1f} MB are free")
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL_PREFIX, dir=folder))
    try:
        writer = _Writer(partial, shape)
        done = 0
        progress(done, plan.total, plan.label)
        for chunk in plan.chunks():
            with _explained(folder, needed):
                writer.append(chunk)
            done += len(chunk.names) + len(chunk.skipped)
            progress(done, plan.total, plan.label)
        with _explained(folder, needed):
            writer.close(description)
            _move_into_place(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _Writer:
    """Appends chunks to a folder that becomes an entry once it is closed and renamed."""

    def __init__(self, folder: Path, shape: tuple[int, int, int]):
        self._folder = folder
        self._shape = shape
        self._digest = hashlib.sha256(repr(shape).encode())
        self._chunks: list[Chunk] = []  # without their images

    def append(self, chunk: Chunk) -> None:
        pixels = np.ascontiguousarray(chunk.images)
        if pixels.dtype != np.uint8 or pixels.shape != (len(chunk.names), *self._shape):
            raise TypeError(
                f"Expected uint8 images {(len(chunk.names), *self._shape)}. "
                f"Received: {pixels.dtype} {pixels.shape}. This is a defect of the image source."
            )
        with (self._folder / "images.u8").open("ab") as file:
            file.write(pixels.data)
        self._digest.update(pixels.data)
        self._chunks.append(dataclasses.replace(chunk, images=pixels[:0]))

    def close(self, description: str) -> None:
        names = [name for chunk in self._chunks for name in chunk.names]
        skipped = [item for chunk in self._chunks for item in chunk.skipped]
        if not names:
            reasons = "; ".join(f"{name!r}: {reason}" for name, reason in skipped[:5])
            raise ValueError(
                f"Expected at least one readable image. Received: {len(skipped)} files and none "
                f"could be read ({reasons})."
            )
        details = {
            "plan": json.loads(description),
            "shape": [len(names), *self._shape],
            "names": names,
            "skipped": skipped,
            "enlarged": sum(chunk.enlarged for chunk in self._chunks),
            "fingerprint": self._digest.hexdigest(),
        }
        (self._folder / "details.json").write_text(json.dumps(details), encoding="utf-8")
        np.savez(self._folder / "arrays.npz", **self._arrays())
        for file in self._folder.iterdir():
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())

    def _arrays(self) -> dict[str, Any]:
        """Attributes and factors of all chunks, named `group/name`."""
        return {
            f"{group}/{name}": np.concatenate([getattr(c, group)[name] for c in self._chunks])
            for group in _GROUPS
            for name in getattr(self._chunks[0], group)
        }


def _move_into_place(partial: Path, path: Path) -> None:
    try:
        partial.rename(path)
    except OSError:
        if not path.exists():
            raise
        if _read(path) is None:  # damaged, else another process was faster and its copy stands
            shutil.rmtree(path)
            partial.rename(path)


def _remove_abandoned(folder: Path) -> None:
    """Frees the space of entries whose process was killed while it made them."""
    for partial in folder.glob(f"{_PARTIAL_PREFIX}*"):
        with contextlib.suppress(OSError):
            latest = max(file.stat().st_mtime for file in (partial, *partial.iterdir()))
            if time.time() - latest > _ABANDONED_AFTER:
                shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def _explained(folder: Path, needed: int) -> Iterator[None]:
    """Say of a failure to write which folder it was, how much it takes and what to do."""
    try:
        yield
    except OSError as error:
        raise OSError(
            f"Expected room for {needed / 1e6:.1f} MB of prepared images in a writable cache "
            f"folder. Received: {folder} ({error}). Free some space, or set "
            f"{ENVIRONMENT_VARIABLE} to a folder that can be written."
        ) from error
