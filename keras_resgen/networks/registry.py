"""The tables of backbones; a new one registers its two functions and touches nothing else."""

from collections.abc import Callable
from typing import Any

from keras_resgen.registry import Registry

Backbone = Callable[..., Any]

# From an image tensor to a feature map: under every encoder and image discriminator.
IMAGE_BACKBONES: Registry[Backbone] = Registry("network")
# From a latent tensor to a feature map of the image's size: under every decoder and generator.
DECODER_BACKBONES: Registry[Backbone] = Registry("network")


def network_names() -> tuple[str, ...]:
    """Return the names of architectures for encoder, decoder and discriminator alike.

    Example:

    >>> network_names()
    ('plain', 'resnet')
    """
    return tuple(sorted(set(IMAGE_BACKBONES) & set(DECODER_BACKBONES)))
