#!/usr/bin/env python
"""Do gradients vanish in deep plain networks, and do shortcuts prevent it? Before any training.

    python scripts/experiments/gradient_flow.py

Measures plain, residual and pre-activation CIFAR networks of 20, 56 and 110 layers, with batch
normalization and without, and Transformers with shortcuts and without, on a batch of noise. The
metric is the gradient norm of the first kernel divided by that of the last kernel inside the
network, a geometric mean over seeds: below 1 gradients vanish on their way to the input, above 1
they explode.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import typer

from experiment import BatchSize, OutPlot, Seeds, Width, build_with_seed, print_table
from keras_resgen.analysis import KernelGradient, gradient_flow, plot_gradient_flow
from networks import cifar_network, transformer

NETWORKS = [
    pattern.format(depth)
    for depth in (20, 56, 110)
    for pattern in ("plain{}", "resnet{}", "resnet{}v2")
]
BLOCKS = (6, 24)


def measure_flows(
    build: Callable[[], keras.Model], batch_size: int, seeds: int
) -> list[list[KernelGradient]]:
    """Return the gradient flow of noise in new networks, one for each seed."""
    flows = []
    for seed in range(seeds):
        network = build_with_seed(build, seed)
        rng = np.random.default_rng(seed)
        noise = rng.random((batch_size, *network.input_shape[1:]), "float32")
        flows.append(gradient_flow(network, noise, rng.integers(0, 10, batch_size)))
    return flows


def format_ratios(flows: list[list[KernelGradient]]) -> str:
    """Return the mean and range of the gradient ratio over seeds."""
    logarithms = [np.log10(flow[0].gradient / flow[-2].gradient) for flow in flows]
    low, mean, high = (10 ** f(logarithms) for f in (min, np.mean, max))
    return f"{mean:.2g} ({low:.2g} to {high:.2g})"


def main(
    seeds: Seeds = 3,
    batch_size: BatchSize = 32,
    width: Width = 16,
    out: OutPlot = Path("gradient-flow.png"),
) -> None:
    """Print two tables in Markdown and draw the flows of the first seed."""
    cifar_rows, transformer_rows, shown = [], [], {}
    for name in NETWORKS:
        normalized, unnormalized = (
            measure_flows(
                partial(cifar_network, name, width, normalization=kind), batch_size, seeds
            )
            for kind in ("batch", "none")
        )
        cifar_rows.append((name, format_ratios(normalized), format_ratios(unnormalized)))
        shown[name] = normalized[0]
    print_table(("Network", "batch normalization", "without"), cifar_rows)
    for blocks in BLOCKS:
        ratios = [
            format_ratios(measure_flows(partial(transformer, blocks, shortcut), batch_size, seeds))
            for shortcut in (True, False)
        ]
        transformer_rows.append((blocks, *ratios))
    print_table(("Transformer blocks", "with shortcuts", "without"), transformer_rows)
    plot_gradient_flow(shown, "Before training, with batch normalization").savefig(out, dpi=100)


if __name__ == "__main__":
    typer.run(main)
