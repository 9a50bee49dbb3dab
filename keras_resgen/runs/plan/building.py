"""The model part of a plan: which family is built, with which options."""

import importlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from keras_resgen import losses
from keras_resgen.latent import PRIORS
from keras_resgen.layers import NORMALIZATIONS
from keras_resgen.metrics.features import FEATURES
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.networks import check_encoder, check_image_shape, network_names
from keras_resgen.precision import precision
from keras_resgen.runs.config import (
    RunConfig,
    check_names,
    option_names,
    typed,
)
from keras_resgen.runs.plan.optimizers import SCHEDULES

# Options of runs that become an option of a family under another name.
PASSED_AS = {"prior_attributes": "labels", "encoder": "encoder_network"}

# The names that an option may have, from the tables that define them.
CHOICES: Mapping[str, Callable[[], Collection[str]]] = {
    "model": lambda: FAMILIES,
    "network": network_names,
    "normalization": lambda: NORMALIZATIONS,
    "learning_rate_schedule": lambda: SCHEDULES,
    "features": lambda: FEATURES,
    "reconstruction": lambda: losses.RECONSTRUCTION_LOSSES,
    "kl_schedule": lambda: losses.KL_SCHEDULES,
    "decoder_variance": lambda: losses.DECODER_VARIANCES,
    "adversarial": lambda: losses.ADVERSARIAL_LOSSES,
    "discriminator_normalization": lambda: NORMALIZATIONS,
    "prior": lambda: PRIORS,
}


@dataclass(frozen=True)
class ModelPlan:
    """The family of a run, and what its model is built with.

    Attributes:
        family: name of the family.
        shared: the options of `create` that all families have.
        own: the options of `create` that the run sets for this family.
        precision: name of the Keras dtype policy.
        described: the options of this part by name, with the defaults of the family.
    """

    family: str
    shared: Mapping[str, Any]
    own: Mapping[str, Any]
    precision: str
    described: Mapping[str, Any] = field(repr=False)

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name, with the defaults of the family."""
        return dict(self.described)

    def build(self) -> GenerativeModel:
        """Build the model, with weights drawn from the seed of the run.

        Returns:
            A model that is not compiled yet.

        Raises:
            ValueError: if the family refuses the value of an option.
        """
        keras.utils.set_random_seed(self.shared["seed"])
        with precision(self.precision):
            return FAMILIES[self.family].create(**self.shared, **self.own)


def resolve_model(config: RunConfig) -> ModelPlan:
    """Return the model part of a plan, refusing what is wrong before any image is loaded.

    Modules that the configuration imports are imported first.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: for a module that cannot be imported, an unknown name, an impossible image
            shape, or an option of another family.

    Example:

    >>> resolve_model(RunConfig(model="wgan-gp")).describe()["n_critic"]
    5
    """
    check_config(config)
    described = {
        "model": config.model,
        **({"import": ",".join(config.imports)} if config.imports else {}),
        "latent_dim": config.latent_dim,
        "network": config.network,
        "width": config.width,
        "normalization": config.normalization,
        "precision": config.precision,
        "seed": config.seed,
    }
    own = family_options(config)
    defaults = FAMILIES[config.model].options()
    for name in (*option_names(), *further_options(config.model)):
        if config.model in families_with(name):
            value = getattr(config, name, None)
            described[name] = own.get(name, defaults[name]) if name in defaults else value
    return ModelPlan(
        family=config.model,
        shared={
            "image_size": config.image_size,
            "channels": config.channels,
            "latent_dim": config.latent_dim,
            "network": config.network,
            "width": config.width,
            "normalization": config.normalization,
            "attributes": len(config.attribute_names),
            "seed": config.seed,
        },
        own=own,
        precision=config.precision,
        described=described,
    )


def import_modules(names: Iterable[str]) -> None:
    """Import modules that register families, or entries of other tables.

    Args:
        names: dotted names of modules.

    Raises:
        ValueError: if a module cannot be imported.

    Example:

    >>> import_modules(["json"])
    """
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever the code of someone else raises
            raise ValueError(
                f"import must name a module that can be imported. Received: {name!r}: "
                f"{type(error).__name__}: {error}. Install the package that holds it, or run this "
                "in the folder where it is."
            ) from error


def further_options(model: str) -> dict[str, Any]:
    """Return the options of a family that are no fields of `RunConfig`, with their defaults.

    Args:
        model: name of the family.

    Raises:
        ValueError: if there is no such family.

    Example:

    >>> further_options("vae")
    {}
    """
    known = {PASSED_AS.get(name, name) for name in option_names()}
    options = FAMILIES[model].options()
    return {name: default for name, default in options.items() if name not in known}


def families_with(option: str) -> list[str]:
    """Return the families that have an option; none for options of every run, as the seed is.

    Args:
        option: name of an option of runs.

    Example:

    >>> families_with("n_critic")
    ['wgan-gp']
    """
    name = PASSED_AS.get(option, option)
    return [family for family, kind in FAMILIES.items() if name in kind.options()]


def family_options(config: RunConfig) -> dict[str, Any]:
    """Return what the configuration sets of the options of its family, by their names there.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: if an option is set that the family does not have.

    Example:

    >>> family_options(RunConfig(model="vae", beta=2.0))
    {'beta': 2.0}
    """
    given = {}
    for name in option_names():
        families, value = families_with(name), getattr(config, name)
        if not families or value is None:
            continue
        if config.model not in families:
            raise ValueError(
                f"{name} is an option of {', '.join(families)}. "
                f"Received: it with {config.model}. Leave it out, or choose another model."
            )
        if name == "prior_attributes":
            value = 2 ** len(config.prior_attribute_names)
        given[PASSED_AS.get(name, name)] = value
    further = further_options(config.model)
    check_names(config.family_options, [*option_names(), *further])
    for name, value in config.family_options.items():
        if value is not None:  # the default of the family
            default = further[name]
            given[name] = value if default is None else typed(name, value, (type(default),))
    return given


def applicable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of a run without those that only other families have.

    Modules that the options import are imported first.

    Args:
        options: options by name, `model` among them or the default.

    Example:

    >>> applicable({"model": "gan", "epochs": 5, "beta": 2.0})
    {'model': 'gan', 'epochs': 5}
    """
    import_modules(options.get("imports", ()))
    model = options.get("model", RunConfig.model)
    return {
        name: value
        for name, value in options.items()
        if model in (families_with(name) or [model, *FAMILIES])
    }


def check_config(config: RunConfig) -> None:
    """Raise a ValueError for what can be known to be wrong before a network is built.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: as `resolve_model`.

    Example:

    >>> check_config(RunConfig(image_size=64))
    """
    import_modules(config.imports)
    FAMILIES[config.model]
    for name, table in CHOICES.items():
        value = getattr(config, name)
        if value is not None and value not in table():
            raise ValueError(
                f"{name} must be one of {sorted(table())}. Received: {value!r}. "
                "Choose one of these names."
            )
    check_image_shape((config.image_size, config.image_size, config.channels))
    check_encoder(config.encoder or config.network, config.encoder_weights)
    family_options(config)


def build_model(config: RunConfig) -> GenerativeModel:
    """Build the model of a configuration, see `ModelPlan.build`.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: as `resolve_model` and `ModelPlan.build`.

    Example:

    >>> build_model(RunConfig(model="gan", image_size=32, width=4)).latent_dim
    128
    """
    return resolve_model(config).build()
