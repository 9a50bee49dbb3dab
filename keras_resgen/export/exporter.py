"""Writes exports."""

import json
from collections.abc import Mapping
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
from keras_resgen.export.card import CARD, model_card
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folding import folded
from keras_resgen.export.formats import FORMATS
from keras_resgen.export.manifest import SCHEMA_VERSION, Manifest, hash_files
from keras_resgen.export.parity import check_parity, compare
from keras_resgen.export.precision import in_float32
from keras_resgen.export.protocols import ExportableModel, Progress, silent
from keras_resgen.export.reference import make_reference
from keras_resgen.export.signatures import trace_signatures
from keras_resgen.export.staging import check_target, staged_folder

REFERENCE = "reference.npz"
# An ONNX file is a protobuf message, and so is the graph it is converted from: 2 GB at most.
LIMIT_BYTES = 2**31 - 1
RESERVED = {"model_class", "network", "image_shape", "latent", "versions"}
PACKAGES = (keras_resgen, keras, tf, onnx, onnxruntime, onnxslim, tf2onnx, np)


def export_model(
    model: ExportableModel,
    folder: Path | str,
    *,
    metadata: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Writes a model's networks for use without Keras and without this package.

    The folder gets a TensorFlow SavedModel with a signature for every endpoint, an ONNX file for
    every sub-network, `manifest.json`, a model card and the inputs and outputs that
    `verify_export` compares with. It appears only once ONNX Runtime, and TensorFlow in a process
    without Keras, have given Keras's results at batch 1 and 7; see
    `keras_resgen.export.parity.allowed_difference`. If anything fails nothing is left behind, and
    an export that was there stays.

    Args:
        model: any model of `keras_resgen.models`. One of mixed precision is exported in float32.
        folder: where to write; must be missing or empty.
        metadata: facts to record in the manifest, the model card and the ONNX files, such as the
            data set and the licence; JSON values. Under `attributes` the names of those that a
            conditional model is told, in order.
        overwrite: whether an export in `folder` may be replaced.
        progress: called as `progress(done, total, label)` before each step.

    Returns:
        The manifest.

    Raises:
        ExportError: if Keras runs on another backend than TensorFlow; the folder cannot be used;
            the metadata are not JSON; a network is over 2 GB, has a layer that ONNX lacks, or
            gives values that are not finite; or a runtime differs from Keras.

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
    _check_backend()
    check_target(folder, overwrite)
    _check_metadata(metadata)
    _check_size(model)
    with staged_folder(folder) as staging, model.averaged_weights():
        manifest = _write(folded(in_float32(model)), staging, metadata, progress or silent)
    return manifest


def _write(
    model: ExportableModel, folder: Path, metadata: dict[str, Any], progress: Progress
) -> Manifest:
    """Writes an export into an empty folder and compares it with Keras."""
    total = len(FORMATS) + 2
    progress(0, total, "trace the endpoints")
    reference = make_reference(model)
    signatures = trace_signatures(model)
    endpoints = {s.name: {**s.describe(model.image_shape), "formats": {}} for s in signatures}
    variables = [v.value for network in model.networks.values() for v in network.variables]
    facts = _facts(model, endpoints)
    properties = {name: _text(value) for name, value in {**metadata, **facts}.items()}
    for done, (name, write) in enumerate(FORMATS.items(), start=1):
        progress(done, total, f"write {name}")
        for endpoint, path in write(signatures, variables, properties, folder).items():
            endpoints[endpoint]["formats"][name] = path
    progress(total - 1, total, "compare every runtime with Keras")
    rows = compare(folder, endpoints, reference)
    check_parity(rows)
    reference.thinned().save(folder / REFERENCE)
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


def _facts(model: ExportableModel, endpoints: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest and every ONNX file say about a model."""
    return {
        "model_class": type(model).__name__,
        "image_shape": list(model.image_shape),
        "latent": {
            "dim": model.latent_dim,
            "prior": model.prior if "generate" in endpoints else None,
            "components": model.prior_components,
        },
        "versions": {package.__name__: package.__version__ for package in PACKAGES},
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _check_backend() -> None:
    if keras.config.backend() != "tensorflow":
        raise ExportError(
            "Exports are made on Keras's TensorFlow backend. "
            f"Received: the {keras.config.backend()} backend. Save the model, and export it from a "
            "process with KERAS_BACKEND=tensorflow."
        )


def _check_metadata(metadata: Mapping[str, Any]) -> None:
    reserved = sorted(metadata.keys() & RESERVED)
    if reserved:
        raise ExportError(
            "metadata must not name what every export records itself. "
            f"Received: {reserved}. Choose other names."
        )
    try:
        json.dumps(metadata, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ExportError(
            f"metadata must be JSON values. Received: {error}. Give numbers, text or lists."
        ) from error


def _check_size(model: ExportableModel) -> None:
    for name, network in model.networks.items():
        size = 4 * network.count_params()
        if size > LIMIT_BYTES:
            raise ExportError(
                f"A network must be under 2 GB in float32 to be exported. Received: {name} with "
                f"{size / 1e9:.1f} GB. Build it with a smaller width."
            )
