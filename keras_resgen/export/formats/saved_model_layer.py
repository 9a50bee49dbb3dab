"""An endpoint of a SavedModel as a Keras layer, for what needs its gradients."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from keras_resgen.export.errors import ExportError


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
