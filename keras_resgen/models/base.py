"""What all families share: images from latent vectors, and the functions an export offers."""

import inspect
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Self

import keras
import numpy as np
from keras import ops

from keras_resgen.latent import PRIORS
from keras_resgen.training import PhasedModel
from keras_resgen.training.checks import check_images


class Endpoint(NamedTuple):
    """A function of one tensor that exports offer under a name.

    Attributes:
        function: maps a float tensor with a leading batch axis to named tensors.
        input_name: `"images"` (in [0, 1]), `"latents"` or `"codes"`.
        input_shape: without the batch axis.
        network: name of the sub-network that computes it alone, or None if it takes several.
    """

    function: Callable[[Any], dict[str, Any]]
    input_name: str
    input_shape: tuple[int, ...]
    network: str | None


class GenerativeModel(PhasedModel):
    """A phased model that maps latent vectors to images.

    Latent vectors are drawn from a standard normal distribution unless a family says otherwise.

    Args:
        image_shape: `(size, size, channels)`.
        latent_dim: length of a latent vector.
        seed: see `PhasedModel`.
    """

    image_network: ClassVar[str]  # the sub-network from latent vectors to images
    has_encoder: ClassVar[bool] = False  # whether there are `encode` and `reconstruct`
    monitor: ClassVar[str | None] = None  # the figure that says when to stop, if there is one
    prior: str = "gaussian"  # of latent vectors, see `keras_resgen.latent.PRIORS`
    prior_components: int = 0

    @classmethod
    @abstractmethod
    def create_networks(
        cls,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        *,
        network: str,
        width: int,
        normalization: str,
    ) -> dict[str, keras.Model]:
        """Returns the sub-networks a family needs, by the names its constructor gives them."""

    @classmethod
    def create(
        cls,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        network: str = "resnet",
        width: int = 32,
        normalization: str = "batch",
        **options: Any,
    ) -> Self:
        """Builds the family's networks and the model around them.

        Args:
            image_size: height and width in pixels, a power of two from 32 to 256.
            channels: 1 (grey) or 3 (RGB).
            latent_dim: length of a latent vector.
            network: `"resnet"` or `"plain"`.
            width: channels at the image's full resolution.
            normalization: of encoder, decoder or generator, and of a GAN's discriminator unless it
                has its own: see `keras_resgen.layers.NORMALIZATIONS`.
            **options: the other arguments of the family's constructor, and of its
                `create_networks`; one that both have goes to both.

        Returns:
            A model that is ready to be compiled.

        Raises:
            ValueError: if a value is outside the ones above.

        Example:

        >>> from keras_resgen.models import GAN
        >>> GAN.create(image_size=32, latent_dim=8, width=4).image_shape
        (32, 32, 3)
        """
        image_shape = (image_size, image_size, channels)
        of_networks = inspect.signature(cls.create_networks).parameters
        of_constructor = inspect.signature(cls.__init__).parameters
        parts = cls.create_networks(
            image_shape,
            latent_dim,
            network=network,
            width=width,
            normalization=normalization,
            **{name: value for name, value in options.items() if name in of_networks},
        )
        return cls(
            **parts,
            **{
                name: value
                for name, value in options.items()
                if name in of_constructor or name not in of_networks
            },
        )

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Returns the options of this family alone that `create` takes, with their defaults.

        Example:

        >>> from keras_resgen.models import FAMILIES
        >>> FAMILIES["ae"].options()
        {'reconstruction': 'mse'}
        """
        of_all = inspect.signature(GenerativeModel.create_networks).parameters
        return {
            name: parameter.default
            for function in (cls.__init__, cls.create_networks)
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.default is not parameter.empty and name not in of_all
        }

    def __init__(self, image_shape: tuple[int, int, int], latent_dim: int, **kwargs: Any) -> None:
        super().__init__(image_shape, **kwargs)
        self.latent_dim = latent_dim

    def generate(self, latents: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Turns latent vectors into images.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            batch_size: images computed at a time.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Raises:
            ValueError: if there are none, or they have another length.

        Example:

        >>> from keras_resgen.models import GAN
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
        >>> model.generate(np.zeros((2, 8), "float32")).shape
        (2, 32, 32, 3)
        """
        latents = np.asarray(latents, "float32")
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not len(latents):
            raise ValueError(
                f"latents must have shape (count, {self.latent_dim}), with a count of 1 or more. "
                f"Received: shape {latents.shape}. Use the latent_dim the model was built with."
            )
        return self.predict_by(self.networks[self.image_network], latents, batch_size)

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws latent vectors from the prior.

        Args:
            count: how many.
            seed: the same seed gives the same vectors on every machine, but for rounding in
                priors other than the gaussian.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Example:

        >>> from keras_resgen.models import GAN
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
        >>> model.draw_latents(3).shape
        (3, 8)
        """
        return ops.convert_to_numpy(self.from_noise(self._prior_noise(count, seed)))

    def _prior_noise(self, count: int, seed: int) -> np.ndarray:
        shape = (count, PRIORS[self.prior].noise_dim(self.latent_dim))
        return np.random.default_rng(seed).standard_normal(shape, "float32")

    def from_noise(self, noise: Any, component: Any = None) -> Any:
        """Maps standard normal noise to latent vectors, see `keras_resgen.latent.Prior`."""
        return PRIORS[self.prior].transform(noise, self.prior_components, component)

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws images: `generate(draw_latents(count, seed))`.

        Args:
            count: how many.
            seed: see `draw_latents`.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Example:

        >>> from keras_resgen.models import GAN
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
        >>> model.sample(3, seed=1).shape
        (3, 32, 32, 3)
        """
        return self.generate(self.draw_latents(count, seed))

    @abstractmethod
    def endpoints(self) -> dict[str, Endpoint]:
        """Returns the functions an export offers, by name."""

    def network_config(self) -> dict[str, Any]:
        """Returns the sub-networks, serialised, for `get_config`."""
        return {
            name: keras.saving.serialize_keras_object(network)
            for name, network in self.networks.items()
        }

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"name": self.name, "seed": self.seed, **self.network_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Rebuilds the model from `get_config`."""
        return cls(
            **{
                key: keras.saving.deserialize_keras_object(value, custom_objects)
                if isinstance(value, dict) and "class_name" in value
                else value
                for key, value in config.items()
            }
        )


class AutoencodingModel(GenerativeModel):
    """A generative model with an encoder and a decoder.

    Args:
        encoder: `keras.Model` from images of shape `(batch, size, size, channels)` in [0, 1].
        decoder: `keras.Model` from latent vectors to such images.
        seed: see `PhasedModel`.
    """

    image_network = "decoder"
    has_encoder = True
    code_outputs: ClassVar[tuple[str, ...]] = ("code",)  # what the encoder returns

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs: Any) -> None:
        codes = [output.shape[1:] for output in encoder.outputs]
        if codes != [decoder.input_shape[1:]] * len(self.code_outputs):
            raise ValueError(
                f"The encoder must return {' and '.join(self.code_outputs)}, each of the shape "
                f"{decoder.input_shape} the decoder takes. Received: {len(codes)} output(s), "
                f"{[output.shape for output in encoder.outputs]}. Build both for one latent_dim, "
                f"and the encoder with variational={len(self.code_outputs) > 1}."
            )
        if encoder.input_shape[1:] != decoder.output_shape[1:]:
            raise ValueError(
                "The decoder must return images of the shape the encoder takes. Received: encoder "
                f"input {encoder.input_shape}, decoder output {decoder.output_shape}. "
                "Build both for one image_shape."
            )
        super().__init__(encoder.input_shape[1:], decoder.input_shape[-1], **kwargs)
        self.encoder = encoder
        self.decoder = decoder

    def code(self, images: Any, training: bool | None = None) -> Any:
        """Returns the code of a batch of images, without noise."""
        return self.encoder(images, training=training)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Reconstructs images without noise.

        Args:
            images: float tensor of shape `(batch, size, size, channels)` in [0, 1].
            training: whether batch normalisation uses the batch's statistics.

        Returns:
            A tensor of the same shape, in [0, 1].
        """
        return self.decoder(self.code(images, training), training=training)

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
        check_images(images, self.image_shape)
        codes = self.predict_by(self.encoder, images, batch_size)
        return codes[0] if isinstance(codes, list) else codes

    def reconstruct(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Encodes and decodes images, without noise.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            batch_size: images computed at a time.

        Returns:
            A float32 array of the same shape, in [0, 1].

        Example:

        >>> from keras_resgen.models import Autoencoder
        >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=4)
        >>> model.reconstruct(np.zeros((2, 32, 32, 3), "float32")).shape
        (2, 32, 32, 3)
        """
        return self.generate(self.encode(images, batch_size), batch_size)

    def endpoints(self) -> dict[str, Endpoint]:
        """Returns `encode`, `decode` and `reconstruct`."""
        return {
            "encode": Endpoint(
                lambda images: {"code": self.encoder(images, training=False)},
                "images",
                self.image_shape,
                "encoder",
            ),
            "decode": Endpoint(
                lambda latents: {"images": self.decoder(latents, training=False)},
                "latents",
                (self.latent_dim,),
                "decoder",
            ),
            "reconstruct": Endpoint(
                lambda images: {"reconstructions": self(images, training=False)},
                "images",
                self.image_shape,
                None,
            ),
        }
