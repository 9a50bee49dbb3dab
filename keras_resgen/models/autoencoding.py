"""The base class of families with an encoder: codes and reconstructions."""

from typing import Any, ClassVar

import keras
import numpy as np

from keras_resgen.models.base import (
    CommonOptions,
    Endpoint,
    GenerativeModel,
    with_attributes,
)
from keras_resgen.networks import Architecture
from keras_resgen.training.checks import check_images


class AutoencodingOptions(CommonOptions, total=False):
    """The options of every family with an encoder, see `AutoencodingModel.create_networks`."""

    encoder_network: str | None
    encoder_weights: str | None


class AutoencodingModel(GenerativeModel):
    """A generative model with an encoder and a decoder.

    The encoder of a conditional model takes images only, so that an image is edited by decoding its
    code with other attributes.

    Args:
        encoder: `keras.Model` from images of shape `(batch, size, size, channels)` in [0, 1].
        decoder: `keras.Model` from latent vectors, or `[latents, attributes]`, to such images.
        seed: see `PhasedModel`.
    """

    image_network = "decoder"
    has_encoder = True
    code_outputs: ClassVar[tuple[str, ...]] = ("code",)  # the encoder's outputs

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs: Any) -> None:
        super().__init__(decoder, **kwargs)
        codes = [output.shape[1:] for output in encoder.outputs]
        if codes != [(self.latent_dim,)] * len(self.code_outputs):
            raise ValueError(
                f"The encoder must return {' and '.join(self.code_outputs)}, each of the shape "
                f"{(None, self.latent_dim)} the decoder takes. Received: {len(codes)} output(s), "
                f"{[output.shape for output in encoder.outputs]}. Build both for one latent_dim, "
                f"and the encoder with variational={len(self.code_outputs) > 1}."
            )
        if encoder.input_shape[1:] != decoder.output_shape[1:]:
            raise ValueError(
                "The decoder must return images of the shape the encoder takes. Received: encoder "
                f"input {encoder.input_shape}, decoder output {decoder.output_shape}. "
                "Build both for one image_shape."
            )
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def create_networks(
        cls,
        architecture: Architecture,
        *,
        encoder_network: str | None = None,
        encoder_weights: str | None = None,
    ) -> dict[str, keras.Model]:
        """Return an encoder, variational if codes are distributions, and a decoder.

        Args:
            architecture: shape and size of both networks.
            encoder_network: another network as encoder, see `keras_resgen.networks.encoder`.
            encoder_weights: weights of that network, see `keras_resgen.networks.backbone`.
        """
        return {
            "encoder": architecture.encoder(
                network=encoder_network or architecture.network,
                variational=len(cls.code_outputs) > 1,
                weights=encoder_weights,
            ),
            "decoder": architecture.decoder(),
        }

    def code(self, images: Any, training: bool | None = None) -> Any:
        """Return the codes of a batch of images, without noise."""
        return self.encoder(images, training=training)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Reconstruct images without noise.

        Args:
            images: float tensor of shape `(batch, size, size, channels)` in [0, 1]; for a
                conditional model, `[images, attributes]`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A tensor of the same shape, in [0, 1].
        """
        images, attributes = self.split_attributes(images)
        return self.decode(self.code(images, training), attributes, training)

    def decode(self, codes: Any, attributes: Any, training: bool | None = None) -> Any:
        """Decode codes to images, conditioned on `attributes` if given."""
        return self.decoder(with_attributes(codes, attributes), training=training)

    def encode(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Encode images, without noise.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            batch_size: number of images computed at a time.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Raises:
            ValueError: if the images are not such an array.

        Example:

        >>> from keras_resgen.models import Autoencoder
        >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=4)
        >>> model.encode(np.zeros((2, 32, 32, 3), "float32")).shape
        (2, 8)
        """
        return self.posterior(images, batch_size)[0]

    def posterior(
        self, images: np.ndarray, batch_size: int = 32
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the distribution of each image's code.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            batch_size: number of images computed at a time.

        Returns:
            The mean and the log-variance, float32 arrays of shape `(count, latent_dim)`. The second
            is None if codes have no noise.

        Raises:
            ValueError: if the images are not such an array.

        Example:

        >>> from keras_resgen.models import VariationalAutoencoder
        >>> model = VariationalAutoencoder.create(image_size=32, latent_dim=8, width=4)
        >>> mean, log_variance = model.posterior(np.zeros((2, 32, 32, 3), "float32"))
        >>> mean.shape == log_variance.shape == (2, 8)
        True
        """
        check_images(images, self.image_shape)
        codes = self.predict_by(self.encoder, images, batch_size)
        return (codes[0], codes[1]) if isinstance(codes, list) else (codes, None)

    def reconstruct(
        self, images: np.ndarray, attributes: Any = None, batch_size: int = 32
    ) -> np.ndarray:
        """Encode and decode images, without noise.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            attributes: see `generate`; attributes that differ from the images' own edit them.
            batch_size: number of images computed at a time.

        Returns:
            A float32 array of the same shape, in [0, 1].

        Example:

        >>> from keras_resgen.models import Autoencoder
        >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=4)
        >>> model.reconstruct(np.zeros((2, 32, 32, 3), "float32")).shape
        (2, 32, 32, 3)
        """
        return self.generate(self.encode(images, batch_size), attributes, batch_size)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return `encode`, `decode` and `reconstruct`."""
        return {
            "encode": Endpoint(
                lambda images: {"code": self.encoder(images, training=False)},
                {"images": self.image_shape},
                "encoder",
            ),
            "decode": Endpoint(
                lambda latents, attributes=None: {
                    "images": self.decode(latents, attributes, training=False)
                },
                {"latents": (self.latent_dim,), **self.attribute_inputs},
                "decoder",
            ),
            "reconstruct": Endpoint(
                lambda images, attributes=None: {
                    "reconstructions": self(with_attributes(images, attributes), training=False)
                },
                {"images": self.image_shape, **self.attribute_inputs},
                None,
            ),
        }
