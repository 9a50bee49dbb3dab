#!/usr/bin/env python
"""How fast can a network learn with batch normalization, and how fast without? On CIFAR-10.

    python scripts/experiments/batch_normalization.py --data tfds:cifar10 --epochs 10 --width 16
    python scripts/experiments/batch_normalization.py --data cifar10 --epochs 4 --width 8

Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift" (2015, https://arxiv.org/abs/1502.03167), and Bjorck et al., "Understanding Batch
Normalization" (2018, https://arxiv.org/abs/1806.02375), who find that what it does is to let
networks train at large learning rates. Here each network is trained at rates that grow by about
three, with it and without, and the highest one is sought at which it still learns: at which its
training error at the end is at most `--learned`. What has been trained is not trained again.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import typer

from classifying import Recipe, load_images
from trainings import by_label, console, mean_and_range, of_table, train_missing

NETWORKS = ("plain20", "resnet20")
NORMALIZATIONS = ("batch", "none")
LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def label(network: str, normalization: str, learning_rate: float) -> str:
    """What a training is called."""
    return f"{network} {normalization} {learning_rate:g}"


def has_learned(result: dict[str, Any], learned: float) -> bool:
    """Whether a training went to its end, and far enough."""
    return len(result["train_error"]) == result["epochs"] and result["train_error"][-1] <= learned


def highest_rate(rows: Sequence[dict[str, Any]], learned: float) -> float | None:
    """The highest learning rate at which all seeds learned; None if there is none."""
    rates: dict[float, list[bool]] = {}
    for row in rows:
        rates.setdefault(row["learning_rate"], []).append(has_learned(row, learned))
    return max((rate for rate, each in rates.items() if all(each)), default=None)


def print_tables(results: Sequence[dict[str, Any]], learned: float) -> None:
    """Prints training errors at every rate, and the highest rate that trains, in Markdown."""
    groups = by_label(results)
    columns = [(n, k) for n in NETWORKS for k in NORMALIZATIONS]
    names = [f"{network}, {'with' if kind == 'batch' else 'without'}" for network, kind in columns]
    console.print(f"| Learning rate | {' | '.join(names)} |\n|{' --- |' * (len(columns) + 1)}")
    for rate in LEARNING_RATES:
        cells = []
        for network, kind in columns:
            rows = groups.get(label(network, kind, rate), [])
            ended = [row for row in rows if len(row["train_error"]) == row["epochs"]]
            if not rows:
                cells.append("")
            elif len(ended) < len(rows):
                cells.append(f"diverged ({len(rows) - len(ended)} of {len(rows)})")
            else:
                cells.append(mean_and_range(rows, lambda row: row["train_error"][-1]))
        console.print(f"| {rate:g} | {' | '.join(cells)} |", soft_wrap=True)
    for (network, kind), name in zip(columns, names, strict=True):
        rows = [row for row in results if row["label"].startswith(f"{network} {kind} ")]
        rate = highest_rate(rows, learned)
        console.print(f"{name} batch normalization: trains up to {rate or 'no rate of these'}")


def main(
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    out: Annotated[Path, typer.Option(help="Folder of results.")] = Path("batch-normalization"),
    width: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    epochs: Annotated[int, typer.Option(help="Passes over the images.")] = 10,
    seeds: Annotated[int, typer.Option(help="Trainings of each network.")] = 2,
    batch: Annotated[int, typer.Option(help="Images of a step.")] = 128,
    learned: Annotated[
        float, typer.Option(help="Training error at which a network has learned something.")
    ] = 0.75,
) -> None:
    """Trains what is missing, and prints tables in Markdown."""
    training, test = load_images(data)
    trainings = (
        of_table(
            label(network, kind, rate),
            network,
            width,
            Recipe(epochs, batch, rate, seed),
            normalization=kind,
        )
        for seed in range(seeds)
        for network in NETWORKS
        for kind in NORMALIZATIONS
        for rate in LEARNING_RATES
    )
    print_tables(train_missing(trainings, training, test, out), learned)


if __name__ == "__main__":
    typer.run(main)
