#!/usr/bin/env python
"""Do deeper plain networks train worse, and deeper residual networks better? On CIFAR-10.

    python scripts/experiments/degradation.py --data tfds:cifar10 --epochs 160 --width 16
    python scripts/experiments/degradation.py --data cifar10 --epochs 12 --width 8 --seeds 2

Reproduces figure 6 of He et al., "Deep Residual Learning for Image Recognition" (2015,
https://arxiv.org/abs/1512.03385), and measures gradients during training. A repeated command trains
only what is missing. `resgen analyze block-removal` and `block_removal.py` read the trained
networks.
"""

from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.figure import Figure

from classifier_training import TrainingConfig, load_labeled_images
from experiment import (
    BatchSize,
    Data,
    Epochs,
    LearningRate,
    OutFolder,
    Result,
    Seeds,
    Variant,
    Width,
    group_by_label,
    print_errors,
    print_gradient_ratios,
    run_missing,
)
from networks import cifar_network


def draw_errors(results: list[Result], path: Path) -> None:
    """Draw the errors of every run over the epochs."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), ("plain", "resnet"), strict=True):
        groups = group_by_label(r for r in results if r["label"].startswith(kind))
        for i, (name, rows) in enumerate(groups.items()):
            for row in rows:  # runs that diverged are shorter
                epochs = np.arange(1, len(row["test_error"]) + 1)
                label = name if row is rows[0] else None
                axes.plot(epochs, row["test_error"], f"C{i}", linewidth=2, label=label)
                axes.plot(epochs, row["train_error"], f"C{i}--", linewidth=0.8)
        axes.set(xlabel="epoch", ylabel="error", title=f"{kind}: test (solid), training (dashed)")
        if groups:
            axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def main(
    data: Data = "tfds:cifar10",
    out: OutFolder = Path("degradation"),
    networks: Annotated[
        str, typer.Option(help="Names, separated by commas.")
    ] = "plain20,plain56,resnet20,resnet56",
    width: Width = 16,
    epochs: Epochs = 160,
    seeds: Seeds = 3,
    learning_rate: LearningRate = 0.1,
    batch_size: BatchSize = 128,
) -> None:
    """Train what is missing, print tables in Markdown and draw the errors."""
    config = TrainingConfig(epochs, batch_size, learning_rate)
    variants = [
        Variant(name, partial(cifar_network, name, width), config, {"width": width})
        for name in networks.split(",")
    ]
    results = run_missing(variants, seeds, load_labeled_images(data), out)
    print_errors(results)
    print_gradient_ratios(results)
    draw_errors(results, out / "degradation.png")


if __name__ == "__main__":
    typer.run(main)
