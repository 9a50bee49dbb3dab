#!/usr/bin/env python
"""What a trained network is without some of its blocks, and along which paths gradients flow.

    python scripts/experiments/degradation.py --data tfds:cifar10 --out degradation
    python scripts/experiments/block_removal.py --data tfds:cifar10 --trained degradation

Veit et al., "Residual Networks Behave Like Ensembles of Relatively Shallow Networks" (2016,
https://arxiv.org/abs/1605.06431), sections 4.1 to 4.3, on the networks and test images of
`degradation.py`.
"""

import os
from pathlib import Path
from typing import Annotated

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import typer

from classifying import Labeled, load_images
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
from trainings import console

GRADIENT_IMAGES = 64


def removals_of(
    network: keras.Model, test: Labeled, counts: list[int], repeats: int
) -> list[Removal]:
    """The whole network, without each of its blocks, and without several at once."""
    error = classification_error(*test)
    counts = [count for count in counts if count <= len(residual_blocks(network))]
    return [
        *remove_each(network, error),
        *remove_at_random(network, error, counts, repeats=repeats),
    ]


def print_removals(removals: dict[str, list[Removal]], counts: list[int]) -> None:
    """Errors over seeds: whole, without one block, without more, in Markdown."""
    names = ["Network", "whole", "without one", "the worst one", *(f"without {n}" for n in counts)]
    console.print(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}", soft_wrap=True)
    for name, rows in removals.items():
        errors = {n: [row.error for row in rows if len(row.blocks) == n] for n in (0, 1, *counts)}
        cells = [f"{np.mean(errors[n]):.1%}" if errors[n] else "" for n in (0, 1)]
        cells.append(f"{max(errors[1]):.1%}")
        cells += [f"{np.mean(errors[n]):.1%}" if errors[n] else "" for n in counts]
        console.print(f"| {name} | {' | '.join(cells)} |", soft_wrap=True)


def print_paths(name: str, paths: list[PathGradient]) -> None:
    """What paths of each length contribute, in Markdown."""
    console.print(
        f"\n{name}\n\n| Blocks on the path | Of all paths | Gradient | Of all gradients |"
    )
    console.print("| --- | --- | --- | --- |")
    whole = sum(path.total for path in paths)
    for path in paths:
        console.print(
            f"| {path.length} | {path.share:.2%} | {path.gradient:.2g} | {path.total / whole:.1%} |"
        )


def main(
    trained: Annotated[Path, typer.Option(help="Folder that degradation.py wrote.")] = Path(
        "degradation"
    ),
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    counts: Annotated[str, typer.Option(help="Blocks to remove at once.")] = "2,4,6,8",
    repeats: Annotated[int, typer.Option(help="Choices of each number.")] = 5,
    paths: Annotated[str, typer.Option(help="Networks whose paths are followed.")] = "resnet56",
) -> None:
    """Measures every network in the folder, prints tables in Markdown and draws the errors."""
    files = sorted(trained.glob("*-seed*.keras"))
    if not files:
        raise typer.BadParameter(f"{trained} holds no network. Run degradation.py first.")
    _, test = load_images(data)
    numbers = [int(count) for count in counts.split(",")]
    removals: dict[str, list[Removal]] = {}
    for path in files:
        network = keras.saving.load_model(path)
        removals.setdefault(network.name, []).extend(removals_of(network, test, numbers, repeats))
        console.print(f"{path.stem}: measured", style="dim")
    print_removals(removals, numbers)
    plot_removals(removals).savefig(trained / "block-removal.png", dpi=100)
    for name in paths.split(","):
        file = trained / f"{name}-seed0.keras"
        if file in files:
            network = keras.saving.load_model(file)
            lengths = range(1, len(residual_blocks(network)) + 1, 2)
            batch = [part[:GRADIENT_IMAGES] for part in test]
            print_paths(name, path_gradients(network, *batch, lengths))


if __name__ == "__main__":
    typer.run(main)
