"""The configuration of a run: the one list of what can be set, with defaults and meanings.

The command line's options, configuration files and `config.json` are all made from `RunConfig`.
"""

import dataclasses
import json
import math
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_resgen.addresses import check_addresses
from keras_resgen.precision import PRECISIONS


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a run trains, and on what.

    Options of single families are None where the family's own default holds; giving one that the
    family does not have is an error.

    Example:

    >>> RunConfig(model="aae").latent_dim
    128
    """

    model: str = _option("vae", "Family: ae, vae, aae, gan or wgan-gp.")
    data: str = _option("faces", "faces, folder:PATH[,attributes=CSV] or tfds:NAME.")
    image_size: int = _option(64, "Height and width in pixels: 32, 64, 128 or 256.")
    channels: int = _option(3, "1 for gray images, 3 for RGB.")
    latent_dim: int = _option(128, "Length of a latent vector.")
    network: str = _option("resnet", "Residual (resnet) or plain convolutional (plain) networks.")
    width: int = _option(32, "Channels of the networks at full resolution.")
    normalization: str = _option("batch", "batch, none, or synchronized: batch over all devices.")
    attributes: str | None = _option(
        None,
        "Names of binary attributes, separated by commas, that decoder or generator, and the "
        "discriminator of images, are told; none by default.",
    )
    devices: int = _option(1, "Devices of this machine that share each batch.")
    hosts: str | None = _option(
        None,
        "NAME:PORT of every machine that shares each batch, separated by commas, the same on each; "
        "this one alone by default.",
    )
    host: int = _option(0, "Index of this machine in hosts.")
    epochs: int = _option(20, "Passes over the training images, at most.")
    batch_size: int = _option(32, "Images an update sees.")
    learning_rate: float | None = _option(None, "Adam's learning rate; the family has a default.")
    learning_rate_schedule: str = _option(
        "constant", "constant, or cosine: falling to 0 over all epochs."
    )
    weight_decay: float | None = _option(None, "Decoupled, as in AdamW; none by default.")
    global_clipnorm: float | None = _option(
        None, "Largest norm of all of an update's gradients together; none by default."
    )
    gradient_accumulation_steps: int | None = _option(
        None, "Batches whose gradients make one update, 2 or more; none by default."
    )
    ema_momentum: float | None = _option(
        None,
        "Keep moving averages of the weights, such as 0.999, for pictures, evaluation and export; "
        "none by default.",
    )
    precision: str = _option("float32", "float32, mixed_bfloat16 or mixed_float16.")
    monitor: str | None = _option(
        None,
        "Figure that says when to stop and which weights to keep; ae and vae: val_loss, others: "
        "the distance of their samples, such as val_frechet_faces.",
    )
    patience: int | None = _option(
        None,
        "Measurements of it without a better one before stopping; 2 of a loss, else 8, or as many "
        "as 1000 updates take where these are more, and with ema_momentum more of them.",
    )
    keep_best: int = _option(3, "Epochs whose weights are kept beside the final ones, the best.")
    features: str = _option("faces", "Network whose features distances compare: faces, inception.")
    measure_images: int | None = _option(
        None,
        "Generated images that are compared with as many held-out ones; as many as are held out by "
        "default, half of them at 32 pixels, 1000 at most; 0 for none.",
    )
    measure_every: int = _option(1, "Epochs from one measurement to the next.")
    held_out: float = _option(0.1, "Share of the images kept for validation.")
    limit: int | None = _option(None, "Use at most this many images.")
    strict: bool = _option(False, "Refuse a folder with bad images instead of skipping them.")
    seed: int = _option(0, "Of weights, noise and data order.")
    split_seed: int = _option(0, "Of the split into training and held-out images.")
    encoder: str | None = _option(
        None,
        "ae, vae, aae: another network as encoder: plain, resnet, transformer, a classifier as "
        "resnet18, applications:NAME or keras_cv:NAME; as network by default.",
    )
    encoder_weights: str | None = _option(
        None, "Of an encoder from elsewhere: pretrained, or a file; drawn at random by default."
    )
    reconstruction: str | None = _option(None, "ae, vae, aae: mse or bce; mse by default.")
    beta: float | None = _option(None, "vae: weight of the KL divergence; 1 by default.")
    kl_schedule: str | None = _option(
        None, "vae: how the KL term grows at first: linear or cyclical; at once unless told."
    )
    kl_steps: int | None = _option(
        None, "vae: updates kl_schedule takes, or one of its cycles; 0 by default."
    )
    free_bits: float | None = _option(
        None, "vae: nats of each latent dimension that the KL term leaves alone; 0 by default."
    )
    capacity: float | None = _option(
        None, "vae: nats the KL divergence aims at instead of 0; 0 by default."
    )
    decoder_variance: str | None = _option(
        None, "vae: optimal or learned instead of the 1/2 that mse stands for."
    )
    adversarial: str | None = _option(
        None,
        "aae, gan: non_saturating, least_squares, hinge, wasserstein or relativistic; "
        "non_saturating by default.",
    )
    discriminator_normalization: str | None = _option(
        None,
        "gan: batch, spectral or none; as normalization, or none with r1 or r2, unless told. "
        "aae: none, spectral or batch; none by default.",
    )
    r1: float | None = _option(
        None, "gan: weight of the gradient penalty at real images; 0 by default."
    )
    r2: float | None = _option(
        None, "gan: weight of the gradient penalty at generated images; 0 by default."
    )
    prior: str | None = _option(
        None, "aae: what codes follow: gaussian, mixture or swiss_roll; gaussian by default."
    )
    prior_attributes: str | None = _option(
        None,
        "aae: names of binary attributes, separated by commas, whose combinations label the images "
        "and have a component of the prior each.",
    )
    n_critic: int | None = _option(
        None, "wgan-gp: updates of the critic for each of the generator; 5 by default."
    )
    gradient_penalty_weight: float | None = _option(
        None, "wgan-gp: weight of the penalty; 10 by default."
    )
    checkpoint_steps: int | None = _option(
        None, "Steps after which a checkpoint is written within an epoch; only after epochs if not."
    )
    tensorboard: bool = _option(False, "Write TensorBoard logs too; needs the extra tensorboard.")

    def __post_init__(self) -> None:
        """Checks the type of every value, and the ranges no other part checks."""
        for name, kind in typing.get_type_hints(RunConfig).items():
            kinds = typing.get_args(kind) or (kind,)
            object.__setattr__(self, name, typed(name, getattr(self, name), kinds))
        counts = ("devices", "epochs", "batch_size", "latent_dim", "width", "patience", "limit")
        for name in (*counts, "checkpoint_steps", "keep_best", "measure_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or more. Received: {value}. Give a count.")
        for name in ("seed", "split_seed"):
            if not 0 <= getattr(self, name) < 2**31 - 1:
                raise ValueError(
                    f"{name} must be from 0 to {2**31 - 2}. Received: {getattr(self, name)}. "
                    "Choose another."
                )
        if not 0 < self.held_out < 1:
            raise ValueError(
                "held_out must be a share between 0 and 1. "
                f"Received: {self.held_out:g}. 0.1 holds out a tenth."
            )
        for option in ("attributes", "prior_attributes"):
            text = getattr(self, option)
            names = _names(text)
            if len(set(names)) != len(names) or (text is not None and not names):
                raise ValueError(
                    f"{option} must be names separated by commas, each of them once. "
                    f"Received: {text!r}. Give, say, Smiling,Eyeglasses."
                )
        check_addresses(self.host_addresses, self.host)
        usual_values = {"learning_rate": 0.001, "weight_decay": 0.01, "global_clipnorm": 1}
        for name, usual in usual_values.items():
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive. Received: {value}. Try {usual}.")
        if self.ema_momentum is not None and not 0 < self.ema_momentum < 1:
            raise ValueError(
                "ema_momentum must be between 0 and 1. "
                f"Received: {self.ema_momentum:g}. 0.999 averages about a thousand updates."
            )
        steps = self.gradient_accumulation_steps
        if steps is not None and steps < 2:
            raise ValueError(
                f"gradient_accumulation_steps must be 2 or more. Received: {steps}. Leave it out "
                "for an update after every batch."
            )
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision must be one of {list(PRECISIONS)}. Received: {self.precision!r}. "
                "Choose one of these names."
            )

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """The names in `attributes`.

        Example:

        >>> RunConfig(attributes="Smiling, Eyeglasses").attribute_names
        ('Smiling', 'Eyeglasses')
        """
        return _names(self.attributes)

    @property
    def prior_attribute_names(self) -> tuple[str, ...]:
        """The names in `prior_attributes`."""
        return _names(self.prior_attributes)

    @property
    def host_addresses(self) -> tuple[str, ...]:
        """The addresses in `hosts`."""
        return _names(self.hosts)

    def to_dict(self) -> dict[str, Any]:
        """Returns all options by name."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> "RunConfig":
        """Makes a configuration of options by name; `-` counts as `_`.

        Args:
            options: any of the fields; the others keep their defaults.

        Raises:
            ValueError: for a name that is no option, or a value of another type.

        Example:

        >>> RunConfig.from_dict({"image-size": 32}).image_size
        32
        """
        return cls(**known_options(options, [entry.name for entry in dataclasses.fields(cls)]))


