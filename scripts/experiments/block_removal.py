#!/usr/bin/env python
"""How large is a trained network's error without some blocks? Which paths do gradients take?

    python scripts/experiments/degradation.py --data tfds:cifar10 --out degradation
    python scripts/experiments/block_removal.py --data tfds:cifar10 --trained degradation

Reproduces sections 4.1 to 4.3 of Veit et al., "Residual Networks Behave Like Ensembles of
Relatively Shallow Networks" (2016, https://arxiv.org/abs/1605.06431), with the networks and test
images of `degradation.py`.
"""

from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer

from classifier_training import Labeled, load_labeled_images
from experiment import Data, console, network_path, print_table
from keras_resgen.analysis import (
    PathGradient,
    Removal,
    classification_error,
    path_gradients,
    plot_removals,
    remove_at_random,
    remove_each,
    residual_blocks,
)

GRADIENT_IMAGES = 64


def measure_removals(
    network: keras.Model, test: Labeled, counts: list[int], repeats: int
) -> list[Removal]:
    """Return the errors of the whole network, without each block, and without several at once."""
    error = classification_error(*test)
    counts = [count for count in counts if count <= len(residual_blocks(network))]
    return [
        *remove_each(network, error),
        *remove_at_random(network, error, counts, repeats=repeats),
    ]


def print_removals(removals: dict[str, list[Removal]], counts: list[int]) -> None:
    """Print mean errors over seeds: of whole networks, without one block, and without more."""
    table = []
    for name, rows in removals.items():
        errors = {n: [row.error for row in rows if len(row.blocks) == n] for n in (0, 1, *counts)}
        means = {n: f"{np.mean(found):.1%}" if found else "" for n, found in errors.items()}
        worst = f"{max(errors[1]):.1%}"
        table.append((name, means[0], means[1], worst, *(means[count] for count in counts)))
    without = [f"without {count}" for count in counts]
    print_table(("Network", "whole", "without one", "without the worst one", *without), table)


def print_paths(name: str, paths: list[PathGradient]) -> None:
    """Print what paths of each length contribute to the gradient."""
    whole = sum(path.total for path in paths)
    console.print(f"\n{name}")
    print_table(
        ("Blocks on the path", "Share of paths", "Gradient of a path", "Share of gradients"),
        [
            (path.length, f"{path.share:.2%}", f"{path.gradient:.2g}", f"{path.total / whole:.1%}")
            for path in paths
        ],
    )


def main(
    trained: Annotated[Path, typer.Option(help="Folder of degradation.py.")] = Path("degradation"),
    data: Data = "tfds:cifar10",
    counts: Annotated[
        str, typer.Option(help="Numbers of blocks to remove at once, separated by commas.")
    ] = "2,4,6,8",
    repeats: Annotated[int, typer.Option(help="Random choices of each number of blocks.")] = 5,
    paths: Annotated[
        str, typer.Option(help="Networks whose paths are measured, separated by commas.")
    ] = "resnet56",
) -> None:
    """Measure every network in the folder, print tables in Markdown and draw the errors."""
    files = sorted(trained.glob("*-seed*.keras"))
    if not files:
        raise typer.BadParameter(f"{trained} holds no networks. Run degradation.py first.")
    _, test = load_labeled_images(data)
    numbers = [int(count) for count in counts.split(",")]
    removals: dict[str, list[Removal]] = {}
    for path in files:
        network = keras.saving.load_model(path)
        found = measure_removals(network, test, numbers, repeats)
        removals.setdefault(network.name, []).extend(found)
        console.print(f"{path.stem}: measured", style="dim")
    print_removals(removals, numbers)
    plot_removals(removals).savefig(trained / "block-removal.png", dpi=100)
    for name in paths.split(","):
        file = network_path(trained, name, seed=0)
        if file in files:
            network = keras.saving.load_model(file)
            lengths = range(1, len(residual_blocks(network)) + 1, 2)
            images, labels = (part[:GRADIENT_IMAGES] for part in test)
            print_paths(name, path_gradients(network, images, labels, lengths))


if __name__ == "__main__":
    typer.run(main)
