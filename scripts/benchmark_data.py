#!/usr/bin/env python
"""How fast is the data pipeline: batches, decoding, the cache, and drawing faces?

    python scripts/benchmark_data.py
    python scripts/benchmark_data.py --folder PATH --image-size 64

The second command decodes your own photographs too. Faces are drawn on one core, and their speed is
by processor time, so that waiting for other programs does not count.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table

from keras_resgen.data import faces, load_images, training_batches

BATCH_IMAGE_SIZES = (32, 64, 128)
CELEBA_SHAPE = (218, 178)
DRAWING_SECONDS = 1.5  # of a measurement
Clock = Callable[[], float]


def measure_batches(folder: Path, image_size: int, batch_size: int, count: int) -> float:
    """Return images per second of shuffled training batches from a memory-mapped file."""
    path = folder / f"{image_size}.npy"
    shape = (count, image_size, image_size, 3)
    random_pixels(shape, seed=image_size).tofile(path)
    images = np.memmap(path, np.uint8, "r", shape=shape)
    batches = iter(training_batches(images, batch_size, seed=0))
    steps = count // batch_size

    def run_epoch() -> None:
        for _ in range(steps):
            next(batches)

    run_epoch()
    seconds = median_seconds(run_epoch)
    path.unlink()
    return steps * batch_size / seconds


def measure_loading(folder: Path, cache: Path, image_size: int) -> tuple[float, float]:
    """Return images per second of decoding a folder, and of loading it from the cache."""

    def load() -> int:
        return len(load_images(f"folder:{folder}", image_size=image_size, cache_dir=cache))

    start = time.perf_counter()
    count = load()
    decoding = count / (time.perf_counter() - start)
    return decoding, count / median_seconds(load)


def measure_drawing(image_size: int) -> float:
    """Return how many faces one core draws per second."""

    def draw(count: int) -> float:
        factors = faces.sample_factors(count, seed=0)
        return median_seconds(lambda: faces.draw(factors, image_size), 1, time.process_time)

    draw(64)  # makes the textures
    count = max(32, int(DRAWING_SECONDS * 64 / draw(64)))
    return count / statistics.median(draw(count) for _ in range(3))


def write_photographs(folder: Path, count: int) -> None:
    """Write JPEG files of CelebA's size with about as much detail as photographs."""
    folder.mkdir()
    for index, blocks in enumerate(random_pixels((count, 14, 11, 3), seed=0)):
        picture = Image.fromarray(blocks).resize(CELEBA_SHAPE[::-1], Image.Resampling.BICUBIC)
        picture.save(folder / f"{index:06}.jpg", quality=95)


def random_pixels(shape: Sequence[int], seed: int) -> np.ndarray:
    """Return uniform random pixels."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def median_seconds(
    work: Callable[[], object], repeats: int = 5, clock: Clock = time.perf_counter
) -> float:
    """Return the median seconds of calling a function several times."""
    seconds = []
    for _ in range(repeats):
        start = clock()
        work()
        seconds.append(clock() - start)
    return statistics.median(seconds)


def main(
    batch_size: Annotated[int, typer.Option(help="Images in a training batch.")] = 64,
    images: Annotated[int, typer.Option(help="Images that batches are made of.")] = 20_000,
    files: Annotated[int, typer.Option(help="JPEG files to write and decode.")] = 2_000,
    image_size: Annotated[int, typer.Option(help="Size to decode to, in pixels.")] = 64,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of photographs to decode too.")
    ] = None,
) -> None:
    """Print a table of speeds."""
    table = Table("what", "size", "images/s")

    def add_row(what: str, size: int, speed: float) -> None:
        table.add_row(what, str(size), f"{speed:,.0f}")

    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        for size in BATCH_IMAGE_SIZES:
            speed = measure_batches(temporary, size, batch_size, images)
            add_row("training batches", size, speed)
        write_photographs(temporary / "jpeg", files)
        folders = {"JPEG 178x218": temporary / "jpeg"}
        if folder:
            folders[str(folder)] = folder
        for label, path in folders.items():
            decoding, cached = measure_loading(path, temporary / "cache", image_size)
            add_row(f"decoding, {label}", image_size, decoding)
            add_row(f"from the cache, {label}", image_size, cached)
    for size in faces.SIZES:
        add_row("drawing faces, one core", size, measure_drawing(size))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
