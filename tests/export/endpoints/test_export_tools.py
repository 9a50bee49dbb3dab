"""Sampling from a prior and moving along directions, by graphs that need no code of ours."""

import json

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from keras_resgen.export import ExportError, LatentTools, export_model
from keras_resgen.export.endpoints.latent_tools import add_tools
from keras_resgen.export.endpoints.reference import make_reference
from keras_resgen.export.exported_model import ExportedModel
from keras_resgen.latent import DIRECTIONS, PRIORS, Flow, fit_directions, fit_gaussian, moved

NOISE = np.random.default_rng(3).standard_normal((40, 9), "float32")


@pytest.fixture(scope="module")
def case(exported):
    return exported("vae", "resnet")


@pytest.fixture(scope="module")
def signatures(case):
    return tf.saved_model.load(str(case.folder / "saved_model")).signatures


def session(case, name):
    return onnxruntime.InferenceSession(case.folder / f"{name}.onnx")


def test_the_manifest_names_the_tools(case):
    assert case.manifest.latent["draw"] == {"distribution": "mixture", "fitted": True}
    assert case.manifest.latent["directions"] == {
        "names": ["Smiling", "Eyeglasses"],
        "method": "means",
    }
    (model,) = (onnx.load(path) for path in case.folder.glob("directions.onnx"))
    (latent,) = (p.value for p in model.metadata_props if p.key == "latent")
    assert json.loads(latent)["directions"]["names"] == ["Smiling", "Eyeglasses"]
    card = (case.folder / "README.md").read_text()
    assert "samples of a mixture fitted to codes" in card
    assert "in this order: Smiling, Eyeglasses" in card


def test_onnx_samples_equal_those_of_the_fitted_prior(case):
    (latents,) = session(case, "prior").run(["latents"], {"noise": NOISE})
    expected = keras.ops.convert_to_numpy(case.tools.prior.transform(NOISE))
    np.testing.assert_allclose(latents, expected, atol=1e-5)
    # There are samples of all three components.
    nearest = np.square(latents[:, None] - case.tools.prior.means).sum(axis=2).argmin(axis=1)
    assert set(nearest) == {0, 1, 2}


def test_onnx_moves_along_each_direction(case):
    codes = NOISE[:2, :8]
    strengths = np.array([[1.0, 0.0], [-0.5, 2.0]], "float32")
    inputs = {"codes": codes, "strengths": strengths}
    (latents,) = session(case, "directions").run(["latents"], inputs)
    smiling, glasses = case.tools.directions.values()
    np.testing.assert_allclose(latents[0], codes[0] + smiling, atol=1e-5)
    np.testing.assert_allclose(latents[1], codes[1] - 0.5 * smiling + 2 * glasses, atol=1e-5)


def test_an_exported_model_moves_codes_by_name(case):
    export = ExportedModel(case.folder)
    assert export.directions == ("Smiling", "Eyeglasses")
    codes = NOISE[:3, :8]
    found = export.move(codes, {"Eyeglasses": -1.0})
    np.testing.assert_allclose(found, codes - case.tools.directions["Eyeglasses"], atol=1e-5)
    with pytest.raises(
        ValueError, match=r"export: \['Smiling', 'Eyeglasses'\]. Received: \['Bald'\]"
    ):
        export.move(codes, {"Bald": 1.0})


def test_directions_that_depend_on_the_code_are_exported(tiny_model, tmp_path):
    rng = np.random.default_rng(5)
    codes, labels = rng.normal(size=(90, 2)), np.arange(90) % 3 == 0
    codes[:, 1] += labels * codes[:, 0]
    directions = fit_directions(codes, {"a": labels, "b": ~labels}, method="contextual")
    directions["c"] = np.array([0.5, -0.5], "float32")
    tools = LatentTools(directions=directions, method="contextual")
    export_model(tiny_model(), tmp_path / "export", formats=("onnx",), tools=tools)
    strengths = {"a": 1.0, "b": -0.5, "c": 2.0}
    found = ExportedModel(tmp_path / "export").move(codes, strengths)
    np.testing.assert_allclose(found, moved(codes, directions, strengths), atol=1e-5)
    # It moves every code by another step.
    assert np.ptp(found - codes, axis=0).min() > 0.01


def test_directions_with_different_components_are_refused(tiny_model, tmp_path):
    rng = np.random.default_rng(6)
    directions = {
        name: DIRECTIONS["contextual"](rng.normal(size=(50, 2)), np.arange(50) % 2 == 0)
        for name in ("a", "b")
    }
    with pytest.raises(ExportError, match=r"must be fitted together. Received: \['a', 'b'\]"):
        export_model(tiny_model(), tmp_path / "export", tools=LatentTools(directions=directions))


