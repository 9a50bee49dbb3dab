#!/usr/bin/env python
"""Does it matter what a shortcut does where the shape changes? On CIFAR-10.

    python scripts/experiments/shortcuts.py --data tfds:cifar10 --epochs 160 --width 16
    python scripts/experiments/shortcuts.py --data cifar10 --epochs 12 --width 8

He et al., "Deep Residual Learning for Image Recognition" (2015, https://arxiv.org/abs/1512.03385),
section 4.1 and table 3: zeros in the channels that are new (A), a projection there (B), projections
everywhere (C); and no shortcut at all. What has been trained already is not trained again.
"""

import os
from pathlib import Path
from typing import Annotated

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import typer

from classifying import Recipe, load_images
from trainings import of_table, print_errors, train_missing

SHORTCUTS = ("A", "B", "C", "none")


def main(
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    out: Annotated[Path, typer.Option(help="Folder of results.")] = Path("shortcuts"),
    network: Annotated[str, typer.Option(help="A residual network of small images.")] = "resnet20",
    width: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    epochs: Annotated[int, typer.Option(help="Passes over the images.")] = 160,
    seeds: Annotated[int, typer.Option(help="Trainings of each network.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="At first.")] = 0.1,
    batch: Annotated[int, typer.Option(help="Images of a step.")] = 128,
) -> None:
    """Trains what is missing, and prints a table in Markdown."""
    training, test = load_images(data)
    trainings = (
        of_table(
            f"{network} {shortcut}",
            network,
            width,
            Recipe(epochs, batch, learning_rate, seed),
            shortcut=shortcut,
        )
        for seed in range(seeds)
        for shortcut in SHORTCUTS
    )
    print_errors(train_missing(trainings, training, test, out))


if __name__ == "__main__":
    typer.run(main)
