"""Speed of the data pipeline: batches, decoding of a folder, and loading from the cache.

python scripts/benchmark_data.py
python scripts/benchmark_data.py --folder PATH --image-size 64   # your own photographs too
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from keras_resgen.data import load_images, training_batches

SIZES = (32, 64, 128)
CELEBA_SHAPE = (218, 178)


def main() -> None:
    """Prints a table of speeds."""
    options = _parse_arguments()
    table = Table("what", "size", "images/s", "seconds")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            _measure_batches(table, folder, size, options)
        _write_photographs(folder / "jpeg", options.files)
        folders = [("JPEG 178x218", folder / "jpeg"), *((str(f), f) for f in options.folder)]
        for label, path in folders:
            _measure_loading(table, label, path, folder / "cache", options.image_size)
    Console().print(table)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, default=20_000, help="images batches are made of")
    parser.add_argument("--repeats", type=int, default=5, help="the median of these is printed")
    parser.add_argument("--files", type=int, default=2_000, help="JPEG files made and decoded")
    parser.add_argument("--image-size", type=int, default=64, help="what files are decoded to")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="decoded as well")
    return parser.parse_args()


def _measure_batches(table: Table, folder: Path, size: int, options: argparse.Namespace) -> None:
    """Shuffled training batches from a memory-mapped file, after one epoch to warm up."""
    path = folder / f"{size}.npy"
    shape = (options.images, size, size, 3)
    _random(shape, seed=size).tofile(path)
    images = np.memmap(path, np.uint8, "r", shape=shape)
    batches = iter(training_batches(images, options.batch_size, seed=0))
    steps = options.images // options.batch_size

    def epoch() -> None:
        for _ in range(steps):
            next(batches)

    epoch()
    seconds = _median(epoch, options.repeats)
    _add(table, "training batches", size, steps * options.batch_size, seconds)
    path.unlink()


def _measure_loading(table: Table, label: str, path: Path, cache: Path, size: int) -> None:
    def load() -> int:
        return len(load_images(f"folder:{path}", image_size=size, cache_dir=cache))

    start = time.perf_counter()
    count = load()
    _add(table, f"decoding, {label}", size, count, time.perf_counter() - start)
    _add(table, f"from the cache, {label}", size, count, _median(load, 3))


def _write_photographs(folder: Path, count: int) -> None:
    """JPEG files of CelebA's size with the amount of detail that photographs have."""
    folder.mkdir()
    coarse = _random((count, 14, 11, 3), seed=0)
    for index, blocks in enumerate(coarse):
        picture = Image.fromarray(blocks).resize(CELEBA_SHAPE[::-1], Image.Resampling.BICUBIC)
        picture.save(folder / f"{index:06}.jpg", quality=95)


def _random(shape: Sequence[int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _median(work: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _add(table: Table, what: str, size: int, count: int, seconds: float) -> None:
    table.add_row(what, str(size), f"{count / seconds:,.0f}", f"{seconds:.3f}")


if __name__ == "__main__":
    main()
