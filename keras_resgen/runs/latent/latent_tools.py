"""The latent tools of a run's export: a prior and directions fitted to codes."""

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
from keras_resgen.runs.latent.directions import fit_sample_directions
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

NONE = "none"
COMPONENTS = 6  # principal components, exported with the attributes' directions
READABLE = "faces"  # the data set of the attribute classifier


def load_training(config: RunConfig, progress: Progress | None = None) -> ImageSet:
    """Load the images that a run was trained on, to fit an export's tools to them.

    Args:
        config: the configuration of the run.
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


def resolve_choices(
    trained: Trained, fitted: str | None, directions: str | None
) -> tuple[str | None, str | None]:
    """Return the names of the prior and of the directions to fit; None for none.

    Args:
        trained: the trained model.
        fitted: `"gaussian"`, `"mixture"`, `"flow"` or `"none"`; None for a normal distribution of
            models with an encoder whose own prior is of that kind.
        directions: a name in `DIRECTIONS`, or `"none"`; None for means, except for conditional
            models.

    Raises:
        ValueError: if a name is unknown, or the model cannot have it.
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
        wanted = not config.attribute_names and (
            model.has_encoder or _has_predictable_samples(config)
        )
        directions = "means" if wanted else NONE
    elif directions != NONE:
        DIRECTIONS[directions]
        if not model.has_encoder and not _has_predictable_samples(config):
            raise ValueError(
                "Without an encoder, directions are fitted to predictions on drawn faces in color, "
                f"by an unconditional model. Received: data={config.data!r}, "
                f"{config.channels} channel(s), attributes={config.attributes!r}. "
                "Leave directions out."
            )
    return None if fitted == NONE else fitted, None if directions == NONE else directions


def fit_tools(
    trained: Trained, fitted: str | None, directions: str | None, training: ImageSet | None
) -> LatentTools:
    """Fit a prior and directions to the codes of training images.

    Args:
        trained: the trained model.
        fitted: a name in `FITTED_PRIORS`, or None.
        directions: a name in `DIRECTIONS`, or None. Six principal components of the codes come with
            them. Without an encoder, directions are fitted to samples.
        training: the training images, for models with an encoder.
    """
    if not trained.model.has_encoder or training is None:
        found = {} if directions is None else fit_sample_directions(trained, method=directions)
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
    """Return some training images at equal distances, as floats, to calibrate ranges with.

    Args:
        training: the training images.
        count: largest number of images.
    """
    return training.floats(spread(training, min(count, len(training))))


def _has_predictable_samples(config: RunConfig) -> bool:
    """Whether the attribute classifier knows the images that the model generates."""
    is_faces = config.data.split(",")[0] == READABLE
    return is_faces and config.channels == 3 and not config.attribute_names
