"""Stacks of small kernels vs. one large kernel with the same receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from keras_resgen.analysis.trace import trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Number of layers and side of their kernels: two 3x3 vs. 5x5, three 3x3 vs. 7x7.
STACKS = ((2, 3), (1, 5), (3, 3), (1, 7))
SIZE = 16  # of the traced maps; the results do not depend on it


@dataclass(frozen=True)
class KernelStack:
    """A stack of convolutions with equal numbers of channels and no biases.

    Attributes:
        layers: number of convolutions.
        kernel: side of their kernels.
        receptive_field: height and width in pixels.
        parameters: parameters of all layers.
        per_square: parameters divided by the square of the number of channels, 18 for two 3x3.
        multiply_adds: multiply-adds per position.
    """

    layers: int
    kernel: int
    receptive_field: tuple[int, int]
    parameters: int
    per_square: int
    multiply_adds: int


def compare_kernels(
    channels: int = 64, stacks: Sequence[tuple[int, int]] = STACKS
) -> list[KernelStack]:
    """Compare stacks of convolutions with single layers of the same receptive field.

    Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition"
    (2014, https://arxiv.org/abs/1409.1556), section 2.3: small kernels need fewer parameters for
    the same receptive field, and have more non-linearities between them.

    Args:
        channels: channels of every map.
        stacks: number of layers and side of their kernels, for each stack.

    Example:

    >>> [(s.layers, s.kernel, s.receptive_field[0], s.per_square) for s in compare_kernels()]
    [(2, 3, 5, 18), (1, 5, 5, 25), (3, 3, 7, 27), (1, 7, 7, 49)]
    """
    return [_traced(layers, kernel, channels) for layers, kernel in stacks]


def _traced(layers: int, kernel: int, channels: int) -> KernelStack:
    convolutions = [
        keras.layers.Conv2D(channels, kernel, padding="same", use_bias=False) for _ in range(layers)
    ]
    network = keras.Sequential([keras.Input((SIZE, SIZE, channels)), *convolutions])
    last = trace(network)[-1]
    assert last.receptive_field is not None
    return KernelStack(
        layers=layers,
        kernel=kernel,
        receptive_field=last.receptive_field,
        parameters=last.total_trained,
        per_square=last.total_trained // channels**2,
        multiply_adds=last.total_multiply_adds // SIZE**2,
    )


def plot_kernels(stacks: Sequence[KernelStack]) -> Figure:
    """Plot the parameters of stacks of convolutions and their receptive fields.

    Args:
        stacks: results of `compare_kernels`.

    Returns:
        A matplotlib figure, to be shown or saved.

    Example:

    >>> plot_kernels(compare_kernels(channels=2)).savefig("kernels.png")
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 2.4), layout="constrained")
    panel = figure.subplots()
    labels = [f"{s.layers} of {s.kernel} x {s.kernel}\nsee {s.receptive_field[0]}" for s in stacks]
    bars = panel.bar(range(len(stacks)), [s.per_square for s in stacks])
    panel.bar_label(bars)
    panel.set_xticks(range(len(stacks)), labels)
    panel.set_ylabel("parameters / channels²")
    panel.margins(y=0.15)
    return figure
