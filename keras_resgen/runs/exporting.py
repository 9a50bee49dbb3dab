"""Exports of runs: the trained model, with the record of its training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_resgen.data.registry import replace_paths
from keras_resgen.data.source import PATH
from keras_resgen.data.source_plan import Progress
from keras_resgen.export.exporter import export_model
from keras_resgen.export.folder.manifest import Manifest
from keras_resgen.export.folder.staging import check_target
from keras_resgen.export.formats.table import DEFAULT_FORMATS, FORMATS, check_formats
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.latent.latent_tools import (
    calibration_images,
    checked_choices,
    fit_tools,
    load_training,
)
from keras_resgen.runs.run import load_model
from keras_resgen.runs.trained import Trained


def export_run(
    run: RunFolder,
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

    Args:
        run: a finished run.
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
        ValueError: if the run is not finished, the training images cannot be found but are needed,
            or as `export_model`.

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
    check_formats(formats)
    config = run.read_config()
    trained = Trained(run.path, config, run.read_summary(), load_model(run), is_export=False)
    fitted, directions = checked_choices(trained, fitted, directions)
    to_codes = trained.model.has_encoder and (fitted is not None or directions is not None)
    calibrated = any(FORMATS[name].calibrated for name in formats)
    moved = replace(config, data=data or config.data)
    training = load_training(moved, progress) if to_codes or calibrated else None
    return export_model(
        trained.model,
        out,
        formats=formats,
        tools=fit_tools(trained, fitted, directions, training),
        calibration=calibration_images(training) if training and calibrated else None,
        metadata={
            **training_metadata(config, trained.summary),
            **({"license": license} if license else {}),
        },
        overwrite=overwrite,
        progress=progress,
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
