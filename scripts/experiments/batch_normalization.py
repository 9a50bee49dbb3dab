#!/usr/bin/env python
"""Up to which learning rate do networks train with batch normalization, and without? On CIFAR-10.

    python scripts/experiments/batch_normalization.py --data tfds:cifar10 --epochs 10 --width 16
    python scripts/experiments/batch_normalization.py --data cifar10 --epochs 4 --width 8

Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift" (2015, https://arxiv.org/abs/1502.03167), introduce it. Bjorck et al.,
"Understanding Batch Normalization" (2018, https://arxiv.org/abs/1806.02375), find that its main
effect is that networks train at large learning rates. Here a network trains at a rate if its final
training error is at most `--learned` with every seed. A repeated command trains only what is
missing.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from classifier_training import TrainingConfig, load_labeled_images
from experiment import (
    BatchSize,
    Data,
    Epochs,
    OutFolder,
    Result,
    Seeds,
    Variant,
    Width,
    console,
    format_mean_and_range,
    group_by_label,
    print_table,
    run_missing,
)
from networks import cifar_network

NETWORKS = [(name, kind) for name in ("plain20", "resnet20") for kind in ("batch", "none")]
LEARNING_RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def label(network: str, normalization: str, learning_rate: float) -> str:
    """Return the label of a variant."""
    return f"{network} {normalization} {learning_rate:g}"


def has_ended(result: Result) -> bool:
    """Return whether a run reached its last epoch, which one that diverged does not."""
    return len(result["train_error"]) == result["epochs"]


def find_highest_rate(results: Sequence[Result], learned: float) -> float | None:
    """Return the highest learning rate at which every seed has learned; None if there is none."""
    rates: dict[float, list[bool]] = {}
    for result in results:
        has_learned = has_ended(result) and result["train_error"][-1] <= learned
        rates.setdefault(result["learning_rate"], []).append(has_learned)
    return max((rate for rate, seeds in rates.items() if all(seeds)), default=None)


def print_tables(results: Sequence[Result], learned: float) -> None:
    """Print training errors at every rate, and the highest rate at which each network trains."""
    groups = group_by_label(results)

    def format_errors(rows: list[Result]) -> str:
        diverged = [row for row in rows if not has_ended(row)]
        if diverged:
            return f"diverged ({len(diverged)} of {len(rows)})"
        return format_mean_and_range([row["train_error"][-1] for row in rows]) if rows else ""

    names = [f"{name}, {'with' if kind == 'batch' else 'without'}" for name, kind in NETWORKS]
    table = []
    for rate in LEARNING_RATES:
        cells = [format_errors(groups.get(label(*network, rate), [])) for network in NETWORKS]
        table.append((f"{rate:g}", *cells))
    print_table(("Learning rate", *names), table)
    for (network, kind), name in zip(NETWORKS, names, strict=True):
        rows = [row for row in results if row["label"].startswith(f"{network} {kind} ")]
        highest = find_highest_rate(rows, learned) or "none of these rates"
        console.print(f"{name} batch normalization: trains up to {highest}")


def main(
    data: Data = "tfds:cifar10",
    out: OutFolder = Path("batch-normalization"),
    width: Width = 16,
    epochs: Epochs = 10,
    seeds: Seeds = 2,
    batch_size: BatchSize = 128,
    learned: Annotated[
        float, typer.Option(help="Highest training error of a network that has learned.")
    ] = 0.75,
) -> None:
    """Train what is missing and print tables in Markdown."""
    variants = [
        Variant(
            label(name, kind, rate),
            partial(cifar_network, name, width, normalization=kind),
            TrainingConfig(epochs, batch_size, rate),
            {"width": width},
        )
        for name, kind in NETWORKS
        for rate in LEARNING_RATES
    ]
    print_tables(run_missing(variants, seeds, load_labeled_images(data), out), learned)


if __name__ == "__main__":
    typer.run(main)
