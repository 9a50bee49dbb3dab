#!/usr/bin/env python
"""Do activations keep their variance through deep networks, and do tokens stay different?

    python scripts/experiments/signal_propagation.py
    python scripts/experiments/signal_propagation.py --trained degradation --data tfds:cifar10

The first command measures new networks on a batch of noise: plain, residual and pre-activation
CIFAR networks of 56 layers, with batch normalization and without, as Brock et al., "Characterizing
Signal Propagation to Close the Performance Gap in Unnormalized ResNets" (2021,
https://arxiv.org/abs/2101.08692); and Transformers with shortcuts and without, as Dong et al.,
"Attention is not all you need" (2021, https://arxiv.org/abs/2103.03404). The second one measures
how much the blocks of the networks that `degradation.py` trained add to their shortcuts, as
figure 7 of He et al. (2015).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer

from classifier_training import load_labeled_images
from experiment import BatchSize, Data, OutPlot, Seeds, Width, build_with_seed, print_table
from keras_resgen.analysis import LayerSignal, plot_signal_propagation, signal_propagation
from networks import cifar_network, transformer

NETWORKS = ("plain56", "resnet56", "resnet56v2")
NORMALIZATIONS = {"batch": "with", "none": "without"}
STAGES = (1, 2, 3)
BLOCKS = (6, 24)
TEST_IMAGES = 512


def measure_signals(
    build: Callable[[], keras.Model], batch_size: int, seeds: int
) -> list[list[LayerSignal]]:
    """Return the signals of standard normal noise in new networks, one for each seed."""
    signals = []
    for seed in range(seeds):
        network = build_with_seed(build, seed)
        shape = (batch_size, *network.input_shape[1:])
        noise = np.random.default_rng(seed).standard_normal(shape, "float32")
        signals.append(signal_propagation(network, noise))
    return signals


def format_geometric_mean(values: list[float]) -> str:
    """Return the geometric mean with two digits."""
    return f"{np.exp(np.mean(np.log(values))):.2g}"


def print_variances(seeds: int, batch_size: int, width: int) -> dict[str, list[LayerSignal]]:
    """Print variances after the first block and each stage; return the first seed's signals."""
    table, shown = [], {}
    for normalization, word in NORMALIZATIONS.items():
        for name in NETWORKS:
            build = partial(cifar_network, name, width, normalization=normalization)
            signals = measure_signals(build, batch_size, seeds)
            shown[f"{name}, {word}"] = signals[0]
            blocks = [[row for row in rows if row.branch_variance is not None] for rows in signals]
            per_stage = len(blocks[0]) // len(STAGES)
            ends = [0, *(stage * per_stage - 1 for stage in STAGES)]
            cells = [format_geometric_mean([rows[end].variance for rows in blocks]) for end in ends]
            added = format_geometric_mean([rows[-1].branch_variance or 0.0 for rows in blocks])
            table.append((name, word, *cells, added))
    stages = [f"stage {stage}" for stage in STAGES]
    print_table(("Network", "batch normalization", "first block", *stages, "a block adds"), table)
    return shown


def print_similarities(seeds: int, batch_size: int) -> None:
    """Print the similarity of tokens after the last block."""
    table = []
    for blocks in BLOCKS:
        cells = []
        for shortcut in (True, False):
            signals = measure_signals(partial(transformer, blocks, shortcut), batch_size, seeds)
            last = [row.similarity for r in signals for row in r if row.layer == f"block_{blocks}"]
            cells.append(f"{np.mean(last):.3f}")
        table.append((blocks, *cells))
    print_table(("Transformer blocks", "with shortcuts", "without"), table)


def print_responses(trained: Path, data: str) -> None:
    """Print how much the blocks of trained networks add, for all seeds in the folder."""
    _, (images, _) = load_labeled_images(data)
    deviations: dict[str, list[list[float]]] = {}
    for path in sorted(trained.glob("*-seed*.keras")):
        network = keras.saving.load_model(path)
        signals = signal_propagation(network, images[:TEST_IMAGES], training=False)
        added = [row.branch_variance**0.5 for row in signals if row.branch_variance is not None]
        deviations.setdefault(network.name, []).append(added)
    print_table(
        ("Trained", "Networks", "standard deviation of what a block adds: mean", "minimum"),
        [
            (name, len(added), f"{np.mean(added):.2f}", f"{np.mean(np.min(added, axis=1)):.2f}")
            for name, added in deviations.items()
        ],
    )


def main(
    seeds: Seeds = 3,
    batch_size: BatchSize = 32,
    width: Width = 16,
    trained: Annotated[
        Path | None, typer.Option(help="Folder of degradation.py: measure its networks instead.")
    ] = None,
    data: Data = "tfds:cifar10",
    out: OutPlot = Path("signal-propagation.png"),
) -> None:
    """Print tables in Markdown and draw the signals of the first seed."""
    if trained is not None:
        print_responses(trained, data)
        return
    shown = print_variances(seeds, batch_size, width)
    print_similarities(seeds, batch_size)
    plot_signal_propagation(shown, "Before training").savefig(out, dpi=100)


if __name__ == "__main__":
    typer.run(main)
