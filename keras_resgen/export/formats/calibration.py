"""Inputs from which quantization estimates the ranges of activations."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.endpoints.names import select_code
from keras_resgen.export.endpoints.reference import Reference

SAMPLES = 64
BATCH = 32


def calibration_inputs(
    model: ExportableModel,
    endpoints: Mapping[str, ExportableEndpoint],
    reference: Reference,
    images: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """Return calibration inputs of a model's networks, by input name.

    Args:
        model: a float32 model on the TensorFlow backend.
        endpoints: of the model and its latent tools.
        reference: inputs that come first.
        images: more images, floats in [0, 1] or uint8.

    Returns:
        Float32 arrays: `images`; `latents` and `codes`, samples of the prior and, with an encoder,
        codes of the images; `attributes`, those of the reference, repeated.
    """
    pixels = _float_images(reference, images)
    latents = [reference.inputs["latents"], model.draw_latents(SAMPLES)]
    if "encode" in endpoints:
        encode = tf.function(endpoints["encode"].function)
        for first in range(0, len(pixels), BATCH):
            latents.append(select_code(encode(tf.constant(pixels[first : first + BATCH]))).numpy())
    vectors = np.concatenate(latents).astype("float32")
    inputs = {"images": pixels, "latents": vectors, "codes": vectors}
    if "attributes" in reference.inputs:
        rows = reference.inputs["attributes"]
        count = max(len(vectors), len(pixels))
        inputs["attributes"] = rows[np.arange(count) % len(rows)]
    return inputs


def _float_images(reference: Reference, images: np.ndarray | None) -> np.ndarray:
    """Return the images of the reference and the given ones, as floats."""
    parts = [part for part in (reference.inputs.get("images"), images) if part is not None]
    floats = [part / np.float32(255 if part.dtype == np.uint8 else 1) for part in parts]
    return np.concatenate(floats) if floats else np.zeros((0,), "float32")
