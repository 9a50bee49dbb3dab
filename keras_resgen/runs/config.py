"""The configuration of a run: the one list of options, with their defaults and meanings.

The options of the command line, configuration files and `config.json` are made from `RunConfig`.
This module imports neither keras nor tensorflow, so that `resgen --help` answers at once.
"""

import dataclasses
import difflib
import json
import math
import tomllib
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_resgen.addresses import check_addresses
from keras_resgen.precision import PRECISIONS


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


BUILT_IN_FAMILIES = ("ae", "vae", "aae", "gan", "wgan-gp")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a run trains, and on which images.

    Options of single families are None where the default of the family holds. An option that the
    family does not have is an error.

    Example:

    >>> RunConfig(model="aae").latent_dim
    128
    """

    model: str = _option("vae", "Family: ae, vae, aae, gan or wgan-gp.")
    imports: tuple[str, ...] = _option(
        (), "Module that registers a family or an entry of another table; can be given repeatedly."
    )
    data: str = _option("faces", "faces, folder:PATH[,attributes=CSV] or tfds:NAME.")
    image_size: int = _option(64, "Height and width in pixels: 32, 64, 128 or 256.")
    channels: int = _option(3, "1 for gray images, 3 for RGB.")
    latent_dim: int = _option(128, "Length of a latent vector.")
    network: str = _option("resnet", "Architecture: resnet or plain.")
    width: int = _option(32, "Channels of the networks at full resolution.")
    normalization: str = _option(
        "batch",
        "Normalization, of which synchronized is batch normalization over all devices: batch, "
        "none, spectral or synchronized.",
    )
    attributes: str | None = _option(
        None,
        "Names of binary attributes, separated by commas, on which decoder or generator, and the "
        "discriminator of images, are conditioned; none by default.",
    )
    devices: int = _option(1, "Devices of this machine that share each batch.")
    hosts: str | None = _option(
        None,
        "NAME:PORT of every machine that shares each batch, separated by commas, the same on "
        "each; this machine alone by default.",
    )
    host: int = _option(0, "Index of this machine in hosts.")
    epochs: int = _option(20, "Largest number of passes over the training images.")
    batch_size: int = _option(32, "Images of an update.")
    learning_rate: float | None = _option(None, "Learning rate of Adam; the family has a default.")
    learning_rate_schedule: str = _option(
        "constant",
        "Learning rate schedule, of which cosine falls to 0 over all epochs: constant or cosine.",
    )
    weight_decay: float | None = _option(
        None, "Decoupled weight decay, as in AdamW; none by default."
    )
    global_clipnorm: float | None = _option(
        None, "Largest norm of all gradients of an update together; none by default."
    )
    gradient_accumulation_steps: int | None = _option(
        None, "Batches whose gradients make one update, 2 or more; none by default."
    )
    ema_momentum: float | None = _option(
        None,
        "Keep moving averages of the weights, such as 0.999, for pictures, evaluation and export; "
        "none by default.",
    )
    precision: str = _option("float32", "Precision: float32, mixed_bfloat16 or mixed_float16.")
    monitor: str | None = _option(
        None,
        "Metric that decides when to stop and which weights to keep; val_loss for ae and vae, for "
        "others the distance of their samples, such as val_frechet_faces, by default.",
    )
    patience: int | None = _option(
        None,
        "Measurements of the monitored metric without improvement before training stops; 2 of a "
        "loss, else 8, or as many as 1000 updates take where these are more, and more of them "
        "with ema_momentum, by default.",
    )
    keep_best: int = _option(
        3, "Number of the best epochs whose weights are kept beside the final weights."
    )
    features: str = _option(
        "faces", "Network whose features distances compare: faces or inception."
    )
    measure_images: int | None = _option(
        None,
        "Generated images that are compared with as many held-out images; as many as are held "
        "out, half of them at 32 pixels, at most 1000, by default; 0 for none.",
    )
    measure_every: int = _option(1, "Epochs from one measurement to the next.")
    held_out: float = _option(0.1, "Share of the images that are held out for validation.")
    limit: int | None = _option(None, "Use at most this many images.")
    strict: bool = _option(False, "Refuse a folder with bad images instead of skipping them.")
    seed: int = _option(0, "Seed of weights, noise and data order.")
    split_seed: int = _option(0, "Seed of the split into training and held-out images.")
    encoder: str | None = _option(
        None,
        "ae, vae, aae: another network as encoder: plain, resnet, transformer, a classifier such "
        "as resnet18, applications:NAME or keras_cv:NAME; as network by default.",
    )
    encoder_weights: str | None = _option(
        None,
        "ae, vae, aae: weights of an encoder from another library: pretrained, or a file; random "
        "by default.",
    )
    reconstruction: str | None = _option(
        None, "ae, vae, aae: reconstruction loss: mse or bce; mse by default."
    )
    beta: float | None = _option(None, "vae: weight of the KL divergence; 1 by default.")
    kl_schedule: str | None = _option(
        None,
        "vae: how the KL term grows from 0, its whole weight from the start by default: linear or "
        "cyclical.",
    )
    kl_steps: int | None = _option(
        None, "vae: updates of kl_schedule, or of one of its cycles; 0 by default."
    )
    free_bits: float | None = _option(
        None, "vae: nats of each latent dimension that the KL term does not penalize; 0 by default."
    )
    capacity: float | None = _option(
        None, "vae: nats that the KL divergence is drawn to; 0 by default."
    )
    decoder_variance: str | None = _option(
        None,
        "vae: variance of the Gaussian likelihood, 1/2 by default as mse implies: optimal or "
        "learned.",
    )
    adversarial: str | None = _option(
        None,
        "aae, gan: adversarial loss: non_saturating, least_squares, hinge, wasserstein or "
        "relativistic; non_saturating by default.",
    )
    discriminator_normalization: str | None = _option(
        None,
        "aae, gan: normalization of the discriminator, where gan without r1 and r2 has that of "
        "the generator by default: batch, none, spectral or synchronized; none by default.",
    )
    r1: float | None = _option(
        None, "gan: weight of the gradient penalty at real images; 0 by default."
    )
    r2: float | None = _option(
        None, "gan: weight of the gradient penalty at generated images; 0 by default."
    )
    prior: str | None = _option(
        None, "aae: prior that codes follow: gaussian, mixture or swiss_roll; gaussian by default."
    )
    prior_attributes: str | None = _option(
        None,
        "aae: names of binary attributes, separated by commas, whose combinations label the "
        "images and have a component of the prior each.",
    )
    n_critic: int | None = _option(
        None, "wgan-gp: updates of the critic for each update of the generator; 5 by default."
    )
    gradient_penalty_weight: float | None = _option(
        None, "wgan-gp: weight of the gradient penalty; 10 by default."
    )
    checkpoint_steps: int | None = _option(
        None, "Steps between checkpoints within an epoch; only after epochs by default."
    )
    tensorboard: bool = _option(False, "Also write TensorBoard logs; needs the extra tensorboard.")
    # Options of a family from outside this package, see `imports`; files hold them by their names.
    family_options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check the type of every value, and the ranges that no part of the plan checks.

        Raises:
            ValueError: for a value of another type, or outside its range.
        """
        object.__setattr__(self, "imports", _module_names(self.imports))
        for name, kind in option_types().items():
            if name == "imports":
                continue
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
                    "Choose another seed."
                )
        if not 0 < self.held_out < 1:
            raise ValueError(
                "held_out must be a share between 0 and 1. "
                f"Received: {self.held_out:g}. Give, say, 0.1 to hold out a tenth."
            )
        for option in ("attributes", "prior_attributes"):
            text = getattr(self, option)
            names = _names(text)
            if len(set(names)) != len(names) or (text is not None and not names):
                raise ValueError(
                    f"{option} must be names separated by commas, each of them once. "
                    f"Received: {text!r}. Give names such as Smiling,Eyeglasses."
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
                f"Received: {self.ema_momentum:g}. Give, say, 0.999, which averages about a "
                "thousand updates."
            )
        steps = self.gradient_accumulation_steps
        if steps is not None and steps < 2:
            raise ValueError(
                f"gradient_accumulation_steps must be 2 or more. Received: {steps}. Leave this "
                "option out for an update after every batch."
            )
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision must be one of {list(PRECISIONS)}. Received: {self.precision!r}. "
                "Choose one of these names."
            )

    def __repr__(self) -> str:
        """Return the options that differ from their defaults.

        Example:

        >>> RunConfig(model="gan", epochs=5)
        RunConfig(model='gan', epochs=5)
        """
        changed = {
            entry.name: getattr(self, entry.name)
            for entry in dataclasses.fields(self)
            if getattr(self, entry.name) != entry.default and entry.name != "family_options"
        }
        given = (f"{name}={value!r}" for name, value in {**changed, **self.family_options}.items())
        return f"RunConfig({', '.join(given)})"

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Names of the attributes that the model is conditioned on.

        Example:

        >>> RunConfig(attributes="Smiling, Eyeglasses").attribute_names
        ('Smiling', 'Eyeglasses')
        """
        return _names(self.attributes)

    @property
    def prior_attribute_names(self) -> tuple[str, ...]:
        """Names of the attributes whose combinations label the images."""
        return _names(self.prior_attributes)

    @property
    def host_addresses(self) -> tuple[str, ...]:
        """Addresses of the machines that train together."""
        return _names(self.hosts)

    def to_dict(self) -> dict[str, Any]:
        """Return all options by name, those of a family from outside among them.

        Example:

        >>> config = RunConfig(imports=("my_package.wae",), family_options={"scale": 2.0})
        >>> options = config.to_dict()
        >>> options["imports"], options["scale"]
        (['my_package.wae'], 2.0)
        """
        options = dataclasses.asdict(self)
        further = options.pop("family_options")
        imports = options.pop("imports")
        return options | ({"imports": list(imports)} if imports else {}) | further

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> "RunConfig":
        """Return a configuration made of options by name; `-` counts as `_`.

        Names that are no fields are options of a family from outside this package if `imports` or
        `model` names one; `resolve` then checks that the family has them.

        Args:
            options: any of the fields; the others keep their defaults.

        Raises:
            ValueError: for an unknown name, or a value of another type.

        Example:

        >>> RunConfig.from_dict({"image-size": 32}).image_size
        32
        """
        named = {python_name(name): value for name, value in options.items()}
        known = option_names()
        if not named.get("imports") and named.get("model", cls.model) in BUILT_IN_FAMILIES:
            check_names(named, known)
        further = {name: value for name, value in named.items() if name not in known}
        own = {name: value for name, value in named.items() if name in known}
        return cls(**own, family_options=further)


def option_names() -> tuple[str, ...]:
    """Return the names of the options that every version of this package knows without imports."""
    return tuple(option_types())


def option_types() -> dict[str, Any]:
    """Return the type of every option by name.

    Example:

    >>> option_types()["epochs"]
    <class 'int'>
    """
    hints = typing.get_type_hints(RunConfig)
    return {name: kind for name, kind in hints.items() if name != "family_options"}


def option_text(name: str) -> str:
    """Return the help text of an option.

    Texts list the names of a choice behind their last colon, options of some families begin with
    the names of these, and the default of a family stands at the end: tests compare all of it with
    the tables and signatures.

    Example:

    >>> option_text("prior")
    'aae: prior that codes follow: gaussian, mixture or swiss_roll; gaussian by default.'
    """
    return RunConfig.__dataclass_fields__[name].metadata["help"]


def python_name(name: str) -> str:
    """Return the name of an option in Python: `_` for `-`, and `imports` for `import`, a keyword.

    Example:

    >>> python_name("image-size"), python_name("import")
    ('image_size', 'imports')
    """
    return "imports" if name == "import" else name.replace("-", "_")


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise a ValueError for names that are not among the known ones, with the closest of these.

    Example:

    >>> check_names(["epochs"], ["epochs", "width"])
    """
    known = list(known)
    unknown = sorted(set(names) - set(known))
    if not unknown:
        return
    close = {name: difflib.get_close_matches(name, known, n=1) for name in unknown}
    hints = [f"{name}: did you mean {found[0]}?" for name, found in close.items() if found]
    raise ValueError(
        f"Options must be among {sorted(known)}. Received: {unknown}. "
        + (" ".join(hints) or "Correct the names, or leave them out.")
    )


