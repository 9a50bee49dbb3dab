#!/usr/bin/env python
"""Trains the same models in float32 and in mixed bfloat16, and compares what they reach.

    python scripts/benchmark_precision.py --family vae --seeds 3

Each pair of runs has the same seed, hence the same initial weights, batches and noise. A precision
holds if the two differ by no more than runs of other seeds do.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

PRECISIONS = ("float32", "mixed_bfloat16")
console = Console()


def main(
    family: Annotated[str, typer.Option(help="ae or vae, whose validation loss says it.")] = "vae",
    image_size: Annotated[int, typer.Option(help="Pixels.")] = 32,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 16,
    images: Annotated[int, typer.Option(help="How many faces.")] = 4000,
    epochs: Annotated[int, typer.Option(help="Passes over them.")] = 6,
    seeds: Annotated[int, typer.Option(help="Pairs of runs.")] = 3,
) -> None:
    """Prints the lowest validation loss of each run and the seconds it took."""
    from keras_resgen.callbacks.metrics_log import read_metrics
    from keras_resgen.runs.config import RunConfig
    from keras_resgen.runs.train import train

    results: dict[str, list[tuple[float, float]]] = {name: [] for name in PRECISIONS}
    for seed in range(seeds):
        for name in PRECISIONS if seed % 2 else reversed(PRECISIONS):
            config = RunConfig(
                model=family,
                data=f"faces,count={images}",
                image_size=image_size,
                width=width,
                epochs=epochs,
                patience=epochs,
                seed=seed,
                precision=name,
            )
            with tempfile.TemporaryDirectory() as folder:
                run = train(config, Path(folder) / "run", console=Console(quiet=True))
                lines = read_metrics(run.metrics)
            best = min(line["val_loss"] for line in lines)
            # The first epoch's seconds are those of tracing, too.
            seconds = sum(line["seconds"] for line in lines[1:])
            results[name].append((best, seconds))
            console.print(f"seed {seed}, {name}: {best:.2f} in {seconds:.0f} s", style="dim")
    table = Table("precision", "lowest val_loss", "standard deviation", "seconds", box=None)
    for name, runs in results.items():
        losses, seconds = zip(*runs, strict=True)
        spread = statistics.stdev(losses) if seeds > 1 else float("nan")
        table.add_row(
            name,
            f"{statistics.mean(losses):.2f}",
            f"{spread:.2f}",
            f"{statistics.median(seconds):.0f}",
        )
    console.print(table)
    differences = [
        low[0] / full[0] - 1
        for full, low in zip(*(results[name] for name in PRECISIONS), strict=True)
    ]
    console.print(f"mixed_bfloat16 against float32: {statistics.mean(differences):+.2%}")


if __name__ == "__main__":
    typer.run(main)
