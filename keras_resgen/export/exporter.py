"""Writing of exports."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime
import onnxslim
import tensorflow as tf
import tf2onnx

import keras_resgen
from keras_resgen.export.endpoints.exportable import ExportableModel, Progress, no_progress
from keras_resgen.export.endpoints.inference_copy import convert_to_float32, fold_networks
from keras_resgen.export.endpoints.latent_tools import (
    LatentTools,
    add_tools,
    describe_tools,
    share_context,
)
from keras_resgen.export.endpoints.reference import make_reference
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.card import CARD, model_card
from keras_resgen.export.folder.manifest import SCHEMA_VERSION, Manifest, hash_files
from keras_resgen.export.folder.source_commit import source_commit
from keras_resgen.export.folder.staging import check_target, staged_folder
from keras_resgen.export.formats.calibration import calibration_inputs
from keras_resgen.export.formats.table import DEFAULT_FORMATS, FORMATS, check_formats
from keras_resgen.export.formats.traced_model import TracedModel
from keras_resgen.export.verification.parity import check_parity, compare

REFERENCE = "reference.npz"
# ONNX files and TensorFlow graphs are protobuf messages, which have at most 2 GB.
LIMIT_BYTES = 2**31 - 1
RESERVED = {"model_class", "network", "image_shape", "latent", "versions", "source_commit"}
PACKAGES = (keras_resgen, keras, tf, onnx, onnxruntime, onnxslim, tf2onnx, np)


def export_model(
    model: ExportableModel,
    folder: Path | str,
    *,
    formats: Sequence[str] = DEFAULT_FORMATS,
    tools: LatentTools | None = None,
    calibration: np.ndarray | None = None,
    metadata: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Write a model's networks for use without Keras and without this package.

    The folder gets the files of each format, `manifest.json`, a model card, and the inputs and
    outputs that `verify_export` compares with. By default the formats are a TensorFlow SavedModel
    with a signature for every endpoint and an ONNX file for every sub-network.

    The folder appears only after a runtime of every format has computed what Keras computes, at
    batch 1 and 7; see `keras_resgen.export.formats.tolerances`. If anything fails, nothing is left
    behind, and an existing export stays.

    Args:
        model: any model of `keras_resgen.models`. Models in mixed precision are exported in
            float32.
        folder: where to write; must be missing or empty.
        formats: names in `keras_resgen.export.FORMATS`, or the names that `keras.Model.export` has
            for them; some need an extra package.
        tools: a prior and directions that were fitted to the model's codes, to export too.
        calibration: images, floats in [0, 1] or uint8, from which `onnx_int8` estimates the ranges
            of activations; a few hundred are enough. By default these are the images of
            `reference.npz`, which are patches of noise.
        metadata: facts to record in the manifest, the model card and the ONNX files, such as the
            data set and the license; JSON values. Under `attributes` the names of the attributes
            that a model is conditioned on, in order.
        overwrite: whether an export in `folder` may be replaced.
        progress: called as `progress(done, total, label)` before each step.

    Returns:
        The manifest.

    Raises:
        ExportError: if Keras runs on another backend than TensorFlow; the folder cannot be used; a
            format is unknown, or no installed runtime runs it; the calibration images or directions
            do not fit the model; the metadata are not JSON; a network has over 2 GB, has a layer
            that ONNX lacks, or returns values that are not finite; or a runtime differs from Keras.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     manifest = export_model(model, Path(parent) / "faces", metadata={"data": "faces"})
    >>> sorted(name for name in manifest.files if name.endswith(".onnx"))
    ['discriminator.onnx', 'generator.onnx']
    """
    folder = Path(folder).resolve()
    metadata = dict(metadata or {})
    tools = tools or LatentTools()
    _check_backend()
    check_target(folder, overwrite)
    runtimes = check_formats(formats)
    _check_metadata(metadata)
    _check_size(model)
    _check_fitting(model, tools, calibration)
    with staged_folder(folder) as staging, model.averaged_weights():
        model = fold_networks(convert_to_float32(model))
        return _write(
            model, tools, runtimes, calibration, staging, metadata, progress or no_progress
        )


