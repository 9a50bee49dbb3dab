"""Exports of every family and network have their files and compute what Keras computes."""

import collections
import itertools
import json

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from keras_resgen.export import load_export
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.folder.source_commit import source_commit
from keras_resgen.export.formats.onnx_format import onnx_bytes
from keras_resgen.latent import interpolate, project
from keras_resgen.layers import normalization
from keras_resgen.models import FAMILIES

FAST = [
    ("ae", "plain"),
    ("vae", "resnet"),
    ("aae", "plain"),
    ("gan", "resnet"),
    ("wgan-gp", "plain"),
]
EACH = [
    pytest.param(case, marks=[] if case in FAST else pytest.mark.slow)
    for case in itertools.product(sorted(FAMILIES), ("plain", "resnet"))
]
AUTOENCODING = {"encode", "decode", "reconstruct"}
ENDPOINTS = {
    "ae": AUTOENCODING,
    "vae": AUTOENCODING | {"generate", "encode_with_noise", "posterior"},
    "aae": AUTOENCODING | {"generate", "discriminate"},
    "gan": {"generate", "discriminate"},
    "wgan-gp": {"generate", "discriminate"},
}


TOOLS = {"draw", "sample", "move", "edit"}
WITHOUT_IMAGES = {"posterior", "draw", "move"}
RUNTIME = {"saved_model": "tensorflow"}  # ONNX Runtime runs the others


@pytest.fixture(scope="module", params=EACH, ids=lambda case: "-".join(case))
def case(request, exported):
    family, network = request.param
    export = exported(family, network)
    export.family = family
    return export


def test_every_endpoint_is_within_1e_4_of_keras_in_both_runtimes_at_batch_1_and_7(case):
    rows = case.manifest.parity
    expected = {
        (endpoint, format, RUNTIME.get(format, "onnxruntime"), batch)
        for endpoint, entry in case.manifest.endpoints.items()
        for format in entry["formats"]
        for batch in (1, 7)
    }
    assert {(r["endpoint"], r["format"], r["runtime"], r["batch"]) for r in rows} == expected
    assert all(row["difference"] <= row["allowed"] for row in rows)
    exact = [r for r in rows if r["format"] in ("saved_model", "onnx")]
    images = [r for r in exact if r["output"] in ("images", "reconstructions", "edited")]
    assert {row["allowed"] for row in images} <= {1e-4, 1.0}
    assert max(r["difference"] for r in images if r["allowed"] < 1) < 5e-5


def test_endpoints_and_their_uint8_variants(case):
    endpoints = case.manifest.endpoints
    plain = {name for name, entry in endpoints.items() if entry["variant_of"] is None}
    assert plain == ENDPOINTS[case.family] | (TOOLS if case.tools else set())
    without_images = WITHOUT_IMAGES | ({"discriminate"} if case.family == "aae" else set())
    assert set(endpoints) - plain == {f"{name}_uint8" for name in plain - without_images}
    assert all(entry["formats"]["saved_model"] == "saved_model" for entry in endpoints.values())
    for entry in endpoints.values():
        assert not entry["inputs"].keys() & entry["outputs"].keys()


def test_onnx_files_are_named_after_networks_and_equal_predict_at_another_batch(case):
    files = {path for path in case.manifest.files if path.endswith(".onnx")}
    networks = {*case.model.networks}
    tools = {"prior", "directions"} if case.tools else set()
    tools |= {"posterior"} if case.family == "vae" else set()
    assert {path for path in files if path.count(".") == 1} == {
        f"{network}.onnx" for network in networks | tools
    }
    if case.tools:
        # Latent tools are small and would lose visible precision.
        fp16 = {f"{network}.fp16.onnx" for network in networks | tools}
        int8 = {f"{network}.int8.onnx" for network in networks}
        assert {path for path in files if path.count(".") == 2} == fp16 | int8
    rng = np.random.default_rng(5)
    for name, network in case.model.networks.items():
        session = onnxruntime.InferenceSession(case.folder / f"{name}.onnx")
        (tensor,) = session.get_inputs()
        assert tensor.shape == ["batch", *network.input_shape[1:]]
        inputs = rng.random((3, *tensor.shape[1:]), "float32")
        expected = network.predict(inputs, verbose=0)
        expected = expected if isinstance(expected, list) else [expected]
        outputs = session.run(None, {tensor.name: inputs})
        for output, goal in zip(outputs, expected, strict=True):
            scale = max(1, np.abs(goal).max())
            np.testing.assert_allclose(output / scale, goal / scale, rtol=0, atol=1e-4)