def _module_names(imports: Any) -> tuple[str, ...]:
    """The names of modules as a tuple, in which files hold a list."""
    names = (imports,) if isinstance(imports, str) else imports
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f"import must be names of modules. Received: {imports!r}. Give, say, my_package.wae."
        )
    return tuple(dict.fromkeys(names))


def _names(text: str | None) -> tuple[str, ...]:
    """The names in text that separates them by commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def read_options(path: Path) -> dict[str, Any]:
    """Return the options in a TOML or JSON file.

    Args:
        path: a file ending in `.toml` or `.json` that holds one table of options.

    Raises:
        ValueError: if the file is missing, has another ending, or is not well formed.

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


def known_options(options: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Return options by their names in Python.

    Args:
        options: values by name.
        known: the names that there are.

    Raises:
        ValueError: for an unknown name.

    Example:

    >>> known_options({"image-size": 32}, ["image_size", "width"])
    {'image_size': 32}
    """
    named = {python_name(name): value for name, value in options.items()}
    check_names(named, known)
    return named


def typed(name: str, value: Any, kinds: tuple[type, ...]) -> Any:
    """Return the value of an option in the type that it must have; integers serve as floats.

    Args:
        name: name of the option, for error messages.
        value: the value as given.
        kinds: the types that it may have.

    Raises:
        ValueError: if the value is of another type, or not finite.

    Example:

    >>> typed("beta", 1, (float, type(None)))
    1.0
    """
    if float in kinds and type(value) is int:
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite. Received: {value}. Give a finite number.")
    if type(value) not in kinds:
        names = " or ".join("nothing" if k is type(None) else k.__name__ for k in kinds)
        raise ValueError(f"{name} must be of type {names}. Received: {value!r}. Correct the value.")
    return value
