#!/usr/bin/env python
"""Do deeper plain networks train worse, and deeper residual ones better? On CIFAR-10.

    python scripts/degradation.py --data tfds:cifar10 --epochs 160 --width 16
    python scripts/degradation.py --data cifar10 --epochs 12 --width 8 --seeds 2

He et al., "Deep Residual Learning for Image Recognition" (2015, https://arxiv.org/abs/1512.03385),
figure 6. Every training that has ended is a line of `results.jsonl`, and its network a `.keras`
file, which `resgen analyze block-removal` takes; what is there is not trained again.
"""

import json
import os
from pathlib import Path
from typing import Annotated

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import typer
from matplotlib.figure import Figure
from rich.console import Console

from classifying import Recipe, load_images, train
from keras_resgen.networks import classifier

NETWORKS = ("plain20", "plain56", "resnet20", "resnet56")
RESULTS = "results.jsonl"
console = Console(width=120)


def read_results(folder: Path) -> list[dict]:
    """The trainings that have ended."""
    path = folder / RESULTS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def print_table(results: list[dict]) -> None:
    """Errors at the end, for each network over its seeds."""
    console.print("| Network | seeds | training error | test error | seconds an epoch |")
    console.print("| --- | --- | --- | --- | --- |")
    for name in dict.fromkeys(result["network"] for result in results):
        rows = [result for result in results if result["network"] == name]
        cells = []
        for key in ("train_error", "test_error"):
            values = [row[key][-1] for row in rows]
            cells.append(f"{np.mean(values):.1%} ({min(values):.1%} to {max(values):.1%})")
        seconds = np.median(np.concatenate([row["seconds"] for row in rows]))
        console.print(f"| {name} | {len(rows)} | {' | '.join(cells)} | {seconds:.0f} |")


def draw(results: list[dict], path: Path) -> None:
    """Errors over epochs: of training thin, of tests thick."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), ("plain", "resnet"), strict=True):
        names = [n for n in dict.fromkeys(r["network"] for r in results) if n.startswith(kind)]
        for name in names:
            rows = [result for result in results if result["network"] == name]
            color = f"C{names.index(name)}"
            for i, row in enumerate(rows):  # a line each: one that diverged is shorter
                epochs = np.arange(1, len(row["test_error"]) + 1)
                label = name if i == 0 else None
                axes.plot(epochs, row["test_error"], linewidth=2, color=color, label=label)
                axes.plot(epochs, row["train_error"], linewidth=0.8, linestyle="--", color=color)
        axes.set(xlabel="epoch", ylabel="error", title=f"{kind}: test, and training dashed")
        if names:
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
    out.mkdir(parents=True, exist_ok=True)
    training, test = load_images(data)
    for seed in range(seeds):
        for name in networks.split(","):
            if any((r["network"], r["seed"]) == (name, seed) for r in read_results(out)):
                continue
            keras.utils.set_random_seed(seed)
            network = classifier(name, widths=(width, 2 * width, 4 * width))
            result = train(network, training, test, Recipe(epochs, batch, learning_rate, seed))
            # Without its optimizer, of which nothing is needed any more.
            trained = keras.Model(network.inputs, network.outputs, name=name)
            trained.save(out / f"{name}-seed{seed}.keras")
            with (out / RESULTS).open("a") as file:
                file.write(json.dumps({**result, "width": width}) + "\n")
            error = result["test_error"][-1]
            console.print(f"{name}, seed {seed}: test error {error:.1%}", style="dim")
    results = read_results(out)
    print_table(results)
    draw(results, out / "degradation.png")


if __name__ == "__main__":
    typer.run(main)
