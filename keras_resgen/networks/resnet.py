"""Residual backbones of encoders and decoders: 4 blocks down, 5 blocks up, at every image size.

The reference architecture of the adversarial autoencoder: 9 residual blocks with 18 convolutions
inside them. The number of blocks is the same from 32 to 256 pixels; the blocks that change the
resolution differ.
"""

import math
from typing import Any

import keras

from keras_resgen.layers import NORMALIZATIONS, ResidualBlock
from keras_resgen.networks.registry import DECODER_BACKBONES, IMAGE_BACKBONES

# Channels of each block, in multiples of the network's width.
ENCODER_BLOCKS = (1, 2, 4, 8)
DECODER_BLOCKS = (8, 8, 4, 2, 1)
SMALLEST_MAP = 4


@IMAGE_BACKBONES.register("resnet")
def image_backbone(x: Any, *, width: int, normalization: str) -> Any:
    """Four residual blocks from an image to a feature map of 4x4 (8x8 for images of 256 pixels).

    Images of 128 pixels and more are halved by the first convolution; at 32 pixels the last block
    keeps the resolution, where keeping it costs least.

    Args:
        x: float tensor of shape `(batch, size, size, channels)`.
        width: channels of the first block.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.

    Returns:
        A tensor of shape `(batch, 4, 4, 8 * width)`, 8x8 for images of 256 pixels.
    """
    halvings = round(math.log2(x.shape[1] // SMALLEST_MAP))
    normalized = NORMALIZATIONS[normalization]
    x = normalized.convolution(
        width,
        3,
        strides=2 if halvings > len(ENCODER_BLOCKS) else 1,
        padding="same",
        use_bias=normalized.biased,
        kernel_initializer="he_normal",
        name="stem_conv",
    )(x)
    x = normalized.layer(name="stem_norm")(x)
    x = keras.layers.LeakyReLU(0.2, name="stem_activation")(x)
    for i, multiple in enumerate(ENCODER_BLOCKS):
        keeps = i >= halvings
        x = ResidualBlock(
            multiple * width,
            resample="none" if keeps else "down",
            normalization=normalization,
            name=f"block_{i + 1}",
        )(x)
    return x


@DECODER_BACKBONES.register("resnet")
def decoder_backbone(x: Any, *, image_size: int, width: int, normalization: str) -> Any:
    """Five residual blocks from a latent vector to a feature map of the image's size.

    Starts at 4x4 (8x8 for images of 256 pixels); the last blocks double the resolution.

    Args:
        x: float tensor of shape `(batch, latent_dim)`.
        image_size: height and width of the result.
        width: channels of the last block.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.

    Returns:
        A tensor of shape `(batch, image_size, image_size, width)`.
    """
    doublings = min(round(math.log2(image_size // SMALLEST_MAP)), len(DECODER_BLOCKS))
    start = image_size // 2**doublings
    channels = DECODER_BLOCKS[0] * width
    x = NORMALIZATIONS[normalization].dense(start * start * channels, name="project")(x)
    x = keras.layers.Reshape((start, start, channels), name="reshape")(x)
    for i, multiple in enumerate(DECODER_BLOCKS):
        keeps = len(DECODER_BLOCKS) - i > doublings
        x = ResidualBlock(
            multiple * width,
            resample="none" if keeps else "up",
            normalization=normalization,
            name=f"block_{i + 1}",
        )(x)
    return x
