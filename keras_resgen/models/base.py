"""The base class of all families: options, images from latent vectors, exports."""

import difflib
import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypedDict

import keras
import numpy as np
from keras import ops

from keras_resgen.latent import PRIORS
from keras_resgen.networks import Architecture
from keras_resgen.training import PhasedModel

if TYPE_CHECKING:
    from keras_resgen.export import LatentTools, Manifest


class Endpoint(NamedTuple):
    """A function of tensors that exports offer under a name.

    Attributes:
        function: maps float tensors with a leading batch axis, in the order of `inputs`, to named
            tensors.
        inputs: shapes without the batch axis by name: `"images"` (in [0, 1]), `"latents"` or
            `"codes"`, and `"attributes"` if the network is conditional. Inputs of other names are
            standard normal noise, or of the same magnitude.
        network: name of the sub-network that computes it alone; if it uses none, the name of the
            file that it is exported to; None if it uses several.
    """

    function: Callable[..., dict[str, Any]]
    inputs: dict[str, tuple[int, ...]]
    network: str | None


def with_attributes(tensor: Any, attributes: Any) -> Any:
    """Return the inputs of a network: a tensor, and the attributes if there are any.

    Example:

    >>> with_attributes("latents", None), with_attributes("latents", "attributes")
    ('latents', ['latents', 'attributes'])
    """
    return tensor if attributes is None else [tensor, attributes]


class CommonOptions(TypedDict, total=False):
    """The options that `create` of every family takes; a family adds its own to a subclass."""

    image_size: int
    channels: int
    latent_dim: int
    network: str
    width: int
    normalization: str
    attributes: int
    seed: int
    name: str | None


COMMON_DEFAULTS: CommonOptions = {
    "image_size": 64,
    "channels": 3,
    "latent_dim": 128,
    "network": "resnet",
    "width": 32,
    "normalization": "batch",
    "attributes": 0,
    "seed": 0,
    "name": None,
}


