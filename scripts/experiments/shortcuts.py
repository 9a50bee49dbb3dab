#!/usr/bin/env python
"""Does it matter what a shortcut does where the shape changes? On CIFAR-10.

    python scripts/experiments/shortcuts.py --data tfds:cifar10 --epochs 160 --width 16
    python scripts/experiments/shortcuts.py --data cifar10 --epochs 12 --width 8

Compares the shortcuts of He et al., "Deep Residual Learning for Image Recognition" (2015,
https://arxiv.org/abs/1512.03385, section 4.1): zeros in the new channels (A), projections where the
shape changes (B), projections everywhere (C), and no shortcuts. A repeated command trains only what
is missing.
"""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from classifier_training import TrainingConfig, load_labeled_images
from experiment import (
    BatchSize,
    Data,
    Epochs,
    LearningRate,
    OutFolder,
    Seeds,
    Variant,
    Width,
    print_errors,
    run_missing,
)
from networks import cifar_network

SHORTCUTS = ("A", "B", "C", "none")


def main(
    data: Data = "tfds:cifar10",
    out: OutFolder = Path("shortcuts"),
    network: Annotated[str, typer.Option(help="A residual CIFAR network.")] = "resnet20",
    width: Width = 16,
    epochs: Epochs = 160,
    seeds: Seeds = 3,
    learning_rate: LearningRate = 0.1,
    batch_size: BatchSize = 128,
) -> None:
    """Train what is missing and print a table in Markdown."""
    config = TrainingConfig(epochs, batch_size, learning_rate)
    variants = [
        Variant(
            f"{network} {shortcut}",
            partial(cifar_network, network, width, shortcut=shortcut),
            config,
            {"width": width},
        )
        for shortcut in SHORTCUTS
    ]
    print_errors(run_missing(variants, seeds, load_labeled_images(data), out))


if __name__ == "__main__":
    typer.run(main)
