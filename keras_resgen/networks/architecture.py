"""The networks of a model, described once for all of them."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_resgen.networks.decoder import decoder
from keras_resgen.networks.discriminator import image_discriminator
from keras_resgen.networks.encoder import encoder


@dataclass(frozen=True)
class Architecture:
    """What all networks of a model have in common.

    A family builds its networks with the methods, whose keyword arguments replace or add arguments
    of the function of the same name in `keras_resgen.networks`.

    Attributes:
        image_shape: `(size, size, channels)`; size a power of two from 32 to 256, 1 or 3 channels.
        latent_dim: length of a latent vector.
        network: name in `keras_resgen.networks.network_names()`.
        width: channels at the image's full resolution.
        normalization: name in `keras_resgen.layers.NORMALIZATIONS`.
        attributes: number of attributes that conditional networks take; 0 for none.

    Example:

    >>> architecture = Architecture((32, 32, 3), latent_dim=8, width=4)
    >>> architecture.decoder(name="generator").output_shape
    (None, 32, 32, 3)
    >>> architecture.image_discriminator(normalization="none").output_shape
    (None, 1)
    """

    image_shape: tuple[int, int, int]
    latent_dim: int
    network: str = "resnet"
    width: int = 32
    normalization: str = "batch"
    attributes: int = 0

    def encoder(self, **changes: Any) -> keras.Model:
        """Return an encoder, see `keras_resgen.networks.encoder`."""
        return encoder(self.image_shape, self.latent_dim, **{**self._settings, **changes})

    def decoder(self, **changes: Any) -> keras.Model:
        """Return a decoder, see `keras_resgen.networks.decoder`."""
        settings = {**self._settings, "attributes": self.attributes, **changes}
        return decoder(self.latent_dim, self.image_shape, **settings)

    def image_discriminator(self, **changes: Any) -> keras.Model:
        """Return a discriminator, see `keras_resgen.networks.image_discriminator`."""
        settings = {**self._settings, "attributes": self.attributes, **changes}
        return image_discriminator(self.image_shape, **settings)

    @property
    def _settings(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "width": self.width,
            "normalization": self.normalization,
        }
