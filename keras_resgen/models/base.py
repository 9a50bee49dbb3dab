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


class Endpoint(NamedTuple):
    """A function of tensors that exports offer under a name.

    Attributes:
        function: maps float tensors with a leading batch axis, in the order of `inputs`, to named
            tensors.
        inputs: shapes without the batch axis by name: `"images"` (in [0, 1]), `"latents"` or
            `"codes"`, and `"attributes"` behind it where the network is told them; others are
            standard normal noise, and numbers of that size.
        network: name of the sub-network that computes it alone, or, if it needs none, of the small
            network that it is in exports; None if it takes several.
    """

    function: Callable[..., dict[str, Any]]
    inputs: dict[str, tuple[int, ...]]
    network: str | None


def with_attributes(tensor: Any, attributes: Any) -> Any:
    """Returns what a network takes: a tensor, with the attributes beside it if there are any.

    Example:

    >>> with_attributes("latents", None), with_attributes("latents", "attributes")
    ('latents', ['latents', 'attributes'])
    """
    return tensor if attributes is None else [tensor, attributes]


class GenerativeModel(PhasedModel):
    """A phased model that maps latent vectors to images.

    Latent vectors are drawn from a standard normal distribution unless a family says otherwise.

    A model whose image network is told attributes is *conditional*: `fit` and `evaluate` then take
    `(images, attributes)`, the second of shape `(count, attributes)`, numbers of 0 or 1 as a rule.

    Args:
        image_network: from latent vectors, or `[latents, attributes]`, to images.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the image network takes anything else.
    """

    image_network: ClassVar[str]  # the sub-network from latent vectors to images
    has_encoder: ClassVar[bool] = False  # whether there are `encode` and `reconstruct`
    # The metric of its own that says when to stop; None if only the distance of samples does.
    monitor: ClassVar[str | None] = None
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
        attributes: int = 0,
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
        attributes: int = 0,
        **options: Any,
    ) -> Self:
        """Builds the family's networks and the model around them.

        Args:
            image_size: height and width in pixels, a power of two from 32 to 256.
            channels: 1 (gray) or 3 (RGB).
            latent_dim: length of a latent vector.
            network: `"resnet"` or `"plain"`.
            width: channels at the image's full resolution.
            normalization: of encoder, decoder or generator, and of a GAN's discriminator unless it
                has its own: see `keras_resgen.layers.NORMALIZATIONS`.
            attributes: how many binary attributes decoder or generator, and the discriminator of
                images, are told; 0 for none.
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
            attributes=attributes,
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
        {'reconstruction': 'mse', 'encoder_network': None, 'encoder_weights': None}
        """
        of_all = inspect.signature(GenerativeModel.create_networks).parameters
        return {
            name: parameter.default
            for function in (cls.__init__, cls.create_networks)
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.default is not parameter.empty and name not in of_all
        }

    def __init__(self, image_network: keras.Model, **kwargs: Any) -> None:
        shapes = [tensor.shape for tensor in image_network.inputs]
        if [len(shape) for shape in shapes] not in ([2], [2, 2]):
            raise ValueError(
                f"The {image_network.name} must take latents of shape (None, latent_dim), or "
                "[latents, attributes] with attributes of shape (None, count). "
                f"Received: inputs {shapes}. Begin it with such inputs."
            )
        super().__init__(image_network.output_shape[1:], **kwargs)
        self.latent_dim, self.attributes = (*(shape[1] for shape in shapes), 0)[:2]

    def batch(self, data: Any) -> Any:
        """Returns the images, or those and their attributes if the model is conditional."""
        images, attributes, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not self.attributes:
            return images
        if attributes is None or tuple(attributes.shape)[1:] != (self.attributes,):
            received = "none" if attributes is None else f"shape {tuple(attributes.shape)}"
            raise ValueError(
                f"Each image needs the {self.attributes} attributes that the model is told, in an "
                f"array of shape (count, {self.attributes}). Received: {received}. "
                "Give fit and evaluate (images, attributes)."
            )
        return images, ops.cast(attributes, "float32")

    def images_and_attributes(self, batch: Any) -> tuple[Any, Any]:
        """Returns the two parts of what `batch` returned, or of what `call` is given.

        Args:
            batch: a tensor; of a conditional model, a pair of tensors.

        Returns:
            The tensor, and its attributes or None.

        Raises:
            ValueError: if a conditional model is given no pair.
        """
        if not self.attributes:
            return batch, None
        if not isinstance(batch, list | tuple) or len(batch) != 2:
            raise ValueError(
                "A model that is told attributes takes two tensors, the second of shape (batch, "
                f"{self.attributes}). Received: {type(batch).__name__}. Give [tensor, attributes]."
            )
        return batch[0], batch[1]

    @property
    def attribute_inputs(self) -> dict[str, tuple[int, ...]]:
        """What endpoints take beside a tensor; nothing if the model is not conditional."""
        return {"attributes": (self.attributes,)} if self.attributes else {}

    def generate(
        self, latents: np.ndarray, attributes: Any = None, batch_size: int = 32
    ) -> np.ndarray:
        """Turns latent vectors into images.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: what a conditional model is told: an array of shape `(count, attributes)`,
                or one row for all images. Others take none.
            batch_size: images computed at a time.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Raises:
            ValueError: if there are no latents, they have another length, or the attributes do not
                fit the model.

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
        inputs = with_attributes(latents, self._attribute_rows(attributes, len(latents)))
        return self.predict_by(self.networks[self.image_network], inputs, batch_size)

    def _attribute_rows(self, attributes: Any, count: int) -> np.ndarray | None:
        """The attributes of so many images as a float32 array, None if the model takes none."""
        if attributes is None and not self.attributes:
            return None
        if not self.attributes:
            raise ValueError(
                "This model is told no attributes. Received: some. "
                "Leave them out, or build the model with attributes."
            )
        shape = (count, self.attributes)
        rows = None if attributes is None else np.asarray(attributes, "float32")
        if rows is None or rows.shape not in (shape, shape[1:]):
            raise ValueError(
                f"attributes must be an array of shape {shape}, what the model is told of each "
                f"image, or one row of {self.attributes} for all. "
                f"Received: {'none' if rows is None else f'shape {rows.shape}'}. "
                "Give the attributes in the order the model was trained with."
            )
        return np.broadcast_to(rows, shape)

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
        return PRIORS[self.prior].draw(
            self.latent_dim, count, seed, components=self.prior_components
        )

    def from_noise(self, noise: Any, component: Any = None) -> Any:
        """Maps standard normal noise to latent vectors, see `keras_resgen.latent.Prior`."""
        return PRIORS[self.prior].transform(noise, self.prior_components, component)

    def sample(self, count: int, seed: int = 0, attributes: Any = None) -> np.ndarray:
        """Draws images: `generate(draw_latents(count, seed), attributes)`.

        Args:
            count: how many.
            seed: see `draw_latents`.
            attributes: see `generate`.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Example:

        >>> from keras_resgen.models import GAN
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
        >>> model.sample(3, seed=1).shape
        (3, 32, 32, 3)
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4, attributes=2)
        >>> model.sample(3, attributes=[1, 0]).shape
        (3, 32, 32, 3)
        """
        return self.generate(self.draw_latents(count, seed), attributes)

    def probe(self, latents: np.ndarray, attributes: Any = None) -> dict[str, float]:
        """Returns cheap metrics of a few fixed latent vectors that tell how training fares.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: see `generate`.

        Returns:
            Metrics by name; none unless a family has some.
        """
        return {}

    @abstractmethod
    def endpoints(self) -> dict[str, Endpoint]:
        """Returns the functions an export offers, by name."""

    def network_config(self) -> dict[str, Any]:
        """Returns the sub-networks, serialized, for `get_config`."""
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
