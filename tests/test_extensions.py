"""Each kind of extension in CONTRIBUTING.md is one row, added here from outside the package."""

import dataclasses
import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

import keras_resgen as kr
from keras_resgen.export.formats.table import runtimes_for
from keras_resgen.export.runtimes.python_runtimes import run_onnxruntime
from keras_resgen.layers.normalization import Normalization
from keras_resgen.losses import AdversarialLoss, ReconstructionLoss
from keras_resgen.metrics import FEATURES, METRICS, FeatureExtractor, Metric, metric_direction
from keras_resgen.networks.backbones import BACKBONE_LIBRARIES

CONTRIBUTING = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SMALL = {"image_size": 32, "channels": 1, "latent_dim": 4, "width": 2}


@pytest.fixture
def images():
    return np.random.default_rng(0).random((8, 32, 32, 1), "float32")


def pooled_backbone(x, *, width, normalization):
    x = keras.layers.AveragePooling2D(x.shape[1] // 4, name="pool")(x)
    return keras.layers.Conv2D(width, 1, name="conv")(x)


def enlarged_backbone(x, *, image_size, width, normalization):
    x = keras.layers.Reshape((1, 1, x.shape[1]), name="reshape")(x)
    x = kr.layers.NORMALIZATIONS[normalization].layer(name="norm")(x)
    x = kr.layers.NearestUpsampling(image_size, name="up")(x)
    return keras.layers.Conv2D(width, 3, padding="same", name="conv")(x)


def plan_stripes(request, count=60):
    shape = (count, request.image_size, request.image_size, request.channels)
    pixels = np.zeros(shape, np.uint8)
    for row in range(count):
        pixels[row, :: 1 + row % 7] = 255

    def chunks():
        yield kr.data.Chunk(pixels, tuple(str(row) for row in range(count)))

    return kr.data.SourcePlan("stripes", {"count": count}, count, "drawing stripes", chunks)


def test_a_source_a_backbone_a_normalization_and_a_loss_serve_the_command_line(
    monkeypatch, tmp_path, resgen
):
    monkeypatch.setitem(
        kr.data.SOURCES, "stripes", kr.data.Source("stripes", plan_stripes, options={"count": int})
    )
    monkeypatch.setitem(kr.networks.IMAGE_BACKBONES, "pooled", pooled_backbone)
    monkeypatch.setitem(kr.networks.DECODER_BACKBONES, "pooled", enlarged_backbone)
    monkeypatch.setitem(
        kr.layers.NORMALIZATIONS,
        "layer",
        Normalization(lambda scale="ones", **kwargs: keras.layers.LayerNormalization(**kwargs)),
    )
    absolute = ReconstructionLoss(
        lambda images, reconstructions: ops.mean(
            ops.sum(ops.abs(images - reconstructions), axis=(1, 2, 3))
        ),
        lambda images, reconstructions, variance: (
            -np.abs(images - reconstructions).reshape(len(images), -1).sum(axis=1)
        ),
    )
    monkeypatch.setitem(kr.losses.RECONSTRUCTION_LOSSES, "absolute", absolute)
    run = tmp_path / "run"
    code, _, errors = resgen(
        *("train", "--model", "vae", "--data", "stripes,count=60", "--network", "pooled"),
        *("--normalization", "layer", "--reconstruction", "absolute", "--epochs", 1),
        *("--image-size", 32, "--channels", 1, "--latent-dim", 4, "--width", 2, "--out", run),
    )
    assert code == 0, errors
    code, _, errors = resgen("evaluate", run, "--out", tmp_path / "evaluation")
    assert code == 0, errors
    sections = json.loads((tmp_path / "evaluation/metrics.json").read_text())["sections"]
    measured = {name for section in sections for name in section["metrics"]}
    assert {"loss", "psnr", "evidence_lower_bound"} <= measured


def test_an_adversarial_loss_and_a_prior_serve_a_family(monkeypatch, images):
    squared = AdversarialLoss(
        lambda real, fake: ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake + 1)),
        lambda real, fake: ops.mean(ops.square(fake - 1)),
    )
    cube = kr.latent.Prior(
        lambda latent_dim: latent_dim, lambda noise, components, component: ops.tanh(noise), 0
    )
    monkeypatch.setitem(kr.losses.ADVERSARIAL_LOSSES, "squared", squared)
    monkeypatch.setitem(kr.latent.PRIORS, "cube", cube)
    model = kr.create_model("aae", network="plain", adversarial="squared", prior="cube", **SMALL)
    model.compile()
    history = model.fit(images, batch_size=4, verbose=0).history
    assert np.isfinite(history["generator_loss"]).all()
    assert np.abs(model.draw_latents(50)).max() < 1


