"""Exports of gray images, of models in mixed precision, and for uint8 images."""

import subprocess
import sys
from contextlib import contextmanager

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf

from keras_resgen.export import export_model
from keras_resgen.export.endpoints.inference_copy import convert_to_float32
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.formats.onnx_format import onnx_bytes


@pytest.fixture(scope="module")
def signatures(random_model):
    model = random_model("vae", network="plain")
    return {s.name: s for s in trace_signatures(model)}


def test_endpoints_that_share_a_function_share_its_trace(signatures):
    assert signatures["decode"].concrete is signatures["generate"].concrete
    assert signatures["decode_uint8"].concrete is signatures["generate_uint8"].concrete
    assert signatures["decode"].concrete is signatures["decode"].concrete


def test_outputs_keep_the_order_of_the_endpoint(signatures):
    assert signatures["encode"].output_names == ("mean", "log_variance")
    described = signatures["encode_uint8"].describe((32, 32, 3))
    assert list(described["outputs"]) == ["mean", "log_variance"]
    assert described["inputs"] == {
        "images": {"shape": ["batch", 32, 32, 3], "dtype": "uint8", "pixel_range": [0, 255]}
    }
    assert described["variant_of"] == "encode"


def test_uint8_inputs_are_divided_by_255(signatures):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype="uint8")
    uint8 = signatures["encode_uint8"].function(tf.constant(images))
    floats = signatures["encode"].function(tf.constant(images / np.float32(255)))
    for name in ("mean", "log_variance"):
        np.testing.assert_allclose(uint8[name], floats[name], atol=1e-5)


@pytest.mark.parametrize(
    ("value", "level"), [(-0.2, 0), (0.0, 0), (0.3, 76), (0.502, 128), (1.0, 255), (1.7, 255)]
)
def test_uint8_images_are_rounded_and_clipped(tiny_model, value, level):
    model = tiny_model(decode=lambda images: images * 0.0 + value)
    signature = {s.name: s for s in trace_signatures(model)}["generate_uint8"]
    images = signature.function(tf.zeros((2, 2)))["images"]
    assert images.dtype == tf.uint8
    assert np.unique(images).tolist() == [level]


def test_averaged_weights_are_exported(tiny_model, tmp_path, monkeypatch):
    model = tiny_model()
    latest = model.decoder.get_weights()
    averages = [0.5 * weight for weight in latest]

    @contextmanager
    def averaged_weights():
        model.decoder.set_weights(averages)
        yield
        model.decoder.set_weights(latest)

    monkeypatch.setattr(model, "averaged_weights", averaged_weights)
    export_model(model, tmp_path / "export")
    np.testing.assert_array_equal(model.decoder.get_weights()[0], latest[0])
    session = onnxruntime.InferenceSession(tmp_path / "export" / "decoder.onnx")
    latents = np.ones((1, 2), "float32")
    (images,) = session.run(None, {"latents": latents})
    logits = latents @ averages[0] + averages[1]
    np.testing.assert_allclose(images.ravel(), 1 / (1 + np.exp(-logits.ravel())), atol=1e-5)


def test_models_of_gray_images_are_exported(random_model):
    model = random_model("ae", network="plain", channels=1)
    signatures = {s.name: s for s in trace_signatures(model)}
    images = np.random.default_rng(0).random((2, 32, 32, 1), "float32")
    session = onnxruntime.InferenceSession(onnx_bytes(signatures["encode"], {}))
    (codes,) = session.run(["code"], {"images": images})
    np.testing.assert_allclose(codes, model.encode(images), rtol=1e-4, atol=1e-4)
    pixels = signatures["reconstruct_uint8"].function(tf.zeros((2, 32, 32, 1), tf.uint8))
    assert pixels["reconstructions"].shape == (2, 32, 32, 1)


@pytest.fixture
def mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("network", ["resnet", "plain"])
def test_float32_copies_have_the_same_weights(mixed_precision, random_model, network):
    model = random_model("aae", network=network)
    copy = convert_to_float32(model)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    for name, part in model.networks.items():
        assert any(layer.compute_dtype == "bfloat16" for layer in part._flatten_layers())
        copied = copy.networks[name]
        assert all(layer.compute_dtype == "float32" for layer in copied._flatten_layers())
        for a, b in zip(part.get_weights(), copied.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    images = np.random.default_rng(0).random((4, 32, 32, 3), "float32")
    difference = np.abs(model.reconstruct(images) - copy.reconstruct(images)).max()
    assert 0 < difference < 0.3  # bfloat16 has 8 bits of precision


def test_models_of_mixed_precision_are_exported_in_float32(mixed_precision, random_model, tmp_path):
    model = random_model("gan", network="plain")
    export_model(model, tmp_path / "export")
    keras.config.set_dtype_policy("float32")
    twin = random_model("gan", network="plain")
    for name, part in model.networks.items():
        twin.networks[name].set_weights(part.get_weights())
    latents = model.draw_latents(3)
    session = onnxruntime.InferenceSession(tmp_path / "export/generator.onnx")
    (images,) = session.run(None, {"latents": latents})
    np.testing.assert_allclose(images, twin.generate(latents), atol=1e-4)


def test_float32_models_are_exported_as_they_are(random_model):
    model = random_model("gan", network="plain")
    assert convert_to_float32(model) is model


def test_importing_the_package_imports_nothing_heavy():
    program = (
        "import sys, keras_resgen.export as e; e.__all__; "
        "assert not {'tensorflow', 'keras', 'onnx', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("encoder", ["transformer", "resnet20", "applications:MobileNetV2"])
def test_encoders_of_other_libraries_are_exported(random_model, encoder):
    model = random_model("ae", channels=1, encoder_network=encoder)
    signature = {s.name: s for s in trace_signatures(model)}["encode"]
    images = np.random.default_rng(0).random((3, 32, 32, 1), dtype="float32")
    session = onnxruntime.InferenceSession(onnx_bytes(signature, {}))
    (codes,) = session.run(None, {"images": images})
    expected = model.encode(images)
    np.testing.assert_allclose(codes, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
