"""Inputs that ranges of values are read from before numbers are rounded to them."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.endpoints.names import select_code
from keras_resgen.export.endpoints.reference import Reference

DRAWS = 64
BATCH = 32


def calibration_inputs(
    model: ExportableModel,
    endpoints: Mapping[str, ExportableEndpoint],
    reference: Reference,
    images: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """Returns inputs of the model's networks, by input name.

    Args:
        model: a float32 model on the TensorFlow backend.
        endpoints: its own and those of its tools.
        reference: whose inputs come first.
        images: more images, floats in [0, 1] or uint8.

    Returns:
        Float32 arrays: `images`; `latents` and `codes`, draws of the prior and, with an encoder,
        codes of the images; `attributes`, those of the reference in turn.
    """
    pictures = _pictures(reference, images)
    latents = [reference.inputs["latents"], model.draw_latents(DRAWS)]
    if "encode" in endpoints:
        encode = tf.function(endpoints["encode"].function)
        for first in range(0, len(pictures), BATCH):
            latents.append(
                select_code(encode(tf.constant(pictures[first : first + BATCH]))).numpy()
            )
    vectors = np.concatenate(latents).astype("float32")
    inputs = {"images": pictures, "latents": vectors, "codes": vectors}
    if "attributes" in reference.inputs:
        rows = reference.inputs["attributes"]
        count = max(len(vectors), len(pictures))
        inputs["attributes"] = rows[np.arange(count) % len(rows)]
    return inputs


def _pictures(reference: Reference, images: np.ndarray | None) -> np.ndarray:
    """The reference's images, and those that were given, as floats."""
    parts = [part for part in (reference.inputs.get("images"), images) if part is not None]
    floats = [part / np.float32(255 if part.dtype == np.uint8 else 1) for part in parts]
    return np.concatenate(floats) if floats else np.zeros((0,), "float32")
