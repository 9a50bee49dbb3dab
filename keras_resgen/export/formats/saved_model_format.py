"""The TensorFlow SavedModel: every endpoint as a named signature, the weights stored once."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.traced_model import TracedModel

FOLDER = "saved_model"


def write_saved_model(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Writes the folder `saved_model`.

    Args:
        traced: the traced model.
        folder: where to write.

    Returns:
        The SavedModel's folder for each signature.
    """
    module = tf.Module()
    module.weights = traced.variables
    tf.saved_model.save(
        module,
        str(folder / FOLDER),
        signatures={signature.name: signature.concrete for signature in traced.signatures},
    )
    return {signature.name: FOLDER for signature in traced.signatures}


class SavedModelLayer(keras.layers.Layer):
    """Computes images by an endpoint of an export; works on the TensorFlow backend.

    Args:
        path: of the SavedModel.
        endpoint: its name.

    Raises:
        ExportError: on another Keras backend.
    """

    def __init__(self, path: Path, endpoint: str) -> None:
        super().__init__(trainable=False)
        if keras.backend.backend() != "tensorflow":
            raise ExportError(
                "The gradients of a SavedModel are TensorFlow's. Received: the Keras backend "
                f"{keras.backend.backend()}. Set KERAS_BACKEND=tensorflow, or use the run."
            )
        self.saved = tf.saved_model.load(str(path))
        self.endpoint = endpoint

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Returns the images of latent vectors, or of `[latents, attributes]`."""
        latents, *attributes = inputs if isinstance(inputs, list) else [inputs]
        named = {"latents": latents, **({"attributes": attributes[0]} if attributes else {})}
        return self.saved.signatures[self.endpoint](**named)["images"]
