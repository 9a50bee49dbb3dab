#!/usr/bin/env python
"""Do deeper plain networks train worse, and deeper residual ones better? On CIFAR-10.

    python scripts/experiments/degradation.py --data tfds:cifar10 --epochs 160 --width 16
    python scripts/experiments/degradation.py --data cifar10 --epochs 12 --width 8 --seeds 2

He et al., "Deep Residual Learning for Image Recognition" (2015, https://arxiv.org/abs/1512.03385),
figure 6; and what becomes of gradients while they train. Every training that has ended is a line
of `results.jsonl`, and its network a `.keras` file, which `resgen analyze block-removal` takes;
what is there is not trained again.
"""

import os
from pathlib import Path
from typing import Annotated

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import typer
from matplotlib.figure import Figure

from classifying import Recipe, load_images
from trainings import by_label, console, of_table, print_errors, train_missing

NETWORKS = ("plain20", "plain56", "resnet20", "resnet56")


def print_gradients(results: list[dict]) -> None:
    """Gradients by the first kernel over those by the last within, along training, in Markdown."""
    epochs = max(result["epochs"] for result in results)
    shown = sorted({0, 1, 2, 5, epochs // 2, epochs} & set(range(epochs + 1)))
    names = ["Network", *(f"after {epoch} epochs" for epoch in shown)]
    console.print(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}")
    for label, rows in by_label(results).items():
        cells = []
        for epoch in shown:
            there = [
                ratio for r in rows for ratio in r["gradient_ratio"][epoch : epoch + 1] if ratio
            ]
            cells.append(f"{np.exp(np.mean(np.log(there))):.2g}" if there else "")
        console.print(f"| {label} | {' | '.join(cells)} |")


def draw(results: list[dict], path: Path) -> None:
    """Errors over epochs: of training thin, of tests thick."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), ("plain", "resnet"), strict=True):
        groups = {k: rows for k, rows in by_label(results).items() if k.startswith(kind)}
        for name, rows in groups.items():
            color = f"C{list(groups).index(name)}"
            for i, row in enumerate(rows):  # a line each: one that diverged is shorter
                epochs = np.arange(1, len(row["test_error"]) + 1)
                label = name if i == 0 else None
                axes.plot(epochs, row["test_error"], linewidth=2, color=color, label=label)
                axes.plot(epochs, row["train_error"], linewidth=0.8, linestyle="--", color=color)
        axes.set(xlabel="epoch", ylabel="error", title=f"{kind}: test, and training dashed")
        if groups:
            axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def main(
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    out: Annotated[Path, typer.Option(help="Folder of results.")] = Path("degradation"),
    networks: Annotated[str, typer.Option(help="With commas between.")] = ",".join(NETWORKS),
    width: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    epochs: Annotated[int, typer.Option(help="Passes over the images.")] = 160,
    seeds: Annotated[int, typer.Option(help="Trainings of each network.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="At first.")] = 0.1,
    batch: Annotated[int, typer.Option(help="Images of a step.")] = 128,
) -> None:
    """Trains what is missing, prints a table in Markdown and draws the errors."""
    training, test = load_images(data)
    trainings = (
        of_table(name, name, width, Recipe(epochs, batch, learning_rate, seed))
        for seed in range(seeds)
        for name in networks.split(",")
    )
    results = train_missing(trainings, training, test, out)
    print_errors(results)
    print_gradients(results)
    draw(results, out / "degradation.png")


if __name__ == "__main__":
    typer.run(main)
