"""Inputs of every endpoint and what Keras makes of them: what runtimes are compared with."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.errors import ExportError

ROWS = 7
DRAWN = ("latents", "codes")  # inputs that are drawn from the model's prior
PATCHES = 16  # pictures of 16 x 16 patches: rich in edges, small when compressed
STORED_ELEMENTS = 4096  # of each picture; all of it up to 32 x 32 x 3


@dataclass(frozen=True)
class Reference:
    """Inputs by input name, and Keras's outputs by endpoint and output name.

    Attributes:
        inputs: `images` uint8 of shape `(7, size, size, channels)`; `attributes` 0 and 1, float32
            of shape `(7, attributes)`; `latents` and `codes` draws of the prior, others standard
            normal numbers, float32.
        outputs: float32 arrays of 7 rows; pictures flattened, and only at `positions`.
        positions: the stored elements of a flattened picture.
    """

    inputs: dict[str, np.ndarray]
    outputs: dict[str, dict[str, np.ndarray]]
    positions: np.ndarray

    def pick(self, output: np.ndarray) -> np.ndarray:
        """Returns the elements of an output that are compared: at `positions` of pictures."""
        return _pick(output, self.positions)

    def input_for(self, name: str, dtype: str, batch: int) -> np.ndarray:
        """Returns rows of an input, from the first again after the last.

        Float images are the uint8 ones divided by 255.
        """
        rows = cycled(self.inputs[name], batch)
        if rows.dtype == dtype:
            return rows
        return rows.astype("float32") / np.float32(255)

    def stored(self, endpoints: Collection[str]) -> "Reference":
        """Returns what an export holds: outputs of some endpoints, at most 4,096 of each picture.

        Args:
            endpoints: names of those that the export has.
        """
        outputs = {name: self.outputs[name] for name in endpoints if name in self.outputs}
        count = len(self.positions)
        if count <= STORED_ELEMENTS:
            return Reference(self.inputs, outputs, self.positions)
        chosen = np.random.default_rng(0).choice(count, STORED_ELEMENTS, replace=False)
        positions = np.sort(chosen).astype("uint32")
        thinned = {
            endpoint: {
                name: values[:, positions] if values.shape[1] == count else values
                for name, values in named.items()
            }
            for endpoint, named in outputs.items()
        }
        return Reference(self.inputs, thinned, positions)

    def save(self, path: Path) -> None:
        """Writes a compressed `.npz` file."""
        arrays: dict[str, Any] = {"positions": self.positions}
        arrays |= {f"inputs/{name}": array for name, array in self.inputs.items()}
        for endpoint, outputs in self.outputs.items():
            arrays |= {f"outputs/{endpoint}/{name}": array for name, array in outputs.items()}
        np.savez_compressed(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Reference":
        """Reads what `save` wrote, without unpickling anything.

        Raises:
            ExportError: if the file is something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            positions = arrays.pop("positions")
            reference = cls({}, {}, positions)
            for key, array in arrays.items():
                kind, *names = key.split("/")
                if kind == "inputs":
                    reference.inputs[names[0]] = array
                else:
                    reference.outputs.setdefault(names[0], {})[names[1]] = array
        except Exception as error:  # numpy and zipfile raise many kinds
            raise ExportError(
                f"{path.name} must hold inputs and Keras's outputs. Received: {error}. "
                "Export the model again."
            ) from error
        return reference


def cycled(rows: np.ndarray, count: int) -> np.ndarray:
    """Returns so many rows, beginning again where there are no more.

    Example:

    >>> cycled(np.arange(3), 5).tolist()
    [0, 1, 2, 0, 1]
    """
    return rows[np.arange(count) % len(rows)]


def _pick(output: np.ndarray, positions: np.ndarray) -> np.ndarray:
    if output.ndim != 4:
        return output
    return output.reshape(len(output), -1)[:, positions]


def make_reference(
    model: ExportableModel, endpoints: Mapping[str, ExportableEndpoint] | None = None
) -> Reference:
    """Draws inputs and computes every endpoint with Keras, on the CPU.

    Args:
        model: a float32 model on the TensorFlow backend.
        endpoints: by name; None for those that the model offers.

    Returns:
        A reference of 7 rows with all elements of every picture.

    Raises:
        ExportError: if an output is not finite.
    """
    endpoints = endpoints or model.endpoints()
    inputs = {
        name: _draw(name, shape, model)
        for endpoint in endpoints.values()
        for name, shape in endpoint.inputs.items()
    }
    everything = np.arange(np.prod(model.image_shape), dtype="uint32")
    reference = Reference(inputs, {}, everything)
    for name, endpoint in endpoints.items():
        rows = [reference.input_for(of, "float32", ROWS) for of in endpoint.inputs]
        with tf.device("/CPU:0"):  # a GPU may round convolutions to TensorFloat-32
            outputs = endpoint.function(*map(tf.constant, rows))
        reference.outputs[name] = {
            key: _pick(value.numpy(), everything) for key, value in outputs.items()
        }
        _check_finite(name, reference.outputs[name])
    return reference


def _check_finite(endpoint: str, outputs: dict[str, np.ndarray]) -> None:
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            raise ExportError(
                "Every endpoint must give finite values. Received: NaN or infinity from "
                f"{endpoint} ({name}). Export weights from before the training diverged."
            )


def _draw(name: str, shape: tuple[int, ...], model: ExportableModel) -> np.ndarray:
    """Rows of one input."""
    if name == "attributes":
        return np.random.default_rng(0).integers(0, 2, (ROWS, *shape)).astype("float32")
    if shape == model.image_shape:
        return _draw_images(model.image_shape)
    if name in DRAWN:
        return model.draw_latents(ROWS)
    # Not the same numbers for all inputs: two that were mistaken for each other would not show.
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    return generator.standard_normal((ROWS, *shape), "float32")


def _draw_images(shape: tuple[int, int, int]) -> np.ndarray:
    height, width, channels = shape
    pixels = -(-max(height, width) // PATCHES)  # of a patch, on each side
    patches = np.random.default_rng(0).integers(
        0, 256, (ROWS, PATCHES, PATCHES, channels), dtype="uint8"
    )
    return patches.repeat(pixels, axis=1).repeat(pixels, axis=2)[:, :height, :width]
