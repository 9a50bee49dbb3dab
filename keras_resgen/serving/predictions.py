"""Requests and responses of TensorFlow Serving's REST API.

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
    """Exception for a wrong request; the client gets the message."""


@dataclass(frozen=True)
class Request:
    """A parsed request.

    Attributes:
        signature: the signature to compute.
        inputs: float arrays by name for `signature.run`, all with `rows` rows.
        by_row: whether the request has `instances`, so that the response has rows.
    """

    signature: Signature
    inputs: Arrays
    by_row: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))


def parse_request(body: Any, signatures: Mapping[str, Signature], most_rows: int) -> Request:
    """Parse a request.

    Args:
        body: the JSON value of the request.
        signatures: by name.
        most_rows: largest number of rows.

    Raises:
        RequestError: if the request is wrong.
    """
    given_as = {"instances", "inputs"} & body.keys() if isinstance(body, dict) else set()
    if len(given_as) != 1 or body.keys() - KEYS:
        raise RequestError(
            'A JSON object with "instances" or "inputs", and "signature_name", is expected. '
            f"Received: {sorted(body) if isinstance(body, dict) else _brief(body)}. "
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
        given = {next(iter(signature.inputs)): given}  # the name of a single input may be left out
    if given.keys() != signature.inputs.keys():
        raise RequestError(
            f"The inputs of {name} are {sorted(signature.inputs)}. Received: {sorted(given)}. "
            "Give all of them."
        )
    inputs = {name: _array(name, given[name], signature) for name in signature.inputs}
    rows = {len(array) for array in inputs.values()}
    if len(rows) != 1 or not 0 < max(rows) <= most_rows:
        raise RequestError(
            f"From 1 to {most_rows} rows are expected, the same number of all inputs. Received: "
            f"{sorted(rows)}. Send more rows in several requests."
        )
    return Request(signature, inputs, by_row)


def respond(outputs: Arrays, request: Request) -> dict[str, Any]:
    """Return the content of the response, with arrays as they are.

    Args:
        outputs: float arrays by name, returned by `request.signature.run`.
        request: the request.

    Raises:
        RequestError: if an output is not finite, which JSON cannot represent.

    Example:

    >>> from keras_resgen.serving.signatures import Signature, Tensor
    >>> shapes = {"code": Tensor((1,)), "image": Tensor((1,), "uint8")}
    >>> request = Request(Signature("encode", {}, shapes, dict), {}, by_row=True)
    >>> respond({"code": np.ones((2, 1)), "image": np.ones((2, 1))}, request)["predictions"][0]
    {'code': array([1.]), 'image': array([255], dtype=uint8)}
    """
    infinite = sorted(name for name, array in outputs.items() if not np.isfinite(array).all())
    if infinite:
        raise RequestError(
            f"The outputs of {request.signature.name} must be finite. Received: inputs whose "
            f"{', '.join(infinite)} would not be finite. Give smaller values."
        )
    outputs = {
        name: _as_uint8(array) if request.signature.outputs[name].dtype == "uint8" else array
        for name, array in outputs.items()
    }
    only = next(iter(outputs.values())) if len(outputs) == 1 else None
    if not request.by_row:
        return {"outputs": outputs if only is None else only}
    if only is not None:
        return {"predictions": only}
    rows = range(len(next(iter(outputs.values()))))
    return {"predictions": [{name: array[i] for name, array in outputs.items()} for i in rows]}


def status() -> dict[str, Any]:
    """Return the status of the model's only version."""
    fine = {"error_code": "OK", "error_message": ""}
    return {
        "model_version_status": [{"version": str(VERSION), "state": "AVAILABLE", "status": fine}]
    }


def metadata(model: str, signatures: Mapping[str, Signature]) -> dict[str, Any]:
    """Return names, shapes and data types of every signature's inputs and outputs.

    Args:
        model: the model's name.
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
    """Return one list for each name in rows of named values; rows of a single input stay."""
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
                "Give all of them in every row."
            )
    return {name: [row[name] for row in instances] for name in names}


def _array(name: str, value: Any, signature: Signature) -> np.ndarray:
    tensor = signature.inputs[name]
    expected = f"{name} must be rows of shape {list(tensor.shape)}"
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        raise RequestError(
            f"{expected}. Received: rows of different lengths. Give rows of equal lengths."
        ) from None
    if array.shape[1:] != tensor.shape or not array.ndim:
        raise RequestError(
            f"{expected}. Received: an array of shape {list(array.shape)}. Change the shape."
        )
    with np.errstate(over="ignore"):  # numbers that are too large for float32 become infinite
        is_number = array.dtype.kind in "iuf" and np.isfinite(array.astype("float32")).all()
    if not is_number:
        raise RequestError(f"{expected}, of numbers. Received: other values. Give finite numbers.")
    if tensor.dtype == "uint8" and (
        array.dtype.kind == "f" or (array.size and not 0 <= array.min() <= array.max() <= 255)
    ):
        raise RequestError(
            f"{expected}, of integers from 0 to 255. Received: other numbers. Round them, or use "
            "the signature for float images."
        )
    floats = array.astype("float32")
    return floats / 255 if tensor.dtype == "uint8" else floats


def _as_uint8(images: np.ndarray) -> np.ndarray:
    return np.clip(np.round(255 * images), 0, 255).astype("uint8")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."