class GenerativeModel(PhasedModel):
    """A phased model that generates images from latent vectors.

    Latent vectors follow a standard normal distribution by default; a family may have another
    prior.

    A model whose image network takes attributes is *conditional*: `fit` and `evaluate` then take
    `(images, attributes)`, where attributes are numbers, usually 0 or 1, of shape
    `(count, attributes)`.

    Args:
        image_network: `keras.Model` from latent vectors, or `[latents, attributes]`, to images.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the image network takes other inputs.
    """

    image_network: ClassVar[str]  # name of the sub-network from latent vectors to images
    has_encoder: ClassVar[bool] = False  # whether there are `encode` and `reconstruct`
    # The logged metric by which training stops; None for the distance of samples.
    monitor: ClassVar[str | None] = None
    prior: str = "gaussian"  # of latent vectors, see `keras_resgen.latent.PRIORS`
    prior_components: int = 0

    @classmethod
    @abstractmethod
    def create_networks(cls, architecture: Architecture) -> dict[str, keras.Model]:
        """Return the sub-networks of a family, by their names in its constructor.

        A family may add keyword arguments with defaults, which are then options of `create`.

        Args:
            architecture: shape and size of all networks.
        """

    @classmethod
    def create(cls, *args: Any, **options: Any) -> Self:
        """Build the family's networks and the model around them.

        All arguments are keywords. Families override this method only to declare the types of their
        options.

        Args:
            *args: none; they are declared so that families can declare their options.
            **options: the options of `CommonOptions` and of the family, see `options`:
                `image_size`, height and width in pixels, a power of two from 32 to 256;
                `channels`, 1 (gray) or 3 (RGB); `latent_dim`, the length of a latent vector;
                `network`, `"resnet"` or `"plain"`; `width`, the channels at the image's full
                resolution; `normalization`, see `keras_resgen.layers.NORMALIZATIONS`, of encoder,
                decoder and generator, and of a GAN's discriminator by default; `attributes`, the
                number of binary attributes that a conditional model takes; `seed`, see
                `PhasedModel`; and `name`, the model's name.

        Returns:
            A model that is not compiled yet.

        Raises:
            TypeError: if there are positional arguments.
            ValueError: if an option is unknown or has an impossible value.

        Example:

        >>> from keras_resgen.models import GAN
        >>> GAN.create(image_size=32, latent_dim=8, width=4).image_shape
        (32, 32, 3)
        """
        if args:
            raise TypeError(
                f"{cls.__name__}.create takes keyword arguments only. Received: {args}. "
                "Name them, for example image_size=64."
            )
        cls._check_options(options)
        common: dict[str, Any] = {
            name: options.get(name, default) for name, default in COMMON_DEFAULTS.items()
        }
        size = common.pop("image_size")
        constructor_options = {"seed": common.pop("seed"), "name": common.pop("name")}
        architecture = Architecture((size, size, common.pop("channels")), **common)
        network_names = _keyword_defaults(cls, "create_networks")
        networks = cls.create_networks(
            architecture,
            **{name: value for name, value in options.items() if name in network_names},
        )
        constructor_names = _keyword_defaults(cls, "__init__")
        constructor_options |= {
            name: value for name, value in options.items() if name in constructor_names
        }
        return cls(**networks, **constructor_options)

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Return the options that this family adds to `CommonOptions`, with their defaults.

        These are the arguments with a default of the constructor and of `create_networks`. A
        subclass inherits the options of its family if its methods pass `**kwargs` on.

        Example:

        >>> from keras_resgen.models import FAMILIES
        >>> FAMILIES["ae"].options()
        {'reconstruction': 'mse', 'encoder_network': None, 'encoder_weights': None}
        """
        return {**_keyword_defaults(cls, "__init__"), **_keyword_defaults(cls, "create_networks")}

    @classmethod
    def _check_options(cls, options: Mapping[str, Any]) -> None:
        """Raise a ValueError if an option is not one of this family."""
        known = [*COMMON_DEFAULTS, *cls.options()]
        for name in options:
            if name not in known:
                closest = difflib.get_close_matches(name, known, n=1)
                suggestion = f"Did you mean {closest[0]!r}?" if closest else "Leave it out."
                raise ValueError(
                    f"An option of {cls.__name__} must be one of {', '.join(known)}. "
                    f"Received: {name!r}. {suggestion}"
                )

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
        """Return the images, or the images and their attributes if the model is conditional."""
        images, attributes, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not self.attributes:
            return images
        if attributes is None or tuple(attributes.shape)[1:] != (self.attributes,):
            received = "none" if attributes is None else f"shape {tuple(attributes.shape)}"
            raise ValueError(
                f"Each image needs the {self.attributes} attributes that the model is conditioned "
                f"on, in an array of shape (count, {self.attributes}). Received: {received}. "
                "Give fit and evaluate (images, attributes)."
            )
        return images, ops.cast(attributes, "float32")

    def split_attributes(self, batch: Any) -> tuple[Any, Any]:
        """Return images, or latent vectors, and their attributes.

        Args:
            batch: result of `batch` or input of `call`: a tensor, or a pair of tensors if the
                model is conditional.

        Returns:
            The tensor, and its attributes or None.

        Raises:
            ValueError: if a conditional model does not receive a pair.
        """
        if not self.attributes:
            return batch, None
        if not isinstance(batch, list | tuple) or len(batch) != 2:
            raise ValueError(
                "A conditional model takes two tensors, the second of shape (batch, "
                f"{self.attributes}). Received: {type(batch).__name__}. Give [tensor, attributes]."
            )
        return batch[0], batch[1]

    @property
    def attribute_inputs(self) -> dict[str, tuple[int, ...]]:
        """The additional inputs of a conditional model's endpoints; empty for other models."""
        return {"attributes": (self.attributes,)} if self.attributes else {}

    def generate(
        self, latents: np.ndarray, attributes: Any = None, batch_size: int = 32
    ) -> np.ndarray:
        """Generate images from latent vectors.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: for a conditional model, an array of shape `(count, attributes)`, or one row
                for all images.
            batch_size: number of images computed at a time.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Raises:
            ValueError: if there are no latent vectors, their length is not `latent_dim`, or the
                attributes do not fit the model.

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
        """Return the attributes of `count` images as a float32 array, or None."""
        if attributes is None and not self.attributes:
            return None
        if not self.attributes:
            raise ValueError(
                "This model is unconditional. Received: attributes. "
                "Leave them out, or build the model with attributes=N."
            )
        shape = (count, self.attributes)
        rows = None if attributes is None else np.asarray(attributes, "float32")
        if rows is None or rows.shape not in (shape, shape[1:]):
            raise ValueError(
                f"attributes must be an array of shape {shape}, or one row of {self.attributes} "
                "for all images. "
                f"Received: {'none' if rows is None else f'shape {rows.shape}'}. "
                "Give the attributes in the order the model was trained with."
            )
        return np.broadcast_to(rows, shape)

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw latent vectors from the prior.

        Args:
            count: number of vectors.
            seed: the same seed gives the same vectors on every machine; priors other than the
                gaussian may differ by rounding.

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

    def transform_noise(self, noise: Any, component: Any = None) -> Any:
        """Return latent vectors made of standard normal noise, see `keras_resgen.latent.Prior`."""
        return PRIORS[self.prior].transform(noise, self.prior_components, component)

    def sample(self, count: int, seed: int = 0, attributes: Any = None) -> np.ndarray:
        """Draw images: `generate(draw_latents(count, seed), attributes)`.

        Args:
            count: number of images.
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
        """Return metrics of a few fixed latent vectors that are cheap enough for every epoch.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: see `generate`.

        Returns:
            Metrics by name; empty by default.
        """
        return {}

    @abstractmethod
    def endpoints(self) -> dict[str, Endpoint]:
        """Return the functions that an export offers, by name."""

    def export(
        self,
        path: str | Path,
        format: str | Sequence[str] = ("saved_model", "onnx"),
        *,
        tools: "LatentTools | None" = None,
        calibration: np.ndarray | None = None,
        metadata: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        **unsupported: Any,
    ) -> "Manifest":
        """Export the model with `keras_resgen.export.export_model`, in place of Keras's exporter.

        Args:
            path: folder to write; it must be missing or empty.
            format: one or several names of formats: Keras's `"tf_saved_model"`, `"onnx"`,
                `"openvino"` and `"litert"`, or those of `keras_resgen.export`.
            tools: see `keras_resgen.export.export_model`.
            calibration: likewise.
            metadata: likewise.
            overwrite: likewise.
            **unsupported: other arguments of Keras's `export`, which are refused.

        Returns:
            The manifest of the export.

        Raises:
            ValueError: for arguments of Keras's exporter that this one does not have.
            ExportError: see `keras_resgen.export.export_model`.

        Example:

        >>> import tempfile
        >>> from keras_resgen.models import Autoencoder
        >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=4, network="plain")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     manifest = model.export(Path(folder) / "ae", format="onnx")
        >>> sorted(name for name in manifest.files if name.endswith(".onnx"))
        ['decoder.onnx', 'encoder.onnx']
        """
        from keras_resgen.export import export_model

        if unsupported:
            raise ValueError(
                "export takes format, tools, calibration, metadata and overwrite: an export holds "
                "every endpoint of the model, with input shapes of its own. "
                f"Received: {', '.join(unsupported)}. Leave these arguments out."
            )
        names = [format] if isinstance(format, str) else format
        return export_model(
            self,
            path,
            formats=names,
            tools=tools,
            calibration=calibration,
            metadata=metadata,
            overwrite=overwrite,
        )

    def network_config(self) -> dict[str, Any]:
        """Return the serialized sub-networks, for `get_config`."""
        return {
            name: keras.saving.serialize_keras_object(network)
            for name, network in self.networks.items()
        }

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "seed": self.seed, **self.network_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Rebuild the model from `get_config`."""
        return cls(
            **{
                key: keras.saving.deserialize_keras_object(value, custom_objects)
                if isinstance(value, dict) and "class_name" in value
                else value
                for key, value in config.items()
            }
        )


def _keyword_defaults(cls: type, method: str) -> dict[str, Any]:
    """Return the arguments with defaults of a family's method, those of its bases included.

    A base's arguments count if all overriding methods pass `**kwargs` on. Those of
    `GenerativeModel` do not count, as all families have them.
    """
    defaults: dict[str, Any] = {}
    for base in cls.__mro__[: cls.__mro__.index(GenerativeModel)]:
        if method not in vars(base):
            continue
        parameters = inspect.signature(getattr(base, method)).parameters.values()
        for parameter in parameters:
            if parameter.default is not parameter.empty and parameter.name not in COMMON_DEFAULTS:
                defaults.setdefault(parameter.name, parameter.default)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            break
    return defaults
