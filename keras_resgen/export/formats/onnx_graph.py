"""Rewrites of ONNX graphs that no library does."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from keras_resgen.export.errors import ExportError

OPSET = 18
IR_VERSION = 8  # the oldest that supports opset 18, so that older runtimes load the files
BATCH = "batch"


def check_operators(model: onnx.ModelProto) -> None:
    """Raise an ExportError if a model has operators that are not in the ONNX standard."""
    unknown = {
        f"{node.domain}::{node.op_type}" if node.domain else node.op_type
        for node in model.graph.node
        if node.domain not in ("", "ai.onnx") or not onnx.defs.has(node.op_type, OPSET, "")
    }
    if unknown:
        raise ExportError(
            f"Every operator must be one of ONNX opset {OPSET}. Received: {sorted(unknown)}. "
            "Rewrite the layer that has them. Random numbers must be an input of the network."
        )


def rewrite_resizes(graph: onnx.GraphProto) -> None:
    """Replace the coordinate mode of nearest-neighbor upsampling by one that runtimes share.

    tf2onnx writes `tf_half_pixel_for_nn`, which is deprecated and slow in ONNX Runtime. For whole
    factors, `asymmetric` with `floor` picks the same pixels.

    Raises:
        ExportError: if a Resize is not nearest-neighbor upsampling by whole factors.
    """
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type != "Resize":
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        scales = constants.get(node.input[2]) if len(node.input) == 3 else None
        factors = None if scales is None else numpy_helper.to_array(scales)
        if (
            attributes.get("mode") != b"nearest"
            or factors is None
            or not np.array_equal(factors, np.maximum(np.round(factors), 1))
        ):
            raise ExportError(
                "Images must be resized by nearest-neighbor upsampling with whole factors. "
                f"Received: a Resize with {attributes}, scales {factors}. Use NearestUpsampling."
            )
        node.input[1] = ""  # the region of interest, which only tf_crop_and_resize uses
        del node.attribute[:]
        node.attribute.extend(
            helper.make_attribute(name, value)
            for name, value in (
                ("coordinate_transformation_mode", "asymmetric"),
                ("mode", "nearest"),
                ("nearest_mode", "floor"),
            )
        )


def fuse_dense_layers(graph: onnx.GraphProto) -> None:
    """Fuse each MatMul by a weight matrix and the Add of its bias into one Gemm.

    Args:
        graph: a graph after shape inference. Gemm takes only matrices, so a MatMul of a tensor of
            another or of unknown rank stays.
    """
    known = [*graph.input, *graph.value_info]
    matrices = {v.name for v in known if len(v.type.tensor_type.shape.dim) == 2}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    matmuls = {n.output[0]: n for n in graph.node if n.op_type == "MatMul"}
    uses = _use_counts(graph)
    for add in [node for node in graph.node if node.op_type == "Add"]:
        x = next((name for name in add.input if name in matmuls and uses[name] == 1), None)
        bias = next((name for name in add.input if name in constants), None)
        if x is None or bias is None:
            continue
        matmul = matmuls[x]
        weights = constants.get(matmul.input[1])
        dims = None if weights is None else (len(weights.dims), len(constants[bias].dims))
        if dims != (2, 1) or matmul.input[0] not in matrices:
            continue
        add.CopyFrom(helper.make_node("Gemm", [*matmul.input, bias], add.output))
        graph.node.remove(matmul)


def _use_counts(graph: onnx.GraphProto) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in [i for node in graph.node for i in node.input] + [o.name for o in graph.output]:
        counts[name] = counts.get(name, 0) + 1
    return counts


def canonicalize(model: onnx.ModelProto, output_names: Sequence[str]) -> onnx.ModelProto:
    """Rewrite a model so that equal networks give equal bytes in any process.

    Nodes are ordered from the outputs backwards, equal constants are stored once, inner tensors are
    renamed by that order, and the first axis of inputs and outputs is named `batch`. Nodes that no
    output depends on are removed.

    Args:
        model: an ONNX model without nested graphs.
        output_names: the outputs in their new order.

    Returns:
        A new model.
    """
    source = model.graph
    producers = {name: node for node in source.node for name in node.output}
    constants = {tensor.name: tensor for tensor in source.initializer}
    interface = {value.name for value in (*source.input, *source.output)}
    names = {name: name for name in (*interface, "")}
    nodes: list[onnx.NodeProto] = []
    weights: dict[str, onnx.TensorProto] = {}

    for node in _ordered(producers, output_names):
        for name in node.input:
            if name in constants:
                names[name] = _store(constants[name], weights)
        copy = helper.make_node(
            node.op_type,
            [names[name] for name in node.input],
            [names.setdefault(name, f"value_{len(names)}") for name in node.output],
            name=f"{node.op_type}_{len(nodes)}",
        )
        copy.attribute.extend(sorted(node.attribute, key=lambda attribute: attribute.name))
        nodes.append(copy)

    outputs = {value.name: value for value in source.output}
    graph = helper.make_graph(
        nodes,
        "network",
        [_with_named_batch(value) for value in source.input],
        [_with_named_batch(outputs[name]) for name in output_names],
        list(weights.values()),
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )


def _ordered(
    producers: dict[str, onnx.NodeProto], output_names: Sequence[str]
) -> Iterator[onnx.NodeProto]:
    """Yield the nodes that the outputs depend on, each after the nodes that it depends on."""
    done: set[str] = set()
    stack = [(name, False) for name in reversed(output_names)]
    while stack:
        name, ready = stack.pop()
        node = producers.get(name)
        if node is None or node.output[0] in done:
            continue
        if ready:
            done.add(node.output[0])
            yield node
        else:
            stack.append((name, True))
            stack += [(needed, False) for needed in reversed(node.input)]


def _store(tensor: onnx.TensorProto, weights: dict[str, onnx.TensorProto]) -> str:
    """Add a constant to `weights` unless an equal one is there, and return its name."""
    array = numpy_helper.to_array(tensor)
    key = hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()
    if key not in weights:
        weights[key] = numpy_helper.from_array(array, f"weight_{len(weights)}")
    return weights[key].name


def _with_named_batch(value: onnx.ValueInfoProto) -> onnx.ValueInfoProto:
    tensor = value.type.tensor_type
    shape = [BATCH, *(dimension.dim_value for dimension in tensor.shape.dim[1:])]
    return helper.make_tensor_value_info(value.name, tensor.elem_type, shape)