def _names(text: str | None) -> tuple[str, ...]:
    """The names in a list separated by commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def read_options(path: Path) -> dict[str, Any]:
    """Reads options from a TOML or JSON file.

    Args:
        path: a file ending in `.toml` or `.json` that holds one table of options.

    Raises:
        ValueError: if the file is missing, of another kind, or not well formed.

    Example:

    >>> _ = Path("vae.toml").write_text('model = "vae"')
    >>> read_options(Path("vae.toml"))
    {'model': 'vae'}
    """
    parsers = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix not in parsers:
        raise ValueError(
            f"A configuration file must end in .toml or .json. Received: {path}. Rename it."
        )
    try:
        options = parsers[path.suffix](path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"Expected a readable {path.suffix[1:].upper()} file. Received: {path}: {error}. "
            "Correct the file."
        ) from error
    if not isinstance(options, dict):
        raise ValueError(
            f"{path.name} must hold one table of names and values. "
            f"Received: a {type(options).__name__}. Correct the file."
        )
    return options


def known_options(options: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """Returns options by the names that Python gives them, `_` for `-`.

    Args:
        options: values by name.
        known: the names there are.

    Raises:
        ValueError: for a name that is not among them.

    Example:

    >>> known_options({"image-size": 32}, ["image_size", "width"])
    {'image_size': 32}
    """
    named = {name.replace("-", "_"): value for name, value in options.items()}
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(f"Options must be among {known}. Received: {unknown}. Correct the names.")
    return named


def typed(name: str, value: Any, kinds: tuple[type, ...]) -> Any:
    """Returns an option's value as the type it must have; whole numbers serve as floats.

    Args:
        name: of the option, for error messages.
        value: as it was given.
        kinds: the types it may have.

    Raises:
        ValueError: if the value is of another type, or not finite.

    Example:

    >>> typed("beta", 1, (float, type(None)))
    1.0
    """
    if float in kinds and type(value) is int:
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite. Received: {value}. Correct the value.")
    if type(value) not in kinds:
        names = " or ".join("nothing" if k is type(None) else k.__name__ for k in kinds)
        raise ValueError(f"{name} must be of type {names}. Received: {value!r}. Correct the value.")
    return value
