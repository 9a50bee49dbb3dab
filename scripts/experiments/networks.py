"""The networks of the experiments: residual and plain CIFAR networks, and Transformers."""

from typing import Any

import keras

from keras_resgen.layers import TransformerBlock
from keras_resgen.networks import classifier


def cifar_network(name: str, width: int, **options: Any) -> keras.Model:
    """Build a classifier of small images.

    Args:
        name: a name that `keras_resgen.networks.classifier` knows, such as `"resnet20"`.
        width: channels of the first stage; the others have two and four times as many.
        **options: other arguments of `keras_resgen.networks.classifier`.
    """
    return classifier(name, widths=(width, 2 * width, 4 * width), **options)


def transformer(blocks: int, shortcut: bool) -> keras.Model:
    """Build a Transformer that classifies 64 tokens of 64 channels."""
    tokens = keras.Input((64, 64))
    return keras.Model(tokens, _classify_tokens(tokens, blocks, shortcut))


def vision_transformer(blocks: int, channels: int, shortcut: bool) -> keras.Model:
    """Build a Transformer that classifies images.

    Two convolutions make 64 tokens of an image. Their padding shows each token its position.
    """
    images = keras.Input((32, 32, 3), name="images")
    x = images
    for i in (1, 2):
        x = keras.layers.Conv2D(channels, 3, 2, "same", activation="relu", name=f"stem_conv_{i}")(x)
    x = keras.layers.Reshape((64, channels), name="to_tokens")(x)
    logits = _classify_tokens(x, blocks, shortcut)
    return keras.Model(images, logits, name=f"transformer{blocks}")


def _classify_tokens(x: Any, blocks: int, shortcut: bool) -> Any:
    """Return logits of ten classes."""
    for i in range(blocks):
        x = TransformerBlock(shortcut=shortcut, name=f"block_{i + 1}")(x)
    x = keras.layers.LayerNormalization(name="tokens_norm")(x)
    x = keras.layers.GlobalAveragePooling1D(name="pool")(x)
    return keras.layers.Dense(10, name="logits")(x)