def test_onnx_files_contain_the_metadata(case):
    for path in case.folder.glob("*.onnx"):
        model = onnx.load(path)
        properties = {item.key: item.value for item in model.metadata_props}
        assert properties["data"] == "faces"
        # The clone may be edited during the test, so -dirty is ignored.
        assert properties.get("source_commit", "")[:40] == (source_commit() or "")[:40]
        assert properties["network"] == path.name.split(".")[0]
        assert properties["model_class"] == type(case.model).__name__
        assert json.loads(properties["latent"])["dim"] == 8
        assert [(o.domain, o.version) for o in model.opset_import] == [("", 18)]


def test_weights_are_stored_once(case):
    stored = case.folder / "saved_model/variables/variables.data-00000-of-00001"
    weights = sum(4 * np.prod(v.shape) for n in case.model.networks.values() for v in n.variables)
    assert weights <= stored.stat().st_size < 1.2 * weights + 10_000


@pytest.mark.parametrize("network", ["resnet", "plain"])
def test_graphs_are_clean_at_64_pixels(random_model, network):
    model = random_model("vae", network=network, image_size=64, latent_dim=128, width=32)
    signatures = {signature.name: signature for signature in trace_signatures(model)}
    for endpoint, limit in (("decode", 41), ("encode", 51)):
        nodes = onnx.load_from_string(onnx_bytes(signatures[endpoint], {})).graph.node
        kinds = collections.Counter(node.op_type for node in nodes)
        assert len(nodes) <= limit
        assert kinds["Transpose"] <= 2
        assert kinds["BatchNormalization"] == kinds["Identity"] == 0
        assert {_resize_mode(node) for node in nodes if node.op_type == "Resize"} <= {b"asymmetric"}


@pytest.mark.parametrize("network", ["resnet", "plain"])
def test_graphs_equal_those_with_keras_batch_normalization(network, random_model, monkeypatch):
    """The package's normalization layer adds nothing to the exported graph."""

    def operations():
        return {
            signature.name: [op.type for op in signature.concrete.graph.get_operations()]
            for signature in trace_signatures(random_model("vae", network=network))
        }

    ours = operations()
    monkeypatch.setattr(normalization, "BatchNormalization", keras.layers.BatchNormalization)
    assert ours == operations()


def test_an_export_of_an_autoencoder_has_no_prior(exported):
    assert exported("ae", "plain").manifest.latent == {
        "dim": 8,
        "prior": None,
        "components": 0,
    }
    assert exported("aae", "plain").manifest.latent == {
        "dim": 8,
        "prior": "gaussian",
        "components": 0,
    }


def _resize_mode(node):
    return next(a.s for a in node.attribute if a.name == "coordinate_transformation_mode")


def test_an_exported_model_computes_what_the_model_does(case):
    model, export = case.model, load_export(case.folder)
    assert (export.image_shape, export.latent_dim) == (model.image_shape, model.latent_dim)
    assert export.has_encoder == model.has_encoder
    np.testing.assert_array_equal(export.draw_latents(7, 3), model.draw_latents(7, 3))
    np.testing.assert_allclose(export.sample(7, 3), model.sample(7, 3), atol=1e-4)
    if not model.has_encoder:
        return
    images = np.random.default_rng(0).random((5, 32, 32, 3), "float32")
    np.testing.assert_allclose(export.reconstruct(images), model.reconstruct(images), atol=1e-3)
    for one, other in zip(export.posterior(images), model.posterior(images), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * np.abs(other).max())
    ends = model.encode(images[:2])
    np.testing.assert_allclose(interpolate(export, ends, 3), interpolate(model, ends, 3), atol=1e-3)


def test_an_export_without_an_encoder_cannot_encode(exported):
    export = load_export(exported("gan", "resnet").folder)
    assert not export.has_encoder
    with pytest.raises(ValueError, match=r"needs an ONNX file of encode. Received: an export with"):
        export.encode(np.zeros((1, 32, 32, 3), "float32"))


def test_batches_of_any_size_give_the_same_images(exported):
    export = load_export(exported("gan", "resnet").folder)
    latents = export.draw_latents(35)
    np.testing.assert_allclose(
        export.generate(latents), export.generate(latents, batch_size=8), atol=1e-5
    )


def test_projection_with_gradients_of_an_export_equals_that_of_its_model(exported):
    made = exported("gan", "resnet")
    images = made.model.sample(2, seed=5)
    of_model, of_export = (
        project(one, images, steps=20, seed=1) for one in (made.model, load_export(made.folder))
    )
    np.testing.assert_allclose(of_export, of_model, atol=0.02)
