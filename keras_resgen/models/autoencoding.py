"""What the families with an encoder share: codes and reconstructions."""

from typing import Any, ClassVar

import keras
import numpy as np

from keras_resgen import networks
from keras_resgen.models.base import Endpoint, GenerativeModel, with_attributes
from keras_resgen.training.checks import check_images


class AutoencodingModel(GenerativeModel):
    """A generative model with an encoder and a decoder.

    The encoder of a conditional model sees images alone, so that an image is edited by decoding its
    code with other attributes.

    Args:
        encoder: `keras.Model` from images of shape `(batch, size, size, channels)` in [0, 1].
        decoder: `keras.Model` from latent vectors, or `[latents, attributes]`, to such images.
        seed: see `PhasedModel`.
    """

    image_network = "decoder"
    has_encoder = True
    code_outputs: ClassVar[tuple[str, ...]] = ("code",)  # what the encoder returns

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
        image_shape: tuple[int, int, int],
        latent_dim: int,
        *,
        network: str,
        width: int,
        normalization: str,
        attributes: int = 0,
        encoder_network: str | None = None,
        encoder_weights: str | None = None,
    ) -> dict[str, keras.Model]:
        """Returns an encoder, variational where codes are distributions, and a decoder.

        Args:
            image_shape: `(size, size, channels)`.
            latent_dim: length of a latent vector.
            network: `"resnet"` or `"plain"`.
            width: channels at full resolution.
            normalization: see `keras_resgen.layers.NORMALIZATIONS`.
            attributes: see `keras_resgen.networks.decoder`.
            encoder_network: another network as encoder, see `keras_resgen.networks.encoder`; it
                has a width and normalization of its own.
            encoder_weights: its weights, see `keras_resgen.networks.backbone`.
        """
        settings: dict[str, Any] = {"width": width, "normalization": normalization}
        return {
            "encoder": networks.encoder(
                image_shape,
                latent_dim,
                network=encoder_network or network,
                variational=len(cls.code_outputs) > 1,
                weights=encoder_weights,
                **settings,
            ),
            "decoder": networks.decoder(
                latent_dim, image_shape, network=network, attributes=attributes, **settings
            ),
        }

    def code(self, images: Any, training: bool | None = None) -> Any:
        """Returns the code of a batch of images, without noise."""
        return self.encoder(images, training=training)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Reconstructs images without noise.

        Args:
            images: float tensor of shape `(batch, size, size, channels)` in [0, 1]; of a
                conditional model, `[images, attributes]`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A tensor of the same shape, in [0, 1].
        """
        images, attributes = self.images_and_attributes(images)
        return self.decode(self.code(images, training), attributes, training)

    def decode(self, codes: Any, attributes: Any, training: bool | None = None) -> Any:
        """Returns the decoder's images of a batch of codes, told attributes that may be None."""
        return self.decoder(with_attributes(codes, attributes), training=training)

    def encode(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Turns images into codes, without noise.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            batch_size: images computed at a time.

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
        """Returns the distribution of each image's code.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            batch_size: images computed at a time.

        Returns:
            Its mean and its log-variance, float32 arrays of shape `(count, latent_dim)`; None in
            place of the second where codes have no noise.

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
        """Encodes and decodes images, without noise.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            attributes: see `generate`; other than the images' own, they edit the images.
            batch_size: images computed at a time.

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
        """Returns `encode`, `decode` and `reconstruct`."""
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
