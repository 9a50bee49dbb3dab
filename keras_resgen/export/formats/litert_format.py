"""LiteRT files, for phones and small devices."""

import tempfile
from functools import partial
from pathlib import Path

import tensorflow as tf

from keras_resgen.export.formats.traced_model import TracedModel

UNSUPPORTED = frozenset({"Erf"})  # operations without a LiteRT kernel


def write(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Write `<network>.tflite` for each network that LiteRT can compute."""
    return traced.write_networks(folder, ".tflite", partial(litert_bytes, traced))


def litert_bytes(traced: TracedModel, network: str) -> bytes | None:
    """Return a network as a LiteRT file with one signature, None if LiteRT cannot compute it.

    Args:
        traced: the traced model.
        network: name of one of its networks.
    """
    signature = traced.networks[network]
    if UNSUPPORTED & {operation.type for operation in signature.concrete.graph.get_operations()}:
        return None
    module = tf.Module()
    module.weights = list(signature.concrete.variables)
    with tempfile.TemporaryDirectory() as folder:
        # The converter keeps the names of inputs and outputs only of a SavedModel.
        tf.saved_model.save(module, folder, signatures={signature.name: signature.concrete})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, [signature.name])
        return converter.convert()
