"""The TensorFlow SavedModel: every endpoint as a named signature, the weights stored once."""

from pathlib import Path

import tensorflow as tf

from keras_resgen.export.formats.traced import TracedModel

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
