"""Plain convolutional backbones: 4x4 convolutions of stride 2, without shortcuts.

The layout of DCGAN (Radford et al., 2015, https://arxiv.org/abs/1511.06434) with LeakyReLU 0.2
throughout: one convolution for every halving or doubling of the resolution, to and from 4x4. The
residual networks are compared with these.
"""

import math
from typing import Any

import keras

from keras_resgen.layers import NORMALIZATIONS
from keras_resgen.layers.normalization import LayerFactory, Normalization
from keras_resgen.networks.registry import DECODER_BACKBONES, IMAGE_BACKBONES

SMALLEST_MAP = 4
WIDEST = 8  # channels double with every halving up to this multiple of the width


def _multiples(image_size: int) -> list[int]:
    halvings = round(math.log2(image_size // SMALLEST_MAP))
    return [min(2**i, WIDEST) for i in range(halvings)]


@IMAGE_BACKBONES.register("plain")
def image_backbone(x: Any, *, width: int, normalization: str) -> Any:
    """Strided 4x4 convolutions from an image to a 4x4 feature map.

    Args:
        x: float tensor of shape `(batch, size, size, channels)`.
        width: channels of the first convolution; they double up to 8 times as many.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`. As in DCGAN, no normalization
            follows the first convolution.

    Returns:
        A tensor of shape `(batch, 4, 4, channels)`.
    """
    convolution = NORMALIZATIONS[normalization].convolution
    for i, multiple in enumerate(_multiples(x.shape[1])):
        after = NORMALIZATIONS["none" if i == 0 else normalization]
        x = _resample(x, convolution, multiple * width, after, i + 1)
    return x


@DECODER_BACKBONES.register("plain")
def decoder_backbone(x: Any, *, image_size: int, width: int, normalization: str) -> Any:
    """Transposed 4x4 convolutions from a latent vector to a feature map of the image's size.

    Args:
        x: float tensor of shape `(batch, latent_dim)`.
        image_size: height and width of the result.
        width: channels of the last convolution.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.

    Returns:
        A tensor of shape `(batch, image_size, image_size, width)`.
    """
    multiples = _multiples(image_size)
    channels = multiples[-1] * width
    normalized = NORMALIZATIONS[normalization]
    x = normalized.dense(SMALLEST_MAP**2 * channels, name="project")(x)
    x = keras.layers.Reshape((SMALLEST_MAP, SMALLEST_MAP, channels), name="reshape")(x)
    for i, multiple in enumerate(reversed(multiples)):
        x = _resample(x, normalized.transposed_convolution, multiple * width, normalized, i + 1)
    return x


def _resample(
    x: Any, convolution: LayerFactory, filters: int, normalization: Normalization, number: int
) -> Any:
    """Halve or double the resolution: 4x4 convolution of stride 2, normalization, LeakyReLU."""
    x = convolution(
        filters,
        4,
        strides=2,
        padding="same",
        use_bias=normalization.biased,
        kernel_initializer="he_normal",
        name=f"conv_{number}",
    )(x)
    x = normalization.layer(name=f"norm_{number}")(x)
    return keras.layers.LeakyReLU(0.2, name=f"activation_{number}")(x)
