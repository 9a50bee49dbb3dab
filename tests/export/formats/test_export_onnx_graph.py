"""Graph surgery, on graphs made by hand."""

import hashlib
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from keras_resgen.export import ExportError
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.formats.onnx_format import onnx_bytes
from keras_resgen.export.formats.onnx_graph import (
    canonical,
    check_operators,
    fuse_dense_layers,
    rewrite_resizes,
)
from keras_resgen.models import FAMILIES


def make_model(nodes, constants, input_shape, output_shape):
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, input_shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, output_shape)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def run(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]


def resize_model(scales, mode="nearest"):
    node = helper.make_node(
        "Resize",
        ["x", "roi", "scales"],
        ["y"],
        mode=mode,
        nearest_mode="floor",
        coordinate_transformation_mode="tf_half_pixel_for_nn",
    )
    constants = {"roi": np.zeros(0, "float32"), "scales": np.array(scales, "float32")}
    return make_model([node], constants, ["n", 2, 4, 4], ["n", 2, None, None])


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_rewritten_resize_repeats_the_same_pixels(factor):
    model = resize_model([1, 1, factor, factor])
    x = np.random.default_rng(0).random((3, 2, 4, 4), "float32")
    before = run(model, x)
    rewrite_resizes(model.graph)
    onnx.checker.check_model(model, full_check=True)
    np.testing.assert_array_equal(run(model, x), before)
    np.testing.assert_array_equal(before, x.repeat(factor, 2).repeat(factor, 3))


@pytest.mark.parametrize(
    ("scales", "mode"), [((1, 1, 1.5, 1.5), "nearest"), ((1, 1, 2, 2), "linear")]
)
def test_other_resizes_are_refused(scales, mode):
    with pytest.raises(ExportError, match="whole factors"):
        rewrite_resizes(resize_model(scales, mode).graph)


def dense_model(names=("weights", "bias", "hidden"), weights=None, order=1):
    rng = np.random.default_rng(0)
    weights = rng.random((3, 4), "float32") if weights is None else weights
    w, b, h = names
    nodes = [
        helper.make_node("MatMul", ["x", w], [h], name=f"m{order}"),
        helper.make_node("Add", [h, b] if order > 0 else [b, h], ["y"], name=f"a{order}"),
    ]
    constants = {w: weights, b: rng.random(4, "float32")}
    return make_model(nodes, dict(list(constants.items())[::order]), ["n", 3], ["n", 4])


@pytest.mark.parametrize("order", [1, -1])
def test_dense_layers_become_one_gemm(order):
    model = dense_model(order=order)
    x = np.random.default_rng(1).random((5, 3), "float32")
    before = run(model, x)
    fuse_dense_layers(model.graph)
    assert [node.op_type for node in model.graph.node] == ["Gemm"]
    np.testing.assert_allclose(run(model, x), before, atol=1e-6)


def test_a_product_that_is_used_twice_is_not_fused():
    model = dense_model()
    model.graph.output.append(helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["n", 4]))
    fuse_dense_layers(model.graph)
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Add"]


def test_dense_layers_of_tokens_are_not_fused_where_gemm_takes_matrices():
    model = dense_model()
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.shape.dim.insert(1, onnx.TensorShapeProto.Dimension(dim_value=7))
    fuse_dense_layers(model.graph)
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Add"]
    onnx.checker.check_model(model, full_check=True)


def test_canonical_bytes_depend_on_the_computation_alone():
    first = canonical(dense_model(), ["y"]).SerializeToString(deterministic=True)
    renamed = dense_model(names=("a", "b", "c"))
    renamed.graph.doc_string = "made on a Monday"
    renamed.graph.initializer.append(numpy_helper.from_array(np.ones(3, "float32"), "unused"))
    renamed.graph.initializer.reverse()
    assert canonical(renamed, ["y"]).SerializeToString(deterministic=True) == first
    other = dense_model(weights=np.ones((3, 4), "float32"))
    assert canonical(other, ["y"]).SerializeToString(deterministic=True) != first


def test_canonical_models_are_ordered_named_and_store_equal_constants_once():
    ones = np.ones((3, 3), "float32")
    nodes = [
        helper.make_node("Relu", ["q"], ["y"]),
        helper.make_node("MatMul", ["p", "b"], ["q"]),
        helper.make_node("MatMul", ["x", "a"], ["p"]),
    ]
    model = canonical(make_model(nodes, {"a": ones, "b": ones}, [None, 3], [None, 3]), ["y"])
    onnx.checker.check_model(model, full_check=True)
    assert [node.name for node in model.graph.node] == ["MatMul_0", "MatMul_1", "Relu_2"]
    assert len(model.graph.initializer) == 1
    values = [*model.graph.input, *model.graph.output]
    assert {v.type.tensor_type.shape.dim[0].dim_param for v in values} == {"batch"}
    x = np.random.default_rng(0).random((2, 3), "float32")
    np.testing.assert_allclose(run(model, x), np.maximum(x @ ones @ ones, 0), rtol=1e-6)


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (helper.make_node("StatelessRandomUniform", ["x"], ["y"]), "StatelessRandomUniform"),
        (helper.make_node("Relu", ["x"], ["y"], domain="ai.onnx.contrib"), "contrib::Relu"),
    ],
)
def test_operators_outside_the_standard_are_named(node, name):
    with pytest.raises(ExportError, match=name):
        check_operators(make_model([node], {}, ["n", 3], ["n", 3]))


def test_a_network_that_draws_random_numbers_is_refused(tiny_model):
    noise = keras.layers.GaussianNoise(0.1, seed=0)
    model = tiny_model(decode=lambda images: noise(images, training=True))
    signature = trace_signatures(model)[0]
    with pytest.raises(ExportError, match="Random"):
        onnx_bytes(signature, {})


def canonical_hashes():
    """SHA-256 of the ONNX bytes of each network of a VAE."""
    keras.utils.set_random_seed(3)
    model = FAMILIES["vae"].create(image_size=32, latent_dim=8, width=4)
    signatures = {s.network: s for s in trace_signatures(model) if s.network and not s.variant_of}
    return {
        network: hashlib.sha256(onnx_bytes(signature, {"data": "faces"})).hexdigest()
        for network, signature in signatures.items()
    }


def test_two_processes_write_the_same_bytes():
    program = "import test_export_onnx_graph as t; print(t.canonical_hashes())"
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    # Names inside TensorFlow count up within a process: here others were traced before.
    assert str(canonical_hashes()) == other.stdout.strip()
