#!/usr/bin/env python
"""Do activations keep their size through deep networks, and tokens their differences?

    python scripts/experiments/signal_propagation.py
    python scripts/experiments/signal_propagation.py --trained degradation --data tfds:cifar10

Plain, residual and pre-activation CIFAR networks of 56 layers, with batch normalization and
without, and stacks of Transformer blocks with their shortcuts and without, on a batch of noise
before any training: what Brock et al., "Characterizing Signal Propagation to Close the Performance
Gap in Unnormalized ResNets" (2021, https://arxiv.org/abs/2101.08692) and Dong et al., "Attention is
not all you need" (2021, https://arxiv.org/abs/2103.03404) show. Of the networks that
`degradation.py` trained, also how much their blocks add, as figure 7 of He et al. (2015).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import typer
from rich.console import Console

from classifying import load_images
from gradient_flow import transformer
from keras_resgen.analysis import LayerSignal, plot_signal_propagation, signal_propagation
from keras_resgen.networks import classifier

NETWORKS = ("plain56", "resnet56", "resnet56v2")
NORMALIZATIONS = {"batch": "with", "none": "without"}
STAGES = (1, 2, 3)
BLOCKS = (6, 24)
TEST_IMAGES = 512
console = Console(width=120)


def signals_of(build: Callable[[], keras.Model], batch: int, seed: int) -> list[LayerSignal]:
    """The signals of standard normal noise in a new network."""
    keras.utils.set_random_seed(seed)
    network = build()
    shape = (batch, *network.input_shape[1:])
    noise = np.random.default_rng(seed).standard_normal(shape, "float32")
    return signal_propagation(network, noise)


def print_row(*cells: str) -> None:
    """Prints a row of a table in Markdown."""
    console.print(f"| {' | '.join(cells)} |", soft_wrap=True)


def geometric_mean(values: list[float]) -> str:
    """The mean of logarithms, to two digits."""
    return f"{np.exp(np.mean(np.log(values))):.2g}"


def print_variances(seeds: int, batch: int, width: int) -> dict[str, list[LayerSignal]]:
    """Prints variances at the end of each stage, and returns the signals of the first seed."""
    shown = {}
    widths = (width, 2 * width, 4 * width)
    columns = [f"stage {stage}" for stage in STAGES]
    print_row("Network", "batch normalization", "first block", *columns, "a block adds")
    print_row(*["---"] * (len(columns) + 4))
    for normalization, word in NORMALIZATIONS.items():
        for name in NETWORKS:
            runs = [
                signals_of(
                    lambda name=name, normalization=normalization: classifier(
                        name, widths=widths, normalization=normalization
                    ),
                    batch,
                    seed,
                )
                for seed in range(seeds)
            ]
            shown[f"{name}, {word}"] = runs[0]
            blocks = [[row for row in run if row.branch_variance is not None] for run in runs]
            per_stage = len(blocks[0]) // len(STAGES)
            ends = [0, *(stage * per_stage - 1 for stage in STAGES)]
            cells = [geometric_mean([run[end].variance for run in blocks]) for end in ends]
            last = geometric_mean([run[-1].branch_variance or 0.0 for run in blocks])
            print_row(name, word, *cells, last)
    return shown


def print_similarities(seeds: int, batch: int) -> None:
    """Prints how much alike tokens are after all blocks."""
    console.print()
    print_row("Transformer blocks", "with shortcuts", "without")
    print_row("---", "---", "---")
    for blocks in BLOCKS:
        cells = []
        for shortcut in (True, False):
            found = []
            for seed in range(seeds):
                rows = signals_of(
                    lambda blocks=blocks, shortcut=shortcut: transformer(blocks, shortcut),
                    batch,
                    seed,
                )
                (last,) = [row for row in rows if row.layer == f"block_{blocks}"]
                found.append(last.similarity)
            cells.append(f"{np.mean(found):.3f}")
        print_row(str(blocks), *cells)


def print_responses(trained: Path, data: str) -> None:
    """Prints how much the blocks of trained networks add, over all seeds that are there."""
    _, (images, _) = load_images(data)
    console.print()
    print_row("Trained", "Networks", "standard deviation of what a block adds: mean", "least")
    print_row("---", "---", "---", "---")
    deviations: dict[str, list[list[float]]] = {}
    for path in sorted(trained.glob("*-seed*.keras")):
        network = keras.saving.load_model(path)
        rows = signal_propagation(network, images[:TEST_IMAGES], training=False)
        added = [row.branch_variance**0.5 for row in rows if row.branch_variance is not None]
        deviations.setdefault(network.name, []).append(added)
    for name, runs in deviations.items():
        print_row(name, str(len(runs)), f"{np.mean(runs):.2f}", f"{np.mean(np.min(runs, 1)):.2f}")


def main(
    seeds: Annotated[int, typer.Option(help="Networks of each kind.")] = 3,
    batch: Annotated[int, typer.Option(help="Inputs of noise.")] = 32,
    width: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    trained: Annotated[
        Path | None, typer.Option(help="Folder that degradation.py wrote; only what it has.")
    ] = None,
    data: Annotated[
        str, typer.Option(help="tfds:cifar10, or a folder with a folder for each class.")
    ] = "tfds:cifar10",
    out: Annotated[Path, typer.Option(help="PNG file to write.")] = Path("signal-propagation.png"),
) -> None:
    """Prints tables in Markdown and draws the signals of the first seed."""
    if trained is not None:
        print_responses(trained, data)
        return
    shown = print_variances(seeds, batch, width)
    print_similarities(seeds, batch)
    plot_signal_propagation(shown, "Before training").savefig(out, dpi=100)


if __name__ == "__main__":
    typer.run(main)
