"""The TensorFlow SavedModel: every endpoint as a named signature, the weights stored once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from keras_resgen.export.signatures import Signature

FOLDER = "saved_model"


def write_saved_model(
    signatures: Sequence[Signature],
    variables: Sequence[Any],
    properties: Mapping[str, str],
    folder: Path,
) -> dict[str, str]:
    """Writes the folder `saved_model`.

    Args:
        signatures: the traced endpoints.
        variables: the `tf.Variable`s they use.
        properties: unused; the manifest has them.
        folder: where to write.

    Returns:
        The SavedModel's folder for each signature.
    """
    module = tf.Module()
    module.weights = list(variables)
    tf.saved_model.save(
        module,
        str(folder / FOLDER),
        signatures={signature.name: signature.concrete for signature in signatures},
    )
    return {signature.name: FOLDER for signature in signatures}
