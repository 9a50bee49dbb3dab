"""Inputs of every endpoint and the outputs of Keras, which runtimes are compared with."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.errors import ExportError

ROWS = 7
SAMPLED = ("latents", "codes")  # inputs that are sampled from the model's prior
PATCHES = 16  # images of 16 x 16 patches have many edges and compress well
STORED_ELEMENTS = 4096  # of each image; images up to 32 x 32 x 3 are stored whole


@dataclass(frozen=True)
class Reference:
    """Inputs by name, and the outputs of Keras by endpoint and name.

    Attributes:
        inputs: `images` uint8 of shape `(7, size, size, channels)`; `attributes` 0 and 1, float32
            of shape `(7, attributes)`; `latents` and `codes` samples of the prior, others
            standard normal numbers, float32.
        outputs: float32 arrays of 7 rows; images are flattened and stored at `positions`.
        positions: indices of the stored elements of a flattened image.
    """

    inputs: dict[str, np.ndarray] = field(repr=False)
    outputs: dict[str, dict[str, np.ndarray]] = field(repr=False)
    positions: np.ndarray = field(repr=False)

    def pick(self, output: np.ndarray) -> np.ndarray:
        """Return the elements of an output that are compared, which of images are `positions`."""
        return _pick(output, self.positions)

    def input_for(self, name: str, dtype: str, batch: int) -> np.ndarray:
        """Return rows of an input, repeated as often as needed.

        Float images are the uint8 images divided by 255.
        """
        rows = cycle_rows(self.inputs[name], batch)
        if rows.dtype == dtype:
            return rows
        return rows.astype("float32") / np.float32(255)

    def subset(self, endpoints: Collection[str]) -> "Reference":
        """Return the outputs of some endpoints, with at most 4,096 elements of each image.

        Args:
            endpoints: names of endpoints.
        """
        outputs = {name: self.outputs[name] for name in endpoints if name in self.outputs}
        count = len(self.positions)
        if count <= STORED_ELEMENTS:
            return Reference(self.inputs, outputs, self.positions)
        chosen = np.random.default_rng(0).choice(count, STORED_ELEMENTS, replace=False)
        positions = np.sort(chosen).astype("uint32")
        reduced = {
            endpoint: {
                name: values[:, positions] if values.shape[1] == count else values
                for name, values in named.items()
            }
            for endpoint, named in outputs.items()
        }
        return Reference(self.inputs, reduced, positions)

    def save(self, path: Path) -> None:
        """Write a compressed `.npz` file."""
        arrays: dict[str, Any] = {"positions": self.positions}
        arrays |= {f"inputs/{name}": array for name, array in self.inputs.items()}
        for endpoint, outputs in self.outputs.items():
            arrays |= {f"outputs/{endpoint}/{name}": array for name, array in outputs.items()}
        np.savez_compressed(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Reference":
        """Read a file that `save` wrote, without unpickling anything.

        Raises:
            ExportError: if the file is damaged.
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
        except Exception as error:  # NumPy and zipfile raise many kinds of exceptions
            raise ExportError(
                f"{path.name} must hold inputs and the outputs of Keras. Received: {error}. "
                "Export the model again."
            ) from error
        return reference


def cycle_rows(rows: np.ndarray, count: int) -> np.ndarray:
    """Return `count` rows, repeating them if there are fewer.

    Example:

    >>> cycle_rows(np.arange(3), 5).tolist()
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
    """Draw inputs and compute every endpoint with Keras on the CPU.

    Args:
        model: a float32 model on the TensorFlow backend.
        endpoints: by name; by default those of the model.

    Returns:
        A reference of 7 rows with all elements of every image.

    Raises:
        ExportError: if an output is not finite.
    """
    endpoints = endpoints or model.endpoints()
    inputs = {
        name: _draw(name, shape, model)
        for endpoint in endpoints.values()
        for name, shape in endpoint.inputs.items()
    }
    all_positions = np.arange(np.prod(model.image_shape), dtype="uint32")
    reference = Reference(inputs, {}, all_positions)
    for name, endpoint in endpoints.items():
        rows = [reference.input_for(key, "float32", ROWS) for key in endpoint.inputs]
        with tf.device("/CPU:0"):  # a GPU may round convolutions to TensorFloat-32
            outputs = endpoint.function(*map(tf.constant, rows))
        reference.outputs[name] = {
            key: _pick(value.numpy(), all_positions) for key, value in outputs.items()
        }
        _check_finite(name, reference.outputs[name])
    return reference


def _check_finite(endpoint: str, outputs: dict[str, np.ndarray]) -> None:
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            raise ExportError(
                "Every endpoint must return finite values. Received: NaN or infinity from "
                f"{endpoint} ({name}). Export weights from before training diverged."
            )


def _draw(name: str, shape: tuple[int, ...], model: ExportableModel) -> np.ndarray:
    """Return the rows of one input."""
    if name == "attributes":
        return np.random.default_rng(0).integers(0, 2, (ROWS, *shape)).astype("float32")
    if shape == model.image_shape:
        return _draw_images(model.image_shape)
    if name in SAMPLED:
        return model.draw_latents(ROWS)
    # Inputs get different numbers so that a runtime that swaps two of them is noticed.
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    return generator.standard_normal((ROWS, *shape), "float32")


def _draw_images(shape: tuple[int, int, int]) -> np.ndarray:
    height, width, channels = shape
    pixels = -(-max(height, width) // PATCHES)  # on each side of a patch
    patches = np.random.default_rng(0).integers(
        0, 256, (ROWS, PATCHES, PATCHES, channels), dtype="uint8"
    )
    return patches.repeat(pixels, axis=1).repeat(pixels, axis=2)[:, :height, :width]
