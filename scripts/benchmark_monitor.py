#!/usr/bin/env python
"""How much time do the monitors of samples and codes add to an epoch of each family?

    python scripts/benchmark_monitor.py

Epochs, with their validation, and measurements alternate in one process. As many images are
measured as in `resgen train`.
"""

import statistics
import time
from collections.abc import Callable
from typing import Annotated

import keras
import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.callbacks import DistributionMonitor, LatentMonitor
from keras_resgen.data import load_images, training_batches
from keras_resgen.data.batches import evaluation_batches
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.models import FAMILIES
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.monitoring import resolve_monitoring

BATCH_SIZE = 32
HELD_OUT = 0.1
NETWORKS = ((32, "plain", 16), (64, "resnet", 16))  # image size, network, width


def measure_seconds(function: Callable[[], None]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(
    family: str, image_size: int, network: str, width: int, images: int, rounds: int
) -> tuple[float, float]:
    """Return the seconds of an epoch and of the monitors after it: medians over rounds."""
    keras.utils.set_random_seed(0)
    faces = load_images(f"faces,count={images}", image_size=image_size)
    training, held_out = faces.split(HELD_OUT, seed=0)
    model = FAMILIES[family].create(
        image_size=image_size, network=network, width=width, latent_dim=64
    )
    model.compile()
    extractor = FEATURES["faces"]()
    count = resolve_monitoring(RunConfig(image_size=image_size)).count(training, held_out)
    real = Reference.from_images(
        extractor, held_out.images[:count], training.images[:count], data="faces"
    )
    monitors = [DistributionMonitor(real, extractor)]
    if model.has_encoder:
        monitors.append(LatentMonitor(held_out.images[:count]))
    for monitor in monitors:
        monitor.set_model(model)
    step_images = BATCH_SIZE * model.batches_per_step
    batches = training_batches(training.images, step_images, seed=0)

    def run_epoch() -> None:
        model.fit(
            batches,
            steps_per_epoch=len(training) // step_images,
            validation_data=evaluation_batches(held_out.images, BATCH_SIZE),
            shuffle=False,
            verbose=0,
        )

    def run_monitors() -> None:
        for monitor in monitors:
            monitor.metrics()

    run_epoch()
    run_monitors()  # both compile in their first call
    times = [(measure_seconds(run_epoch), measure_seconds(run_monitors)) for _ in range(rounds)]
    epochs, measurements = zip(*times, strict=True)
    return statistics.median(epochs), statistics.median(measurements)


def main(
    rounds: Annotated[int, typer.Option(help="Epochs and measurements to time.")] = 3,
    families: Annotated[str, typer.Option(help="Separated by commas.")] = ",".join(FAMILIES),
    images: Annotated[int, typer.Option(help="Training and held-out images.")] = 2000,
) -> None:
    """Print a table."""
    table = Table("family", "network", "size", "width", "epoch, s", "monitors, s", "share")
    for image_size, network, width in NETWORKS:
        for family in families.split(","):
            epoch, monitors = measure(family, image_size, network, width, images, rounds)
            setting = (family, network, str(image_size), str(width))
            table.add_row(*setting, f"{epoch:.1f}", f"{monitors:.2f}", f"{monitors / epoch:.1%}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
