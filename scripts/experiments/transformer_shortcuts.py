#!/usr/bin/env python
"""What do Transformers learn without shortcuts? On CIFAR-10.

    python scripts/experiments/transformer_shortcuts.py --data tfds:cifar10 --epochs 50
    python scripts/experiments/transformer_shortcuts.py --data cifar10 --epochs 5 --seeds 1

Dong et al., "Attention is not all you need: pure attention loses rank doubly exponentially with
depth" (2021, https://arxiv.org/abs/2103.03404), show that tokens become equal without shortcuts.
Trains Transformers of several depths with shortcuts and without, and measures gradients and the
similarity of tokens too. A repeated command trains only what is missing.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer

from classifier_training import Labeled, TrainingConfig, load_labeled_images
from experiment import (
    BatchSize,
    Data,
    Epochs,
    LearningRate,
    OutFolder,
    Result,
    Seeds,
    Variant,
    group_by_label,
    network_path,
    print_errors,
    print_gradient_ratios,
    print_table,
    run_missing,
)
from keras_resgen.analysis import signal_propagation
from networks import vision_transformer

SHORTCUTS = {"with": True, "without": False}
TEST_IMAGES = 512


def print_similarities(results: Sequence[Result], out: Path, test: Labeled) -> None:
    """Print the similarity of an image's tokens in the trained networks."""
    table = []
    for label, rows in group_by_label(results).items():
        similarities = []
        for row in rows:
            network = keras.saving.load_model(network_path(out, label, row["seed"]))
            signals = signal_propagation(network, test[0][:TEST_IMAGES])
            blocks = [s.similarity for s in signals if s.layer.startswith("block_")]
            similarities.append((blocks[0], blocks[-1]))
        table.append((label, *(f"{mean:.3f}" for mean in np.mean(similarities, axis=0))))
    print_table(("Network", "after the first block", "after the last"), table)


def main(
    data: Data = "tfds:cifar10",
    out: OutFolder = Path("transformers"),
    depths: Annotated[str, typer.Option(help="Numbers of blocks, separated by commas.")] = "6,12",
    channels: Annotated[int, typer.Option(help="Channels of a token.")] = 64,
    epochs: Epochs = 50,
    seeds: Seeds = 3,
    learning_rate: LearningRate = 0.03,
    batch_size: BatchSize = 128,
) -> None:
    """Train what is missing and print tables in Markdown."""
    config = TrainingConfig(epochs, batch_size, learning_rate)
    variants = [
        Variant(
            f"{depth} blocks {word} shortcuts",
            partial(vision_transformer, int(depth), channels, shortcut),
            config,
            {"channels": channels},
        )
        for depth in depths.split(",")
        for word, shortcut in SHORTCUTS.items()
    ]
    images = load_labeled_images(data)
    results = run_missing(variants, seeds, images, out)
    print_errors(results)
    print_gradient_ratios(results)
    print_similarities(results, out, images[1])


if __name__ == "__main__":
    typer.run(main)
