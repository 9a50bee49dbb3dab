"""ONNX files with float16 weights, which compute in float32."""

from functools import partial
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.onnx_format import serialize
from keras_resgen.export.formats.onnx_graph import canonicalize
from keras_resgen.export.formats.traced_model import TracedModel

SMALL = 256  # smaller tensors, such as biases and scales, stay float32
LARGEST = float(np.finfo("float16").max)


def write(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Write `<network>.fp16.onnx` for each network."""
    return traced.write_networks(folder, ".fp16.onnx", partial(onnx_fp16_bytes, traced))


def onnx_fp16_bytes(traced: TracedModel, network: str) -> bytes:
    """Return a network's ONNX file with weights that are stored as float16 and cast when used.

    Args:
        traced: the traced model.
        network: name of one of its networks.

    Raises:
        ExportError: if a weight is too large for float16.
    """
    model = onnx.load_from_string(traced.onnx(network))
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < SMALL:
            continue
        if np.abs(array).max() > LARGEST:
            raise ExportError(
                f"Weights stored as float16 must be at most {LARGEST:.0f}. Received: "
                f"{np.abs(array).max():.4g} in {network}. Leave onnx_fp16 out of the formats."
            )
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(array.astype("float16"), f"{name}_stored"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    outputs = [output.name for output in graph.output]
    properties = {item.key: item.value for item in model.metadata_props}
    return serialize(canonicalize(model, outputs), properties)
