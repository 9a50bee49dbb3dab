#!/usr/bin/env python
"""What measuring the distance of samples adds to an epoch, by family, network and image size.

    python scripts/benchmark_monitor.py

Epochs of training, validation included, and measurements are timed by turns, in one process. As
many images are measured as `resgen train` does.
"""

import time
from typing import Annotated

import keras
import numpy as np
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
from keras_resgen.runs.plan.monitoring import measured_count

BATCH = 32
HELD_OUT = 0.1


def seconds(function) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(
    family: str, network: str, size: int, width: int, images: int, rounds: int
) -> tuple[float, float]:
    """Seconds of an epoch, and of what the monitors do after it: medians over rounds."""
    keras.utils.set_random_seed(0)
    faces = load_images(f"faces,count={images}", image_size=size)
    training, held_out = faces.split(HELD_OUT, seed=0)
    model = FAMILIES[family].create(image_size=size, network=network, width=width, latent_dim=64)
    model.compile()
    extractor = FEATURES["faces"]()
    count = measured_count(RunConfig(image_size=size), training, held_out)
    real = Reference.from_images(
        extractor, held_out.images[:count], training.images[:count], data="faces"
    )
    monitors = [DistributionMonitor(real, extractor)]
    if model.has_encoder:
        monitors.append(LatentMonitor(held_out.images[:count]))
    for monitor in monitors:
        monitor.set_model(model)
    steps = len(training) // (BATCH * model.batches_per_step)
    batches = training_batches(training.images, BATCH * model.batches_per_step, seed=0)

    def epoch() -> None:
        model.fit(
            batches,
            steps_per_epoch=steps,
            validation_data=evaluation_batches(held_out.images, BATCH),
            shuffle=False,
            verbose=0,
        )

    def measurement() -> None:
        for monitor in monitors:
            monitor.metrics()

    epoch(), measurement()  # compiles
    times = [(seconds(epoch), seconds(measurement)) for _ in range(rounds)]
    of_epochs, of_measurements = np.median(times, axis=0)
    return float(of_epochs), float(of_measurements)


def main(
    rounds: Annotated[int, typer.Option(help="Epochs and measurements timed.")] = 3,
    families: Annotated[str, typer.Option(help="Separated by commas.")] = ",".join(FAMILIES),
    images: Annotated[int, typer.Option(help="Training and held-out images.")] = 2000,
) -> None:
    """Prints a table."""
    table = Table("family", "network", "size", "width", "epoch, s", "monitors, s", "share")
    for size, network, width in ((32, "plain", 16), (64, "resnet", 16)):
        for family in families.split(","):
            epoch, measurement = measure(family, network, size, width, images, rounds)
            table.add_row(
                family,
                network,
                str(size),
                str(width),
                f"{epoch:.1f}",
                f"{measurement:.2f}",
                f"{measurement / epoch:.1%}",
            )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
