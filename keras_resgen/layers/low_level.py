"""A residual block without layers: bare operations on arrays that the caller passes.

It computes what `ResNetBlock(filters, strides=...)` and `ResidualBlock(filters)` compute, and is
there to be read beside them. The tests compare it with both: in training, in inference, the moving
statistics and the gradients. He et al., "Deep Residual Learning for Image Recognition" (2015,
https://arxiv.org/abs/1512.03385); Ioffe and Szegedy, "Batch Normalization" (2015,
https://arxiv.org/abs/1502.03167).
"""

from typing import Any, NamedTuple

from keras import ops

MOMENTUM = 0.9
EPSILON = 1e-5


class Norm(NamedTuple):
    """The arrays of one batch normalization, each of shape `(channels,)`.

    Attributes:
        gamma: the learned scale.
        beta: the learned offset.
        mean: the moving mean, used in inference.
        variance: the moving variance, used in inference.
    """

    gamma: Any
    beta: Any
    mean: Any
    variance: Any


class Block(NamedTuple):
    """The arrays of one residual block.

    Attributes:
        conv_1: kernel of shape `(3, 3, channels, filters)`.
        norm_1: its batch normalization.
        conv_2: kernel of shape `(3, 3, filters, filters)`.
        norm_2: its batch normalization.
        projection: kernel of the shortcut, of shape `(1, 1, channels, filters)`, if it has one.
        projection_norm: the projection's batch normalization, if it has one.
    """

    conv_1: Any
    norm_1: Norm
    conv_2: Any
    norm_2: Norm
    projection: Any = None
    projection_norm: Norm | None = None


def convolve(x: Any, kernel: Any, strides: int = 1) -> Any:
    """A convolution padded with zeros so that stride 1 keeps the size of the images.

    Args:
        x: images of shape `(batch, height, width, channels)`.
        kernel: of shape `(size, size, channels, filters)`, size odd.
        strides: distance of the pixels at which the output is computed.

    Returns:
        Images of shape `(batch, height / strides, width / strides, filters)`, rounded up.

    Example:

    >>> tuple(convolve(ops.ones((1, 8, 8, 3)), ops.ones((3, 3, 3, 4)), 2).shape)
    (1, 4, 4, 4)
    """
    margin = kernel.shape[0] // 2
    x = ops.pad(x, [[0, 0], [margin, margin], [margin, margin], [0, 0]])
    return ops.conv(x, kernel, strides=strides, padding="valid", data_format="channels_last")


def normalize(x: Any, norm: Norm, training: bool) -> tuple[Any, Norm]:
    """Batch normalization.

    In training each channel is normalized by its mean and variance over the batch and its pixels.
    Gradients flow through both, and the moving statistics go a tenth of the way towards them. In
    inference the moving statistics are used.

    Args:
        x: images of shape `(batch, height, width, channels)`.
        norm: the arrays.
        training: whether to use the batch's statistics.

    Returns:
        The normalized images, and the arrays with the new moving statistics.

    Example:

    >>> ones = ops.ones(2)
    >>> _, moved = normalize(5 * ops.ones((4, 1, 1, 2)), Norm(ones, 0 * ones, 0 * ones, ones), True)
    >>> [round(float(number), 2) for number in (moved.mean[0], moved.variance[0])]
    [0.5, 0.9]
    """
    mean, variance = norm.mean, norm.variance
    if training:
        mean = ops.mean(x, axis=(0, 1, 2))
        variance = ops.mean(ops.square(x - mean), axis=(0, 1, 2))
        norm = norm._replace(
            mean=MOMENTUM * norm.mean + (1 - MOMENTUM) * mean,
            variance=MOMENTUM * norm.variance + (1 - MOMENTUM) * variance,
        )
    return norm.gamma * (x - mean) / ops.sqrt(variance + EPSILON) + norm.beta, norm


def rectify(x: Any, negative_slope: float = 0.0) -> Any:
    """ReLU, or LeakyReLU if the slope is not 0.

    Example:

    >>> [round(float(number), 2) for number in rectify(ops.array([-1.0, 2.0]), 0.2)]
    [-0.2, 2.0]
    """
    return ops.where(x > 0, x, negative_slope * x)


def residual_block(
    x: Any, block: Block, *, strides: int = 1, training: bool, negative_slope: float = 0.0
) -> tuple[Any, Block]:
    """Two convolutions and a shortcut around them.

    Args:
        x: images of shape `(batch, height, width, channels)`.
        block: the arrays.
        strides: factor by which the resolution falls; more than 1 needs a projection.
        training: whether batch normalization uses the batch's statistics.
        negative_slope: 0 for ReLU, as in `ResNetBlock`; 0.2 as in `ResidualBlock`.

    Returns:
        Images of shape `(batch, height / strides, width / strides, filters)`, and the arrays with
        the new moving statistics.

    Example:

    >>> norm = Norm(ops.ones(3), ops.zeros(3), ops.zeros(3), ops.ones(3))
    >>> block = Block(ops.zeros((3, 3, 3, 3)), norm, ops.zeros((3, 3, 3, 3)), norm)
    >>> outputs, block = residual_block(ops.ones((2, 4, 4, 3)), block, training=True)
    >>> float(outputs[0, 0, 0, 0])  # a block whose convolutions give 0 is its shortcut
    1.0
    """
    y = convolve(x, block.conv_1, strides)
    y, norm_1 = normalize(y, block.norm_1, training)
    y = rectify(y, negative_slope)
    y = convolve(y, block.conv_2)
    y, norm_2 = normalize(y, block.norm_2, training)

    shortcut, projection_norm = x, block.projection_norm
    if block.projection is not None:
        shortcut = convolve(x, block.projection, strides)
    if projection_norm is not None:
        shortcut, projection_norm = normalize(shortcut, projection_norm, training)

    moved = block._replace(norm_1=norm_1, norm_2=norm_2, projection_norm=projection_norm)
    return rectify(y + shortcut, negative_slope), moved
