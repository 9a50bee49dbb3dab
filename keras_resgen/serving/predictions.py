"""Requests and answers in the form of TensorFlow Serving's REST API.

https://www.tensorflow.org/tfx/serving/api_rest: `{"signature_name": ..., "instances": [...]}` with
a list of rows, or `{"signature_name": ..., "inputs": ...}` with a list of rows for each input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_resgen.serving.names import VERSION
from keras_resgen.serving.signatures import Arrays, Signature

DEFAULT_SIGNATURE = "serving_default"
KEYS = {"signature_name", "instances", "inputs"}
DTYPES = {"float32": "DT_FLOAT", "uint8": "DT_UINT8"}


class RequestError(ValueError):
    """A request that cannot be answered; the message is for who made it."""


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        signature: that computes it.
        inputs: floats by name, as `signature.run` takes them, all with `rows` rows.
        by_row: whether `instances` were given, and rows are expected back.
    """

    signature: Signature
    inputs: Arrays
    by_row: bool

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.inputs.values())))


def parse_request(body: Any, signatures: Mapping[str, Signature], most_rows: int) -> Request:
    """Reads a request.

    Args:
        body: the JSON value that was sent.
        signatures: by name.
        most_rows: that a request may have.

    Raises:
        RequestError: if it is no such request.
    """
    given_as = {"instances", "inputs"} & body.keys() if isinstance(body, dict) else set()
    if len(given_as) != 1 or body.keys() - KEYS:
        raise RequestError(
            'A JSON object with "instances" or "inputs" is expected, and "signature_name" beside '
            f"it. Received: {sorted(body) if isinstance(body, dict) else _brief(body)}. "
            "See https://www.tensorflow.org/tfx/serving/api_rest."
        )
    name = body.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str) or name not in signatures:
        raise RequestError(
            f"signature_name must be one of {sorted(signatures)}. Received: {_brief(name)}. "
            "Choose one of these names."
        )
    signature = signatures[name]
    by_row = "instances" in body
    given = _columns(body["instances"], signature) if by_row else body["inputs"]
    if not isinstance(given, dict):
        given = {next(iter(signature.inputs)): given}  # one input needs no name
    if given.keys() != signature.inputs.keys():
        raise RequestError(
            f"The inputs of {name} are {sorted(signature.inputs)}. Received: {sorted(given)}. "
            "Give each of them."
        )
    inputs = {name: _array(name, given[name], signature) for name in signature.inputs}
    rows = {len(array) for array in inputs.values()}
    if len(rows) != 1 or not 0 < max(rows) <= most_rows:
        raise RequestError(
            f"From 1 to {most_rows} rows are expected, of all inputs alike. Received: "
            f"{sorted(rows)}. Send them in several requests."
        )
    return Request(signature, inputs, by_row)


def answer(outputs: Arrays, asked: Request) -> dict[str, Any]:
    """Returns what is sent back, with arrays as they are.

    Args:
        outputs: floats by name, as `asked.signature.run` returns them.
        asked: the request.

    Raises:
        RequestError: if they are not finite, which JSON has no numbers for.

    Example:

    >>> from keras_resgen.serving.signatures import Signature, Tensor
    >>> shapes = {"code": Tensor((1,)), "image": Tensor((1,), "uint8")}
    >>> asked = Request(Signature("encode", {}, shapes, dict), {}, by_row=True)
    >>> answer({"code": np.ones((2, 1)), "image": np.ones((2, 1))}, asked)["predictions"][0]
    {'code': array([1.]), 'image': array([255], dtype=uint8)}
    """
    infinite = sorted(name for name, array in outputs.items() if not np.isfinite(array).all())
    if infinite:
        raise RequestError(
            f"Values are expected that {asked.signature.name} can be computed of. Received: some "
            f"whose {', '.join(infinite)} would not be finite. Give smaller ones."
        )
    outputs = {
        name: _as_uint8(array) if asked.signature.outputs[name].dtype == "uint8" else array
        for name, array in outputs.items()
    }
    only = next(iter(outputs.values())) if len(outputs) == 1 else None
    if not asked.by_row:
        return {"outputs": outputs if only is None else only}
    if only is not None:
        return {"predictions": only}
    rows = range(len(next(iter(outputs.values()))))
    return {"predictions": [{name: array[i] for name, array in outputs.items()} for i in rows]}


def status() -> dict[str, Any]:
    """Returns what is said of the model's one version."""
    fine = {"error_code": "OK", "error_message": ""}
    return {
        "model_version_status": [{"version": str(VERSION), "state": "AVAILABLE", "status": fine}]
    }


def metadata(model: str, signatures: Mapping[str, Signature]) -> dict[str, Any]:
    """Returns names, shapes and kinds of every signature's inputs and outputs.

    Args:
        model: its name.
        signatures: by name.
    """

    def described(tensors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {
                "dtype": DTYPES[tensor.dtype],
                "tensor_shape": {
                    "dim": [{"size": str(size), "name": ""} for size in (-1, *tensor.shape)],
                    "unknown_rank": False,
                },
                "name": name,
            }
            for name, tensor in tensors.items()
        }

    definitions = {
        name: {
            "inputs": described(signature.inputs),
            "outputs": described(signature.outputs),
            "method_name": "tensorflow/serving/predict",
        }
        for name, signature in signatures.items()
    }
    return {
        "model_spec": {"name": model, "signature_name": "", "version": str(VERSION)},
        "metadata": {"signature_def": {"signature_def": definitions}},
    }


def _columns(instances: Any, signature: Signature) -> Any:
    """Rows of named values as one list for each name; rows of the one input as they are."""
    if not isinstance(instances, list) or not instances:
        raise RequestError(
            f'"instances" must be a list of rows. Received: {_brief(instances)}. Give one or more.'
        )
    if not any(isinstance(row, dict) for row in instances):
        return {next(iter(signature.inputs)): instances}
    names = {name for row in instances for name in (row if isinstance(row, dict) else {})}
    for row in instances:
        if not isinstance(row, dict) or row.keys() != names:
            raise RequestError(
                f"All rows must have the same inputs, {sorted(names)}. Received: {_brief(row)}. "
                "Give each of them in every row."
            )
    return {name: [row[name] for row in instances] for name in names}


def _array(name: str, value: Any, signature: Signature) -> np.ndarray:
    tensor = signature.inputs[name]
    expected = f"{name} must be rows of shape {list(tensor.shape)}"
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        raise RequestError(f"{expected}. Received: rows of different lengths.") from None
    if array.shape[1:] != tensor.shape or not array.ndim:
        raise RequestError(
            f"{expected}. Received: an array of shape {list(array.shape)}. Change the shape."
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
        is_number = array.dtype.kind in "iuf" and np.isfinite(array.astype("float32")).all()
    if not is_number:
        raise RequestError(f"{expected}, of numbers. Received: other values. Give finite numbers.")
    if tensor.dtype == "uint8" and (
        array.dtype.kind == "f" or (array.size and not 0 <= array.min() <= array.max() <= 255)
    ):
        raise RequestError(
            f"{expected}, of integers from 0 to 255. Received: others. Round them, or use the "
            "signature for floats."
        )
    floats = array.astype("float32")
    return floats / 255 if tensor.dtype == "uint8" else floats


def _as_uint8(images: np.ndarray) -> np.ndarray:
    return np.clip(np.round(255 * images), 0, 255).astype("uint8")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."
