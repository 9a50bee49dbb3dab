"""Receptive fields of the positions of a feature map: rules by the type of a layer.

Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks" (2019,
https://distill.pub/2019/computing-receptive-fields/). A new type of layer that moves pixels needs a
rule: `after.register(TheLayer)`.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any, NamedTuple

import keras
from keras.src.ops.numpy import Pad  # operations have no public names

from keras_resgen.layers import NearestUpsampling, PartialConv2D, StridedIdentity, Subsampling
from keras_resgen.registry import Registry

# Number of input pixels along an axis that a pixel of an enlarged image depends on.
NEIGHBORS: Registry[int] = Registry(
    "interpolation", {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}
)


class Reach(NamedTuple):
    """Receptive fields along one axis: position i sees pixels `low + i jump` to `high + i jump`.

    Attributes:
        low, high: first and last pixel of the input, below 0 in the padding.
        jump: distance of neighbors in pixels of the input; below 1 after upsampling.

    Example:

    >>> convolved = Reach().window(3, strides=2, before=1)
    >>> convolved.size, convolved.jump, convolved.window(3, before=1).size
    (3, Fraction(2, 1), 7)
    """

    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    jump: Fraction = Fraction(1)

    @property
    def size(self) -> int:
        """The largest number of pixels that a position sees."""
        return math.ceil(self.high - self.low) + 1

    def window(
        self, kernel: int, *, strides: int = 1, dilation: int = 1, before: int = 0
    ) -> "Reach":
        """Return the fields after a window over this axis, with `before` pixels of padding."""
        low = self.low - before * self.jump
        high = self.high + ((kernel - 1) * dilation - before) * self.jump
        return Reach(low, high, self.jump * strides)

    def upsampled(self, factor: int, kernel: int, before: Fraction | int = 0) -> "Reach":
        """Return the fields after a transposed convolution of stride `factor`.

        Neighbors see different numbers of pixels; the largest number is taken, around the center.
        """
        spread = Fraction(math.ceil(Fraction(kernel, factor)) - 1, 2)
        center = (before - Fraction(kernel - 1, 2)) / factor
        low = self.low + (center - spread) * self.jump
        high = self.high + (center + spread) * self.jump
        return Reach(low, high, self.jump / factor)


# Fields along height and width; None where a position sees the whole input.
Field = tuple[Reach, Reach] | None
Sizes = tuple[int, int]


def union(fields: Sequence[Field]) -> Field:
    """Return the field through several branches: the largest of them.

    Example:

    >>> wide, narrow = Reach().window(5, before=2), Reach()
    >>> union([(wide, wide), (narrow, narrow)])[0].size
    5
    """
    known = [field for field in fields if field is not None]
    # Maps of different strides meet only where one pixel is spread over a map.
    if len(known) < len(fields) or len({tuple(r.jump for r in field) for field in known}) != 1:
        return None
    height, width = (
        Reach(min(r.low for r in axis), max(r.high for r in axis), axis[0].jump)
        for axis in zip(*known, strict=True)
    )
    return height, width


@singledispatch
def after(operation: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    """Return the receptive field after an operation on a feature map.

    Args:
        operation: a layer or operation.
        field: receptive field of its input.
        sizes: height and width of its input.
        new_sizes: height and width of its output.

    Raises:
        ValueError: for a type without a rule that changes height or width.
    """
    if sizes != new_sizes:
        raise ValueError(
            "A layer that changes height or width needs a rule for its receptive field. "
            f"Received: {type(operation).__name__}, {sizes} to {new_sizes}. "
            "Register one with keras_resgen.analysis.fields.after.register."
        )
    return field


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _each(change: Callable[..., Reach], field: tuple[Reach, Reach], *arguments: Any) -> Field:
    """Change both axes, with arguments that are given once for both or for each."""
    height, width = map(change, field, *(_pair(argument) for argument in arguments))
    return height, width


def _padded(field: tuple[Reach, Reach], before: Any) -> Field:
    return _each(lambda reach, pixels: reach.window(1, before=pixels), field, before)


@after.register(keras.layers.Conv2D)
@after.register(keras.layers.DepthwiseConv2D)
@after.register(keras.layers.SeparableConv2D)
@after.register(keras.layers.MaxPooling2D)
@after.register(keras.layers.AveragePooling2D)
def _window(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    def moved(reach: Reach, size: int, kernel: int, strides: int, dilation: int) -> Reach:
        before = 0
        if layer.padding == "same":  # the far side has as many pixels of padding, or one more
            covered = (math.ceil(size / strides) - 1) * strides + (kernel - 1) * dilation + 1
            before = max(covered - size, 0) // 2
        return reach.window(kernel, strides=strides, dilation=dilation, before=before)

    kernel = layer.pool_size if hasattr(layer, "pool_size") else layer.kernel_size
    dilation = getattr(layer, "dilation_rate", 1)
    return _each(moved, field, sizes, kernel, layer.strides, dilation)


@after.register(keras.layers.Conv2DTranspose)
def _transposed(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    def moved(reach: Reach, kernel: int, strides: int) -> Reach:
        before = max(kernel - strides, 0) // 2 if layer.padding == "same" else 0
        return reach.upsampled(strides, kernel, before)

    return _each(moved, field, layer.kernel_size, layer.strides)


@after.register(keras.layers.UpSampling2D)
def _upsampling(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    neighbors = NEIGHBORS[layer.interpolation]

    def moved(reach: Reach, factor: int) -> Reach:
        kernel = neighbors * factor
        return reach.upsampled(factor, kernel, Fraction(kernel - factor, 2))

    return _each(moved, field, layer.size)


@after.register(NearestUpsampling)
def _nearest(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    return _each(lambda reach: reach.upsampled(layer.factor, layer.factor), field)


@after.register(keras.layers.ZeroPadding2D)
def _zeros(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    (top, _), (left, _) = layer.padding
    return _padded(field, (top, left))


@after.register(keras.layers.Cropping2D)
def _cropped(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    (top, _), (left, _) = layer.cropping
    return _padded(field, (-top, -left))


@after.register(Pad)
def _pad(operation: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    widths = operation.pad_width  # one pair for all axes, or one for each
    _, (top, _), (left, _), _ = widths * 4 if len(widths) == 1 else widths
    return _padded(field, (top, left))


@after.register(StridedIdentity)
def _strided(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    return _each(lambda reach: reach.window(1, strides=layer.strides), field)


@after.register(PartialConv2D)
def _partial(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    return _each(lambda reach: reach.window(layer.kernel_size), field)


@after.register(Subsampling)
def _subsampling(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    return _each(lambda reach: reach.window(layer.size, strides=layer.size), field)


@after.register(keras.layers.GlobalAveragePooling2D)
@after.register(keras.layers.GlobalMaxPooling2D)
@after.register(keras.layers.GroupNormalization)
def _whole(layer: Any, field: tuple[Reach, Reach], sizes: Sizes, new_sizes: Sizes) -> Field:
    return None
