#!/usr/bin/env python
"""Do gradients vanish in deep plain networks, and do shortcuts prevent it? Before any training.

    python scripts/experiments/gradient_flow.py

Plain, residual and pre-activation CIFAR networks of 20, 56 and 110 layers, with batch normalization
and without, and stacks of Transformer blocks with their shortcuts and without, on a batch of noise.
Metrics are the norm of the gradient by the first kernel over that by the last but one, the mean
over seeds of its logarithm: 1 where gradients keep their size, below where they vanish on their way
to the input, above where they explode.
"""

import os
from pathlib import Path
from typing import Annotated, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import typer
from rich.console import Console

from keras_resgen.analysis import KernelGradient, gradient_flow, plot_gradient_flow
from keras_resgen.layers import TransformerBlock
from keras_resgen.networks import classifier

DEPTHS = (20, 56, 110)
NETWORKS = ("plain{}", "resnet{}", "resnet{}v2")
BLOCKS = (6, 24)
console = Console(width=120)


def classified_tokens(x: Any, blocks: int, shortcut: bool) -> Any:
    """Logits of ten classes, from tokens through so many blocks."""
    for i in range(blocks):
        x = TransformerBlock(shortcut=shortcut, name=f"block_{i + 1}")(x)
    x = keras.layers.LayerNormalization(name="tokens_norm")(x)
    x = keras.layers.GlobalAveragePooling1D(name="pool")(x)
    return keras.layers.Dense(10, name="logits")(x)


def transformer(blocks: int, shortcut: bool) -> keras.Model:
    """A classifier of 64 tokens of 64 channels."""
    tokens = keras.Input((64, 64))
    return keras.Model(tokens, classified_tokens(tokens, blocks, shortcut))


def flow_of(network: keras.Model, batch: int, seed: int) -> list[KernelGradient]:
    """The gradient flow on noise."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((batch, *network.input_shape[1:]), "float32")
    return gradient_flow(network, inputs, rng.integers(0, 10, batch))


def ratio(flows: list[list[KernelGradient]]) -> str:
    """First over last but one, which is the last inside the network: mean and range over seeds."""
    logarithms = [np.log10(flow[0].gradient / flow[-2].gradient) for flow in flows]
    low, middle, high = (10 ** f(logarithms) for f in (min, np.mean, max))
    return f"{middle:.2g} ({low:.2g} to {high:.2g})"


def main(
    seeds: Annotated[int, typer.Option(help="Networks of each kind.")] = 3,
    batch: Annotated[int, typer.Option(help="Inputs of noise.")] = 32,
    width: Annotated[int, typer.Option(help="Channels of the first stage.")] = 16,
    out: Annotated[Path, typer.Option(help="PNG file to write.")] = Path("gradient-flow.png"),
) -> None:
    """Prints two tables in Markdown and draws the flows of the first seed."""
    shown = {}
    widths = (width, 2 * width, 4 * width)
    console.print("| Network | batch normalization | without |\n| --- | --- | --- |")
    for depth in DEPTHS:
        for name in (pattern.format(depth) for pattern in NETWORKS):
            cells = []
            for normalization in ("batch", "none"):
                flows = []
                for seed in range(seeds):
                    keras.utils.set_random_seed(seed)
                    network = classifier(name, widths=widths, normalization=normalization)
                    flows.append(flow_of(network, batch, seed))
                cells.append(ratio(flows))
                if normalization == "batch":
                    shown[name] = flows[0]
            console.print(f"| {name} | {' | '.join(cells)} |")
    console.print("\n| Transformer blocks | with shortcuts | without |\n| --- | --- | --- |")
    for blocks in BLOCKS:
        cells = []
        for shortcut in (True, False):
            flows = []
            for seed in range(seeds):
                keras.utils.set_random_seed(seed)
                flows.append(flow_of(transformer(blocks, shortcut), batch, seed))
            cells.append(ratio(flows))
        console.print(f"| {blocks} | {' | '.join(cells)} |")
    plot_gradient_flow(shown, "Before training, with batch normalization").savefig(out, dpi=100)


if __name__ == "__main__":
    typer.run(main)
