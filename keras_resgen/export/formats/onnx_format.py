"""ONNX files in float32."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxslim
import tf2onnx
from tf2onnx.handler import tf_op

import keras_resgen
from keras_resgen.export.endpoints.signatures import Signature, inline_compiled_calls
from keras_resgen.export.formats.onnx_graph import (
    OPSET,
    canonicalize,
    check_operators,
    fuse_dense_layers,
    rewrite_resizes,
)

if TYPE_CHECKING:
    from keras_resgen.export.formats.traced_model import TracedModel


def write(traced: "TracedModel", folder: Path) -> dict[str, str]:
    """Write `<network>.onnx` for each network."""
    return traced.write_networks(folder, ".onnx", traced.onnx)


def onnx_bytes(signature: Signature, properties: Mapping[str, str]) -> bytes:
    """Convert a traced endpoint to a checked ONNX file with a clean graph.

    Args:
        signature: the traced endpoint.
        properties: metadata, in the file's `metadata_props`.

    Returns:
        The file's bytes, which are the same in any process for the same weights and properties.

    Raises:
        ExportError: if the network has an operator outside the ONNX standard, or a resize that
            runtimes compute differently.
    """
    model, _ = tf2onnx.convert.from_function(
        inline_compiled_calls(signature.function),
        input_signature=list(signature.input_specs),
        opset=OPSET,
    )
    check_operators(model)
    rewrite_resizes(model.graph)
    model = onnx.shape_inference.infer_shapes(model)
    fuse_dense_layers(model.graph)
    model = canonicalize(onnxslim.slim(model), signature.output_names)
    return serialize(model, properties)


def serialize(model: onnx.ModelProto, properties: Mapping[str, str]) -> bytes:
    """Return the bytes of a canonical model with metadata, after checking it.

    Args:
        model: returned by `canonicalize`.
        properties: metadata, in the file's `metadata_props`.

    Raises:
        ExportError: if the model has an operator outside the ONNX standard.
    """
    model.producer_name = "keras_resgen"
    model.producer_version = keras_resgen.__version__
    onnx.helper.set_model_props(model, dict(sorted(properties.items())))
    check_operators(model)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


@tf_op("Erfc")
class ComplementaryErrorFunction:
    """Conversion of `Erfc`, 1 - erf(x), which tf2onnx lacks and TensorFlow's exact GELU uses."""

    @classmethod
    def version_9(cls, ctx: Any, node: Any, **kwargs: Any) -> None:
        """Replace the node by `Erf` and `Sub`."""
        (x,), (output,) = node.input, node.output
        shapes, dtypes = [ctx.get_shape(output)], [ctx.get_dtype(output)]
        ctx.remove_node(node.name)
        one = ctx.make_const(f"{node.name}/one", np.array(1, "float32")).output[0]
        erf = ctx.make_node("Erf", [x], shapes=shapes, dtypes=dtypes).output[0]
        ctx.make_node("Sub", [one, erf], outputs=[output], shapes=shapes, dtypes=dtypes)