def test_the_posterior_adds_noise_to_codes(case, signatures):
    images = np.random.default_rng(0).random((3, 32, 32, 3), "float32")
    epsilon = NOISE[:3, :8]
    mean, log_variance = case.model.posterior(images)
    expected = mean + np.exp(log_variance / 2) * epsilon
    inputs = {"mean": mean, "log_variance": log_variance, "epsilon": epsilon}
    (code,) = session(case, "posterior").run(["code"], inputs)
    np.testing.assert_allclose(code, expected, rtol=1e-5, atol=1e-5)
    whole = signatures["encode_with_noise"](
        images=tf.constant(images), epsilon=tf.constant(epsilon)
    )
    np.testing.assert_allclose(whole["code"], expected, rtol=1e-3, atol=1e-3)


def test_the_saved_model_samples_and_edits_in_one_call(case, signatures):
    drawn = signatures["sample_uint8"](noise=tf.constant(NOISE[:4]))["images"]
    latents = keras.ops.convert_to_numpy(case.tools.prior.transform(NOISE[:4]))
    assert np.abs(drawn.numpy() - 255 * case.model.generate(latents)).max() <= 1
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), "uint8")
    strengths = np.array([[1.0, 0.0], [0.0, -1.0]], "float32")
    edited = signatures["edit_uint8"](images=tf.constant(pixels), strengths=tf.constant(strengths))
    codes = case.model.encode(pixels / np.float32(255))
    latents = codes + strengths @ np.stack(list(case.tools.directions.values()))
    assert np.abs(edited["edited"].numpy() - 255 * case.model.generate(latents)).max() <= 1


@pytest.mark.parametrize("prior", ["mixture", "swiss_roll"])
def test_samples_come_from_the_models_prior_unless_one_is_fitted(random_model, prior):
    model = random_model("aae", network="plain", width=2, prior=prior)
    draw = add_tools(model, LatentTools())["draw"]
    noise = NOISE[:, : draw.inputs["noise"][0]]
    expected = PRIORS[prior].transform(noise, 10, None)
    np.testing.assert_array_equal(draw.function(noise)["latents"], expected)
    fitted = fit_gaussian(NOISE[:, :8])
    draw = add_tools(model, LatentTools(fitted, "gaussian"))["draw"]
    assert draw.inputs == {"noise": (8,)}
    np.testing.assert_array_equal(
        draw.function(NOISE[:, :8])["latents"], fitted.transform(NOISE[:, :8])
    )


def test_a_normal_prior_needs_no_endpoint(random_model):
    model = random_model("gan", network="plain")
    assert add_tools(model, LatentTools()).keys() == model.endpoints().keys()
    moving = add_tools(model, LatentTools(directions={"Smiling": np.ones(8)}))
    assert moving.keys() - model.endpoints().keys() == {"move"}  # no encoder, no edit


def test_latent_tools_of_a_conditional_model_take_attributes(random_model):
    model = random_model("vae", network="plain", width=2, attributes=2)
    tools = LatentTools(fit_gaussian(NOISE[:, :8]), "gaussian", {"Smiling": np.ones(8)}, "means")
    endpoints = add_tools(model, tools)
    assert list(endpoints["sample"].inputs) == ["noise", "attributes"]
    assert list(endpoints["edit"].inputs) == ["images", "strengths", "attributes"]
    reference = make_reference(model, {"edit": endpoints["edit"]})
    images, strengths, attributes = (
        reference.input_for(name, "float32", 7) for name in endpoints["edit"].inputs
    )
    expected = model.generate(model.encode(images) + strengths, attributes)
    outputs = reference.outputs["edit"]["edited"]
    np.testing.assert_allclose(outputs, expected.reshape(7, -1), atol=1e-3)


def test_a_flow_is_exported_with_its_weights(tiny_model, tmp_path):
    flow = Flow(np.array([1.0, -2.0]), np.array([0.5, 3.0]), seed=1)
    rng = np.random.default_rng(0)
    for part in flow.network.conditioners:  # which are initialized to the identity
        part.set_weights([w + rng.normal(scale=0.1, size=w.shape) for w in part.get_weights()])
    noise = NOISE[:, 3:5].copy()
    expected = keras.ops.convert_to_numpy(flow.transform(noise))
    assert np.abs(expected - (noise * flow.deviation + flow.mean)).max() > 0.1
    tools = LatentTools(flow, "flow")
    export_model(tiny_model(), tmp_path / "export", tools=tools, formats=["onnx"])
    prior = onnxruntime.InferenceSession(tmp_path / "export/prior.onnx")
    (latents,) = prior.run(None, {"noise": noise})
    np.testing.assert_allclose(latents, expected, rtol=1e-4, atol=1e-4)
    generator = tmp_path / "export/decoder.onnx"
    assert generator.stat().st_size < 10_000  # the flow's weights are in its own file


def test_directions_of_another_model_are_refused(tiny_model, tmp_path):
    tools = LatentTools(directions={"Smiling": np.ones(3)})
    with pytest.raises(ExportError, match=r"shape \(2,\).*Received: {'Smiling': \(3,\)}"):
        export_model(tiny_model(), tmp_path / "export", tools=tools)