def _write(
    model: ExportableModel,
    tools: LatentTools,
    runtimes: Mapping[str, str],
    calibration: np.ndarray | None,
    folder: Path,
    metadata: dict[str, Any],
    progress: Progress,
) -> Manifest:
    """Write an export into an empty folder and compare it with Keras.

    `runtimes` has the formats to write, each with the runtime that checks it.
    """
    total = len(runtimes) + 2
    progress(0, total, "trace the endpoints")
    functions = add_tools(model, tools)
    reference = make_reference(model, functions)
    signatures = trace_signatures(model, functions)
    facts = _facts(model, tools, functions)
    if commit := source_commit():
        metadata = {**metadata, "source_commit": commit}
    properties = {name: _text(value) for name, value in {**metadata, **facts}.items()}
    traced = TracedModel(
        signatures,
        properties,
        lambda: calibration_inputs(model, functions, reference, calibration),
    )
    paths: dict[str, dict[str, str]] = {}
    for done, name in enumerate(runtimes, start=1):
        progress(done, total, f"write {name}")
        for endpoint, path in FORMATS[name].write(traced, folder).items():
            paths.setdefault(endpoint, {})[name] = path
    endpoints = {
        s.name: {**s.describe(model.image_shape), "formats": paths[s.name]}
        for s in signatures
        if s.name in paths
    }
    progress(total - 1, total, "compare every runtime with Keras")
    formats: dict[str, list[str]] = {}
    for name, runtime in runtimes.items():
        formats.setdefault(runtime, []).append(name)
    rows = compare(folder, endpoints, reference, formats)
    check_parity(rows, list(runtimes))
    reference.subset(endpoints).save(folder / REFERENCE)
    content = {
        "schema_version": SCHEMA_VERSION,
        **facts,
        "networks": {
            name: {"parameters": network.count_params()} for name, network in model.networks.items()
        },
        "endpoints": endpoints,
        "reference": REFERENCE,
        "parity": [asdict(row) for row in rows],
        "metadata": metadata,
    }
    (folder / CARD).write_text(model_card(Manifest(**content, files={})), encoding="utf-8")
    manifest = Manifest(**content, files=hash_files(folder))
    manifest.save(folder)
    progress(total, total, "exported")
    return manifest


def _facts(
    model: ExportableModel, tools: LatentTools, endpoints: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the facts about a model for the manifest and every ONNX file."""
    return {
        "model_class": type(model).__name__,
        "image_shape": list(model.image_shape),
        "latent": {
            "dim": model.latent_dim,
            "prior": model.prior if "generate" in endpoints else None,
            "components": model.prior_components,
            **describe_tools(model, tools),
        },
        "versions": {package.__name__: package.__version__ for package in PACKAGES},
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _check_backend() -> None:
    if keras.config.backend() != "tensorflow":
        raise ExportError(
            "Exports need Keras's TensorFlow backend. "
            f"Received: the {keras.config.backend()} backend. Save the model, and export it in a "
            "process with KERAS_BACKEND=tensorflow: resgen export MODEL.keras does that."
        )


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    reserved = sorted(metadata.keys() & RESERVED)
    if reserved:
        raise ExportError(
            "metadata must not have keys that every export records itself. "
            f"Received: {reserved}. Choose other names."
        )
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ExportError(
            f"metadata must be JSON values. Received: {error}. Give numbers, text or lists."
        ) from error


def _check_fitting(
    model: ExportableModel, tools: LatentTools, calibration: np.ndarray | None
) -> None:
    """Raise an ExportError unless the latent tools and calibration images fit the model."""
    shapes = {name: direction.shape for name, direction in tools.directions.items()}
    if any(shape != (model.latent_dim,) for shape in shapes.values()):
        raise ExportError(
            f"Directions must have shape {(model.latent_dim,)}, like the model's latent vectors. "
            f"Received: {shapes}. Fit them to codes of this model."
        )
    if not share_context(tools.directions):
        raise ExportError(
            "Directions that depend on the code must be fitted together. Received: "
            f"{list(tools.directions)} with different means or components. Fit all to the same "
            "codes."
        )
    if calibration is None:
        return
    shape, kind = np.shape(calibration), np.asarray(calibration).dtype
    if shape[1:] != tuple(model.image_shape) or not shape[0] or kind not in ("uint8", "float32"):
        raise ExportError(
            f"calibration must be images of shape (count, {', '.join(map(str, model.image_shape))})"
            f", uint8 or float32 in [0, 1]. Received: shape {shape}, {kind}. "
            "Give images like those the model was trained on."
        )


def _check_size(model: ExportableModel) -> None:
    for name, network in model.networks.items():
        size = 4 * network.count_params()
        if size > LIMIT_BYTES:
            raise ExportError(
                f"An exported network must have less than 2 GB in float32. Received: {name} with "
                f"{size / 1e9:.1f} GB. Build it with a smaller width."
            )