def test_a_classifier_and_a_library_of_encoders(monkeypatch, images):
    row = dataclasses.replace(kr.networks.CLASSIFIERS["resnet20"], widths=(2, 2, 2))
    monkeypatch.setitem(kr.networks.CLASSIFIERS, "narrow", row)
    assert kr.networks.classifier("narrow").count_params() < 10_000

    def from_elsewhere(name, image_shape, weights):
        given = keras.Input(image_shape)
        return keras.Model(given, keras.layers.Conv2D(int(name), 8, strides=8)(given))

    monkeypatch.setitem(BACKBONE_LIBRARIES, "elsewhere", from_elsewhere)
    model = kr.create_model(
        "ae", network="plain", encoder_network="elsewhere:3", **{**SMALL, "channels": 3}
    )
    assert model.encode(np.repeat(images, 3, axis=3)).shape == (8, 4)


def test_a_metric_and_features(monkeypatch, images):
    row = Metric("imprecision", "Share of generated images that look like no real one", "min")
    monkeypatch.setitem(METRICS, "imprecision", row)
    assert metric_direction("val_imprecision") == "min"
    given = keras.Input((32, 32, 3))
    means = keras.Model(given, keras.layers.GlobalAveragePooling2D()(given))
    monkeypatch.setitem(FEATURES, "means", lambda: FeatureExtractor("means", means))
    many = np.random.default_rng(1).random((2, 12, 32, 32, 3), "float32")
    real = kr.metrics.Reference.from_images(FEATURES["means"](), *many, data="noise")
    assert real.rows.shape == (12, 3)


def test_a_format_and_a_runtime_find_each_other(monkeypatch, tmp_path):
    def rename(path):
        return path.replace(".onnx", ".copy.onnx")

    def write(traced, folder):
        paths = kr.export.FORMATS["onnx"].write(traced, folder)
        for path in set(paths.values()):
            (folder / path).rename(folder / rename(path))
        return {signature: rename(path) for signature, path in paths.items()}

    copy = kr.export.Format(write, "ONNX under another name", "onnx")
    mirror = kr.export.Runtime({"onnx": ("float32",)}, run_onnxruntime)
    monkeypatch.setitem(kr.export.FORMATS, "onnx_copy", copy)
    monkeypatch.setitem(kr.export.RUNTIMES, "mirror", mirror)
    assert {"onnxruntime", "mirror"} <= set(runtimes_for("onnx_copy"))
    assert "mirror" in runtimes_for("onnx")
    model = kr.create_model("ae", network="plain", **SMALL)
    kr.export_model(model, tmp_path / "export", formats=["onnx_copy"])
    report = kr.export.verify_export(tmp_path / "export", runtimes=["onnxruntime", "mirror"])
    assert report.ok
    assert {row.runtime for row in report.rows} == {"onnxruntime", "mirror"}


def test_the_checklist_names_tables_that_exist():
    rows = re.search(r"\| To add \|.*?\n\n", CONTRIBUTING, re.DOTALL)[0]
    named = re.findall(r"`@?keras_resgen\.(\w+)\.([A-Z_]+)", rows)
    assert len(named) >= 10
    for namespace, table in named:
        assert hasattr(getattr(kr, namespace), table), f"{namespace}.{table}"
