"""The tables of backbones; a new kind of network registers two functions here."""

from collections.abc import Callable
from typing import Any

from keras_resgen.registry import Registry

Backbone = Callable[..., Any]

# From an image tensor to a feature map, for encoders and image discriminators.
IMAGE_BACKBONES: Registry[Backbone] = Registry("network")
# From a latent tensor to a feature map of the image's size, for decoders and generators.
DECODER_BACKBONES: Registry[Backbone] = Registry("network")


def network_names() -> tuple[str, ...]:
    """Return the names of networks that exist as encoder, decoder and discriminator.

    Example:

    >>> network_names()
    ('plain', 'resnet')
    """
    return tuple(sorted(set(IMAGE_BACKBONES) & set(DECODER_BACKBONES)))
