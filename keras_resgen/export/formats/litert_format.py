"""LiteRT files, for phones and small devices."""

import tempfile

import tensorflow as tf

from keras_resgen.export.formats.traced_model import TracedModel

LACKING = frozenset({"Erf"})  # operations that LiteRT has no kernel of its own for


def litert_bytes(traced: TracedModel, network: str) -> bytes | None:
    """Returns a network as a LiteRT file, with the endpoint as its one signature.

    Args:
        traced: the traced model.
        network: name of one of its networks; one with an operation that LiteRT lacks gives None.
    """
    signature = traced.networks[network]
    if LACKING & {operation.type for operation in signature.concrete.graph.get_operations()}:
        return None
    module = tf.Module()
    module.weights = list(signature.concrete.variables)
    with tempfile.TemporaryDirectory() as folder:
        # Names of inputs and outputs come through a SavedModel alone.
        tf.saved_model.save(module, folder, signatures={signature.name: signature.concrete})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, [signature.name])
        return converter.convert()
