"""Exports of runs and of `.keras` files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from keras_resgen import models
from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.registry import replace_paths
from keras_resgen.data.source import PATH
from keras_resgen.data.source_plan import Progress
from keras_resgen.data.sources import load_images
from keras_resgen.export.exporter import export_model
from keras_resgen.export.folder.manifest import Manifest
from keras_resgen.export.folder.staging import check_target
from keras_resgen.export.formats.table import DEFAULT_FORMATS, FORMATS, check_formats
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.latent.latent_tools import (
    NONE,
    calibration_images,
    fit_tools,
    load_training,
    resolve_choices,
)
from keras_resgen.runs.run import load_model
from keras_resgen.runs.trained import Trained


def export_run(
    run: RunFolder | Path,
    out: Path,
    *,
    formats: Sequence[str] = DEFAULT_FORMATS,
    fitted: str | None = None,
    directions: str | None = None,
    data: str | None = None,
    license: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Export the trained model of a run, with a prior and directions fitted to its codes.

    A `.keras` file takes the place of a run, but it holds no images. Without `data` nothing is
    fitted to images then: the export has no directions, samples are drawn from the model's own
    prior, and `onnx_int8` is calibrated with noise.

    Args:
        run: a finished run, or a `.keras` file of any family.
        out: the folder to make.
        formats: see `export_model`.
        fitted: `"gaussian"`, `"mixture"`, `"flow"` or `"none"`: the distribution that the endpoints
            `draw` and `sample` draw from. By default a normal distribution for models with an
            encoder and a gaussian prior; others draw from their prior.
        directions: `"means"`, `"contextual"`, `"logistic"`, `"component"` or `"none"`: how the
            directions of `move` and `edit` are fitted to the attributes of the training images; for
            models of `faces` without an encoder, to a classifier's predictions on samples. By
            default means, but none for conditional models. Principal components of codes come with
            them.
        data: images to fit to instead, such as the training images where they are now; see
            `load_images`.
        license: license of the weights, for the manifest, such as `"CC-BY-4.0"`.
        overwrite: whether an export in that folder may be replaced.
        progress: called as `progress(done, total, label)`.

    Returns:
        The manifest of the export.

    Raises:
        ValueError: if the run is not finished, the file holds no model of this package, the images
            to fit to are missing, or as `export_model`.

    Example:

    >>> from keras_resgen.runs.config import RunConfig
    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> run = train(RunConfig(model="ae", data="faces,count=200", **options), Path("runs/ae"))
    epoch 1/1 ...
    >>> manifest = export_run(run, Path("exports/ae"))
    >>> "decoder.onnx" in manifest.files, manifest.latent["draw"]["distribution"]
    (True, 'gaussian')
    """
    out = Path(out).resolve()
    check_target(out, overwrite)  # before the minutes that encoding may take
    names = list(check_formats(formats))
    images: Callable[[], ImageSet] | None
    if isinstance(run, RunFolder):
        config = run.read_config()
        trained = Trained(run.path, config, run.read_summary(), load_model(run), is_export=False)
        metadata = training_metadata(config, trained.summary)
        images = partial(load_training, replace(config, data=data or config.data), progress)
    else:
        if data is None:
            fitted, directions = _nothing_fitted(fitted, directions)
        trained = _load_file(run, data)
        metadata = {"family": trained.config.model}
        images = partial(_load_images, trained.config, progress) if data else None
    fitted, directions = resolve_choices(trained, fitted, directions)
    needs_codes = trained.model.has_encoder and (fitted is not None or directions is not None)
    calibrated = any(FORMATS[name].calibrated for name in names)
    training = images() if images and (needs_codes or calibrated) else None
    return export_model(
        trained.model,
        out,
        formats=names,
        tools=fit_tools(trained, fitted, directions, training),
        calibration=calibration_images(training) if training and calibrated else None,
        metadata={**metadata, **({"license": license} if license else {})},
        overwrite=overwrite,
        progress=progress,
    )


def load_model_file(path: Path) -> GenerativeModel:
    """Load a model of this package from a `.keras` file.

    Args:
        path: the file, written on any Keras backend.

    Raises:
        ValueError: if it holds no such model.
    """
    model = models.load_model(path)  # compiled, so that moving averages are restored
    if not isinstance(model, GenerativeModel):
        raise ValueError(
            "Expected a .keras file of a model of keras_resgen. Received: "
            f"{path} with a {type(model).__name__}. Export classifiers with "
            "export_model(Classifier(network), ...)."
        )
    return model


def _nothing_fitted(fitted: str | None, directions: str | None) -> tuple[str, str]:
    """Return `"none"` for both, or raise a ValueError if something else was chosen."""
    if not {fitted, directions} <= {None, NONE}:
        raise ValueError(
            "A prior and directions are fitted to images, which a .keras file does not hold. "
            f"Received: fitted={fitted!r}, directions={directions!r} without data. "
            "Give --data, or leave both out."
        )
    return NONE, NONE


def _load_file(path: Path, data: str | None) -> Trained:
    """Load a `.keras` file, with the part of the configuration that fitting reads."""
    model = load_model_file(path)
    family = next((name for name, row in FAMILIES.items() if row is type(model)), None)
    names = [f"attribute_{number + 1}" for number in range(model.attributes)]
    config = RunConfig(
        model=family or type(model).__name__,
        image_size=model.image_shape[0],
        channels=model.image_shape[2],
        latent_dim=model.latent_dim,
        attributes=",".join(names) or None,
    )
    config = replace(config, data=data) if data else config
    return Trained(path, config, {}, model, is_export=False)


def _load_images(config: RunConfig, progress: Progress | None) -> ImageSet:
    return load_images(
        config.data, image_size=config.image_size, channels=config.channels, progress=progress
    )


def training_metadata(config: RunConfig, summary: dict[str, Any]) -> dict[str, Any]:
    """Return the record of training that goes into an export.

    It has only the name of a folder of images, and no other path: these are private.

    Args:
        config: the configuration of the run.
        summary: the summary of the run.

    Example:

    >>> training_metadata(RunConfig(data="folder:home/me/cats"), {"epochs": 3})["data"]
    'folder:cats'
    """
    data = replace_paths(config.data, lambda name, path: Path(path).name if name == PATH else None)
    return {
        "family": config.model,
        "data": data,
        "config": {**config.to_dict(), "data": data},
        **({"attributes": list(config.attribute_names)} if config.attributes else {}),
        "epochs": summary.get("epochs"),
        "kept_epoch": summary.get("kept_epoch"),
        "data_fingerprint": summary.get("data_fingerprint"),
    }
