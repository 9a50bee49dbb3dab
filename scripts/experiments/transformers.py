#!/usr/bin/env python
"""What do Transformers learn without their shortcuts? On CIFAR-10.

    python scripts/experiments/transformers.py --data tfds:cifar10 --epochs 50
    python scripts/experiments/transformers.py --data cifar10 --epochs 5 --seeds 1

Dong et al., "Attention is not all you need: pure attention loses rank doubly exponentially with
depth" (2021, https://arxiv.org/abs/2103.03404). Each is trained with its shortcuts and without, at
several depths; what becomes of gradients, and of the difference between tokens, is measured too.
What has been trained already is not trained again.
"""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import typer

from classifying import Labeled, Recipe, load_images
from degradation import print_gradients
from gradient_flow import classified_tokens
from keras_resgen.analysis import signal_propagation
from trainings import Training, by_label, console, print_errors, train_missing, trained_file

SHORTCUTS = {"with": True, "without": False}
TEST_IMAGES = 512


def vision_transformer(blocks: int, channels: int, shortcut: bool) -> keras.Model:
    """A classifier whose blocks see 64 tokens, which two padded convolutions make of an image."""
    images = keras.Input((32, 32, 3), name="images")
    x = images
    for i in (1, 2):  # from which tokens know where they are
        x = keras.layers.Conv2D(channels, 3, 2, "same", activation="relu", name=f"stem_conv_{i}")(x)
    x = keras.layers.Reshape((64, channels), name="to_tokens")(x)
    logits = classified_tokens(x, blocks, shortcut)
    return keras.Model(images, logits, name=f"transformer{blocks}")


def print_similarities(results: Sequence[dict[str, Any]], out: Path, test: Labeled) -> None:
    """Prints how much alike tokens of an image are in the trained networks, in Markdown."""
    console.print("\n| Network | after the first block | after the last |\n| --- | --- | --- |")
    for label, rows in by_label(results).items():
        ends = []
        for row in rows:
            network = keras.saving.load_model(trained_file(out, label, row["seed"]))
            signals = signal_propagation(network, test[0][:TEST_IMAGES])
            blocks = [s.similarity for s in signals if s.layer.startswith("block_")]
            ends.append((blocks[0], blocks[-1]))
        cells = [f"{sum(end) / len(end):.3f}" for end in zip(*ends, strict=True)]
        console.print(f"| {label} | {' | '.join(cells)} |")


def main(
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    out: Annotated[Path, typer.Option(help="Folder of results.")] = Path("transformers"),
    depths: Annotated[str, typer.Option(help="Blocks, with commas between.")] = "6,12",
    channels: Annotated[int, typer.Option(help="Of a token.")] = 64,
    epochs: Annotated[int, typer.Option(help="Passes over the images.")] = 50,
    seeds: Annotated[int, typer.Option(help="Trainings of each network.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="At first.")] = 0.03,
    batch: Annotated[int, typer.Option(help="Images of a step.")] = 128,
) -> None:
    """Trains what is missing, and prints tables in Markdown."""
    training, test = load_images(data)
    trainings = (
        Training(
            f"{depth} blocks {word} shortcuts",
            partial(vision_transformer, int(depth), channels, shortcut),
            Recipe(epochs, batch, learning_rate, seed),
            {"channels": channels},
        )
        for seed in range(seeds)
        for depth in depths.split(",")
        for word, shortcut in SHORTCUTS.items()
    )
    results = train_missing(trainings, training, test, out)
    print_errors(results)
    console.print()
    print_gradients(results)
    print_similarities(results, out, test)


if __name__ == "__main__":
    typer.run(main)
