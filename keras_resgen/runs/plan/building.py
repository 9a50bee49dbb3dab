"""Models from configurations."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from keras_resgen.callbacks.best_weights import parse_epoch
from keras_resgen.layers import NORMALIZATIONS
from keras_resgen.metrics.features import FEATURES
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.networks import check_encoder, check_image_shape, network_names
from keras_resgen.precision import precision
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.optimizers import SCHEDULES

# Options of runs that options of families are made of.
MADE_OF = {"prior_attributes": "labels", "encoder": "encoder_network"}
TENSORBOARD_PACKAGES = ("tensorboard", "tensorboardX")


def family_options(config: RunConfig) -> dict[str, Any]:
    """Returns the family's own options that the configuration sets.

    Raises:
        ValueError: if one is set that the family does not have.

    Example:

    >>> family_options(RunConfig(model="vae", beta=2.0))
    {'beta': 2.0}
    """
    options = {name: takers for name in config.to_dict() if (takers := _families_taking(name))}
    given = {name: getattr(config, name) for name in options if getattr(config, name) is not None}
    for name in given:
        if config.model not in options[name]:
            raise ValueError(
                f"{name} is an option of {', '.join(options[name])}. "
                f"Received: it with {config.model}. Leave it out, or choose another model."
            )
    if "prior_attributes" in given:
        given["prior_attributes"] = 2 ** len(config.prior_attribute_names)
    return {MADE_OF.get(name, name): value for name, value in given.items()}


def applicable(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns options of a run without those that only other families have.

    Args:
        options: by name, `model` among them or the default.

    Example:

    >>> applicable({"model": "gan", "epochs": 5, "beta": 2.0})
    {'model': 'gan', 'epochs': 5}
    """
    model = options.get("model", RunConfig.model)
    return {
        name: value
        for name, value in options.items()
        if model in (_families_taking(name) or FAMILIES)
    }


def _families_taking(option: str) -> list[str]:
    """The families an option is one of; the seed, which all take, is none of these."""
    own = MADE_OF.get(option, option)
    return [name for name, family in FAMILIES.items() if own in family.options()]


def resolved(config: RunConfig) -> dict[str, Any]:
    """Returns what a run would use for every option, the family's own defaults among them.

    Args:
        config: the configuration.

    Returns:
        Options by name, without those of other families.

    Raises:
        ValueError: as `family_options`.

    Example:

    >>> resolved(RunConfig(model="wgan-gp"))["n_critic"]
    5
    """
    own = FAMILIES[config.model].options()
    given = family_options(config)
    return {
        name: given.get(name, own[name]) if name in own else value
        for name, value in config.to_dict().items()
        if config.model in (_families_taking(name) or FAMILIES)
    }


def check_config(config: RunConfig) -> None:
    """Raises a ValueError for what can be known to be wrong before any image is loaded.

    Args:
        config: the configuration.

    Raises:
        ValueError: for an unknown family, network, schedule or features, an impossible image shape,
            or an option of another family.

    Example:

    >>> check_config(RunConfig(image_size=64))
    """
    FAMILIES[config.model]
    if config.network not in network_names():
        raise ValueError(
            f"network must be one of {list(network_names())}. Received: {config.network!r}. "
            "Choose one of these names."
        )
    NORMALIZATIONS[config.normalization]
    SCHEDULES[config.learning_rate_schedule]
    check_image_shape((config.image_size, config.image_size, config.channels))
    check_encoder(config.encoder or config.network, config.encoder_weights)
    family_options(config)
    FEATURES[config.features]


def check_packages(config: RunConfig) -> None:
    """Raises a ValueError if training needs a package that is not installed.

    Args:
        config: the configuration.

    Raises:
        ValueError: for TensorBoard logs without TensorBoard.

    Example:

    >>> check_packages(RunConfig())
    """
    missing = [name for name in TENSORBOARD_PACKAGES if find_spec(name) is None]
    if config.tensorboard and missing:
        raise ValueError(
            f"tensorboard needs the packages {', '.join(TENSORBOARD_PACKAGES)}. "
            f"Received: no {', '.join(missing)}. Install keras-resgen[tensorboard]."
        )


def build_model(config: RunConfig) -> GenerativeModel:
    """Builds the model a configuration describes, with weights drawn from its seed.

    Args:
        config: the configuration.

    Returns:
        A model that is not yet compiled.

    Raises:
        ValueError: as `check_config`.

    Example:

    >>> build_model(RunConfig(model="gan", image_size=32, width=4)).latent_dim
    128
    """
    check_config(config)
    keras.utils.set_random_seed(config.seed)
    with precision(config.precision):
        return FAMILIES[config.model].create(
            image_size=config.image_size,
            channels=config.channels,
            latent_dim=config.latent_dim,
            network=config.network,
            width=config.width,
            normalization=config.normalization,
            attributes=len(config.attribute_names),
            seed=config.seed,
            **family_options(config),
        )


def load_model(run: RunFolder, epoch: int | None = None) -> GenerativeModel:
    """Rebuilds the trained model of a run from its configuration and weights.

    Args:
        run: a finished run.
        epoch: one of the best few, whose weights are kept beside the final ones.

    Raises:
        ValueError: if the folder is no run folder, the run has no weights yet, or those of the
            epoch were not kept.

    Example:

    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> config = RunConfig(model="ae", data="faces,count=200", **options)
    >>> run = train(config, Path("runs/ae"))
    epoch 1/1 ...
    >>> load_model(run).sample(2).shape
    (2, 32, 32, 3)
    """
    # The weights that training began with may be gone; those it ended with are in the run.
    model = build_model(replace(run.read_config(), encoder_weights=None))
    if not run.weights.is_file():
        raise ValueError(
            f"Expected a finished run. Received: {run.path}, which has no {run.weights.name}. "
            f"Wait for its training, or finish it with resgen train --resume {run.path}."
        )
    load_weights(model, run.weights if epoch is None else _kept_weights(run, epoch))
    return model


def _kept_weights(run: RunFolder, epoch: int) -> Path:
    kept = {parse_epoch(path): path for path in run.best.glob("epoch-*.weights.h5")}
    if epoch not in kept:
        raise ValueError(
            f"The kept epochs are {sorted(kept)}. Received: {epoch}. "
            "Choose one of these, or leave it out for the best."
        )
    return kept[epoch]


def load_weights(model: GenerativeModel, path: Path) -> None:
    """Loads weights that training saved.

    Args:
        model: as it was configured; compiled, if the optimizer's state is to be loaded too.
        path: a `.weights.h5` file.

    Raises:
        ValueError: if the file is damaged, or of another model.

    Example:

    >>> model = build_model(RunConfig(model="ae", image_size=32, width=2))
    >>> model.save_weights("ae.weights.h5")
    >>> load_weights(model, Path("ae.weights.h5"))
    """
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"Expected weights of the configured model. Received: {path}: {reason} "
            "Put the file and config.json back as they were, or train again."
        ) from error
