"""A backbone with attention: residual blocks of convolutions, then two Transformer blocks.

The shortcuts are the same. The branches hold attention and a small network for each position
instead of convolutions.
"""

from typing import Any

import keras

from keras_resgen.layers import TransformerBlock
from keras_resgen.networks import resnet
from keras_resgen.networks.registry import IMAGE_BACKBONES

BLOCKS = 2


@IMAGE_BACKBONES.register("transformer")
def image_backbone(x: Any, *, width: int, normalization: str) -> Any:
    """The residual backbone, and two Transformer blocks over the positions of its feature map.

    Padded convolutions before it make positional encodings unnecessary (Wu et al., "CvT:
    Introducing Convolutions to Vision Transformers", 2021, https://arxiv.org/abs/2103.15808).

    Args:
        x: float tensor of shape `(batch, size, size, channels)`.
        width: channels of the first block.
        normalization: of the convolutional blocks, see `keras_resgen.layers.NORMALIZATIONS`.

    Returns:
        A tensor of shape `(batch, 4, 4, 8 * width)`, 8x8 for images of 256 pixels.
    """
    x = resnet.image_backbone(x, width=width, normalization=normalization)
    shape = x.shape[1:]
    x = keras.layers.Reshape((shape[0] * shape[1], shape[2]), name="to_tokens")(x)
    for i in range(BLOCKS):
        x = TransformerBlock(name=f"transformer_block_{i + 1}")(x)
    x = keras.layers.LayerNormalization(name="tokens_norm")(x)
    return keras.layers.Reshape(shape, name="from_tokens")(x)
