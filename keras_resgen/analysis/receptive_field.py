"""Receptive fields: theoretical by the layers, and effective by gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import ops

from keras_resgen.analysis.trace import TracedLayer, trace
from keras_resgen.backends import adapter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Luo et al.'s threshold: 1 minus the mass of a normal distribution within two deviations.
THRESHOLD = 1 - 0.9545
PANEL = 3.2  # inches


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of the middle position of a layer's output, in pixels.

    Attributes:
        layer: name of the layer.
        shape: shape of its output.
        theoretical: height and width by the layers' geometry, padding included.
        start: row and column of its first pixel, below 0 in padding.
        inside: whether all of it lies in the image.
        measured: height and width of the part of the image with a gradient other than 0.
        effective: side of a square with as many pixels as have a gradient above 4.55 % of the
            largest.
        deviation: vertical and horizontal standard deviation of the squared gradient as a density.
    """

    layer: str
    shape: tuple[int, ...]
    theoretical: tuple[int, int]
    start: tuple[float, float]
    inside: bool
    measured: tuple[int, int]
    effective: float
    deviation: tuple[float, float]


def measure_receptive_field(
    network: keras.Model,
    layer: str | None = None,
    *,
    samples: int = 16,
    seed: int = 0,
    images: np.ndarray | None = None,
) -> tuple[ReceptiveField, np.ndarray]:
    """Differentiate the middle of a feature map with respect to the pixels of images.

    Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks"
    (2016, https://arxiv.org/abs/1701.04128). The sum over the channels of one position is
    differentiated, in inference, and gradients are averaged as root mean squares over images and
    their channels. Runs on TensorFlow, JAX and PyTorch.

    Args:
        network: a network that `keras_resgen.analysis.trace` takes, on images of one size.
        layer: a layer or block; by default the last one that does not see the whole image.
        samples: number of noise images, uniform in [0, 1], to average over.
        seed: seed of the noise.
        images: float array of shape `(count, height, width, channels)` to use instead of noise.

    Returns:
        The receptive field, and the gradient at each pixel, an array of shape `(height, width)`.

    Raises:
        ValueError: if there is no such layer, its output is no feature map, or its positions see
            the whole image.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> network = classifier("resnet20", widths=(4, 4, 4))
    >>> found, gradient = measure_receptive_field(network, "stage_1_block_2", samples=2)
    >>> found.theoretical, found.measured, gradient.shape
    ((11, 11), (11, 11), (32, 32))
    """
    row = _row(trace(network), layer)
    name = row.name.split("/")[0]
    (pixels,) = [given for given in network.inputs if len(given.shape) == 4]
    part = keras.Model(pixels, network.get_layer(name).output)
    middle = tuple(length // 2 for length in row.shape[:2])
    if images is None:
        images = np.random.default_rng(seed).random((samples, *pixels.shape[1:]), "float32")
    gradient = _gradient(part, middle, images)
    return _metrics(row, name, middle, gradient), gradient


def _row(rows: list[TracedLayer], layer: str | None) -> TracedLayer:
    """The last row of a layer; by default of the last layer that does not see the whole image."""
    seeing = {row.name.split("/")[0]: row for row in rows if row.receptive_field is not None}
    if layer is None and seeing:
        return list(seeing.values())[-1]
    if layer not in seeing:
        raise ValueError(
            "Expected a layer with a feature map that does not see the whole image. "
            f"Received: {layer!r}. Choose one of {list(seeing)}."
        )
    return seeing[layer]


def _gradient(part: keras.Model, middle: tuple[int, ...], images: np.ndarray) -> np.ndarray:
    row, column = middle

    def output(inputs: keras.KerasTensor) -> keras.KerasTensor:
        return ops.sum(part(inputs, training=False)[:, row, column, :], axis=-1)

    gradient = adapter().pruned(lambda inputs: adapter().input_gradient(output, inputs))
    energy = np.zeros(images.shape[1:3])
    for image in images:  # one by one: gradients of large networks take gigabytes
        inputs = ops.convert_to_tensor(image[None], "float32")
        found = ops.convert_to_numpy(gradient(inputs))
        # Far from the middle the squares underflow in float32.
        energy += np.square(found[0].astype("float64")).mean(axis=-1)
    return np.sqrt(energy / len(images))


def _metrics(
    row: TracedLayer, name: str, middle: tuple[int, ...], gradient: np.ndarray
) -> ReceptiveField:
    assert row.receptive_field is not None
    assert row.jump is not None
    assert row.start is not None
    theoretical = row.receptive_field
    start = tuple(s + i * j for s, i, j in zip(row.start, middle, row.jump, strict=True))
    rows, columns = (np.flatnonzero(gradient.any(axis=axis)) for axis in (1, 0))
    energy = np.square(gradient)
    return ReceptiveField(
        layer=name,
        shape=row.shape,
        theoretical=theoretical,
        start=(start[0], start[1]),
        inside=all(
            first >= 0 and first + length <= limit
            for first, length, limit in zip(start, theoretical, gradient.shape, strict=True)
        ),
        measured=(_extent(rows), _extent(columns)),
        effective=math.sqrt(np.count_nonzero(gradient > THRESHOLD * gradient.max())),
        deviation=(_deviation(energy.sum(axis=1)), _deviation(energy.sum(axis=0))),
    )


def _extent(indices: np.ndarray) -> int:
    return int(indices[-1] - indices[0] + 1) if len(indices) else 0


def _deviation(weights: np.ndarray) -> float:
    """The standard deviation of a distribution over pixels; 0 where there is none."""
    if not weights.any():
        return 0.0
    pixels = np.arange(len(weights))
    mean = np.average(pixels, weights=weights)
    return float(np.sqrt(np.average(np.square(pixels - mean), weights=weights)))


def plot_receptive_fields(
    found: Sequence[tuple[ReceptiveField, np.ndarray]], image: np.ndarray | None = None
) -> Figure:
    """Draw over an image what positions can see of it, and what they do.

    The box is the theoretical receptive field, the heat the gradients, which are shown as shares of
    the largest, and the circle two standard deviations wide to each side.

    Args:
        found: of `measure_receptive_field`, a panel for each.
        image: float array of shape `(height, width, channels)` in [0, 1]; gray if not given.

    Returns:
        A figure of matplotlib, to be shown or saved.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> found = measure_receptive_field(classifier("lenet5"), samples=1)
    >>> plot_receptive_fields([found]).savefig("lenet5.png")
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse, Rectangle

    figure = Figure(figsize=(PANEL * len(found), PANEL + 0.3), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for panel, (field, gradient) in zip(panels, found, strict=True):
        height, width = gradient.shape
        shown = np.full((height, width, 1), 0.6) if image is None else image
        panel.imshow(shown, cmap="gray", vmin=0, vmax=1)
        heat = gradient / max(gradient.max(), np.finfo("float64").tiny)
        panel.imshow(np.ones_like(heat), cmap="autumn", alpha=np.sqrt(heat))
        top, left = field.start
        tall, wide = field.theoretical
        corner = (left - 0.5, top - 0.5)
        panel.add_patch(
            Rectangle(corner, wide, tall, fill=False, edgecolor="deepskyblue", linewidth=1.5)
        )
        middle = (left + (wide - 1) / 2, top + (tall - 1) / 2)
        down, across = (4 * deviation for deviation in field.deviation)
        panel.add_patch(Ellipse(middle, across, down, fill=False, edgecolor="black"))
        panel.set_title(
            f"{field.layer}: {tall} x {wide} in theory,\n{field.effective:.0f} effective",
            fontsize=8,
        )
        # The whole image, and the whole box, also where it reaches into the padding.
        panel.set_xlim(min(left, 0) - 2, max(left + wide, width) + 1)
        panel.set_ylim(max(top + tall, height) + 1, min(top, 0) - 2)
        panel.tick_params(labelsize=7)
    return figure
