"""The TensorFlow SavedModel: a named signature for each endpoint, with shared weights."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.traced_model import TracedModel

FOLDER = "saved_model"


def write(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Write the folder `saved_model`.

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
    """An endpoint of a SavedModel as a Keras layer, for callers that need its gradients.

    Args:
        path: folder of the SavedModel.
        endpoint: name of an endpoint that returns images.

    Raises:
        ExportError: on another Keras backend than TensorFlow.
    """

    def __init__(self, path: Path, endpoint: str) -> None:
        super().__init__(trainable=False)
        if keras.backend.backend() != "tensorflow":
            raise ExportError(
                "Gradients of a SavedModel need Keras's TensorFlow backend. Received: the "
                f"{keras.backend.backend()} backend. Set KERAS_BACKEND=tensorflow, or use the run."
            )
        self.saved = tf.saved_model.load(str(path))
        self.endpoint = endpoint

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Compute images from latent vectors, or from `[latents, attributes]`."""
        latents, *attributes = inputs if isinstance(inputs, list) else [inputs]
        named = {"latents": latents, **({"attributes": attributes[0]} if attributes else {})}
        return self.saved.signatures[self.endpoint](**named)["images"]
