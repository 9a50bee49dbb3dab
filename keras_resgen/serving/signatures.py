"""Signatures of an export, which ONNX Runtime computes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from keras_resgen.export.endpoints.names import UINT8_SUFFIX
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files
from keras_resgen.export.formats.table import find_file
from keras_resgen.export.runtimes.python_runtimes import load_onnxruntime
from keras_resgen.serving.chains import Step, chain_signature, find_chains

Arrays = dict[str, np.ndarray]
Function = Callable[[Mapping[str, np.ndarray]], Arrays]


@dataclass(frozen=True)
class Tensor:
    """The description of an input or output.

    Attributes:
        shape: of one row.
        dtype: `"float32"` or `"uint8"`.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True)
class Signature:
    """A function of named arrays, all with the same number of rows.

    Attributes:
        name: given by callers.
        inputs: descriptions by name.
        outputs: descriptions by name.
        run: computes the signature with floats; images are in [0, 1].
        variant_of: name of the signature for float images, if this one is for uint8 images.
    """

    name: str
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    run: Function
    variant_of: str | None = None


def load_signatures(export: Path) -> dict[str, Signature]:
    """Load an export's ONNX files, and return the signatures that they compute, by name.

    There is a signature for every endpoint with an ONNX file, and the chains `reconstruct`,
    `sample` and `edit` if the export has their networks. Signatures with images have a variant for
    uint8 images, whose name ends in `_uint8`, as in the SavedModel.

    Args:
        export: folder of an export.

    Raises:
        ExportError: if the export is damaged or has no ONNX files.

    Example:

    >>> signatures = load_signatures(Path("exports/faces64"))  # doctest: +SKIP
    >>> signatures["sample"].run({"noise": np.zeros((1, 96), "float32")})["images"].shape
    ... # doctest: +SKIP
    (1, 64, 64, 3)
    """
    manifest = Manifest.load(export)
    check_files(export, manifest)
    single = _load_endpoints(export, manifest)
    if not single:
        raise ExportError(
            "A served export needs ONNX files. Received: an export without any. Export the model "
            "again with the format onnx."
        )
    image_shape = tuple(manifest.image_shape)
    found = [*single.values(), *_chain_endpoints(single)]
    variants = [_with_uint8(s, image_shape) for s in found if _has_images(s, image_shape)]
    return {signature.name: signature for signature in [*found, *variants]}


def _load_endpoints(export: Path, manifest: Manifest) -> dict[str, Signature]:
    """Return a signature for every endpoint that has an ONNX file."""

    @cache
    def session(path: str) -> Function:
        check_no_external_data(export / path)
        return load_onnxruntime(export / path)

    def tensors(specs: Mapping[str, Mapping]) -> dict[str, Tensor]:
        return {n: Tensor(tuple(spec["shape"][1:]), spec["dtype"]) for n, spec in specs.items()}

    signatures = {}
    for name, entry in manifest.endpoints.items():
        if path := find_file(entry, "onnxruntime"):
            inputs, outputs = tensors(entry["inputs"]), tensors(entry["outputs"])
            signatures[name] = Signature(name, inputs, outputs, session(path))
    return signatures


def _chain_endpoints(single: Mapping[str, Signature]) -> list[Signature]:
    """Return a signature for every chain of endpoints."""
    entries = {name: {"inputs": s.inputs, "outputs": s.outputs} for name, s in single.items()}
    return [
        Signature(name, *chain_signature(steps, entries), _run_steps(steps, single))
        for name, steps in find_chains(entries).items()
    ]


def _run_steps(steps: Sequence[Step], single: Mapping[str, Signature]) -> Function:
    def run(given: Mapping[str, np.ndarray]) -> Arrays:
        tensors = dict(given)
        for step in steps:
            inputs = {inner: tensors[outer] for inner, outer in step.inputs.items()}
            outputs = single[step.endpoint].run(inputs)
            tensors |= {outer: outputs[inner] for inner, outer in step.outputs.items()}
        return {outer: tensors[outer] for outer in steps[-1].outputs.values()}

    return run


def _has_images(signature: Signature, image_shape: tuple[int, ...]) -> bool:
    tensors = (*signature.inputs.values(), *signature.outputs.values())
    return any(tensor.shape == image_shape for tensor in tensors)


def _with_uint8(signature: Signature, image_shape: tuple[int, ...]) -> Signature:
    """Return the same signature for images with values from 0 to 255."""

    def as_uint8(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {
            name: Tensor(tensor.shape, "uint8") if tensor.shape == image_shape else tensor
            for name, tensor in tensors.items()
        }

    return Signature(
        signature.name + UINT8_SUFFIX,
        as_uint8(signature.inputs),
        as_uint8(signature.outputs),
        signature.run,
        variant_of=signature.name,
    )
