"""What an export of a run holds beside its networks: a prior and directions fitted to codes."""

from typing import Any

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.source_plan import Progress
from keras_resgen.export.endpoints.latent_tools import LatentTools
from keras_resgen.latent import (
    DIRECTIONS,
    FITTED_PRIORS,
    component_directions,
    fit_directions,
)
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.latent.codes import choose_rows, encode_rows
from keras_resgen.runs.latent.directions import directions_of_draws
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

NONE = "none"
COMPONENTS = 6  # principal ones, which come with the attributes' directions
READABLE = "faces"  # data whose images the network that reads attributes knows


def load_training(config: RunConfig, progress: Progress | None = None) -> ImageSet:
    """Loads the images a run was trained on, for what an export fits to them.

    Args:
        config: of the run.
        progress: see `load_images`.

    Raises:
        ValueError: if they cannot be loaded.
    """
    try:
        training, _ = load_split(config, progress)
    except (ValueError, OSError) as error:
        raise ValueError(
            "The latent prior and directions of an export are fitted to the run's training images. "
            f"Received: {error} Put the images back, say where they are with --data, or export "
            "without: --fitted none --directions none, and no onnx_int8."
        ) from error
    return training


def checked_choices(
    trained: Trained, fitted: str | None, directions: str | None
) -> tuple[str | None, str | None]:
    """Returns which prior and directions are fitted: names in the tables, None for none.

    Args:
        trained: of a run.
        fitted: `"gaussian"`, `"mixture"`, `"flow"` or `"none"`; None for a normal distribution of
            models with an encoder whose own prior is of that kind.
        directions: a name in `DIRECTIONS`, or `"none"`; None for means, of models
            that are told no attributes.

    Raises:
        ValueError: if a name is unknown, or the model has no such thing.
    """
    model, config = trained.model, trained.config
    if fitted is None:
        fitted = "gaussian" if model.has_encoder and model.prior == "gaussian" else NONE
    elif fitted != NONE:
        FITTED_PRIORS[fitted]
        if not model.has_encoder:
            raise ValueError(
                "A prior is fitted to codes, which need an encoder. Received: "
                f"fitted={fitted!r} with {type(model).__name__}, which has none. Leave it out."
            )
    if directions is None:
        wanted = not config.attribute_names and (model.has_encoder or _reads_draws(config))
        directions = "means" if wanted else NONE
    elif directions != NONE:
        DIRECTIONS[directions]
        if not model.has_encoder and not _reads_draws(config):
            raise ValueError(
                "Without an encoder, directions are fitted to what a network reads of drawn faces "
                f"in color, of a model that is told nothing. Received: data={config.data!r}, "
                f"{config.channels} channel(s), attributes={config.attributes!r}. "
                "Leave directions out."
            )
    return None if fitted == NONE else fitted, None if directions == NONE else directions


def fit_tools(
    trained: Trained, fitted: str | None, directions: str | None, training: ImageSet | None
) -> LatentTools:
    """Fits a prior and directions to the codes of training images.

    Args:
        trained: of a run.
        fitted: a name in `FITTED_PRIORS`, or None.
        directions: a name in `DIRECTIONS`, or None; with those of attributes come six principal
            components of the codes. Those of models without an encoder are fitted to draws.
        training: the training images, for models with an encoder.
    """
    if not trained.model.has_encoder or training is None:
        found = {} if directions is None else directions_of_draws(trained, method=directions)
        return LatentTools(directions=found, method=directions if found else None)
    if fitted is None and directions is None:
        return LatentTools()
    rows = choose_rows(training)
    codes = encode_rows(trained, training, rows)
    prior = None if fitted is None else FITTED_PRIORS[fitted](codes)
    found = {}
    if directions is not None:
        labels: dict[str, Any] = {n: v[rows] for n, v in training.attributes.items()}
        found = fit_directions(codes, labels, method=directions)
        found |= component_directions(codes, COMPONENTS)
    return LatentTools(prior, fitted, found, directions)


def calibration_images(training: ImageSet, count: int = 128) -> np.ndarray:
    """Returns some training images at equal distances, as floats, to read ranges of values from.

    Args:
        training: the training images.
        count: how many at most.
    """
    return training.floats(spread(training, min(count, len(training))))


def _reads_draws(config: RunConfig) -> bool:
    """Whether attributes can be read from what a model without an encoder draws."""
    is_faces = config.data.split(",")[0] == READABLE
    return is_faces and config.channels == 3 and not config.attribute_names
