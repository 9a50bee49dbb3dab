"""A family from outside the package, written with public names only."""

import ast
import importlib.util
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.models import FAMILIES, create_model, load_model
from tests.backends import only_on

EXAMPLE = Path(__file__).parents[2] / "examples" / "wasserstein_autoencoder.py"


@pytest.fixture(scope="module")
def example():
    """The imported example; other modules' tests run over all registered families."""
    before = FAMILIES.pop("wae", None)  # by a documented command, which another test has parsed
    spec = importlib.util.spec_from_file_location(EXAMPLE.stem, EXAMPLE)
    module = sys.modules[EXAMPLE.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    FAMILIES.pop("wae")
    if before is not None:
        FAMILIES["wae"] = before
    del sys.modules[EXAMPLE.stem]


@pytest.fixture
def create_wae(create, example):
    return lambda **options: create("wae", **options)


def squared_mmd(codes, draws, scale):
    """The estimate of Algorithm 2, pair by pair."""

    def kernel(x, y):
        return scale / (scale + np.sum((x - y) ** 2))

    n = len(codes)
    pairs = [(i, j) for i in range(n) for j in range(n)]
    within = sum(
        kernel(rows[i], rows[j]) for rows in (codes, draws) for i, j in pairs if i != j
    ) / (n * (n - 1))
    return within - 2 * sum(kernel(codes[i], draws[j]) for i, j in pairs) / n**2


@pytest.mark.parametrize("scale", [0.5, 16.0])
def test_the_discrepancy_is_that_of_the_paper(scale, example):
    codes, draws = np.random.default_rng(0).normal(size=(2, 7, 3)).astype("float32")
    codes += 0.5
    expected = squared_mmd(codes.astype("float64"), draws.astype("float64"), scale)
    tensors = (ops.convert_to_tensor(codes), ops.convert_to_tensor(draws))
    found = float(example.maximum_mean_discrepancy(*tensors, scale))
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_loss_is_the_squared_error_and_the_weighted_discrepancy(create_wae, images):
    model = create_wae(penalty_weight=3.0, kernel_scale=5.0)
    draws = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
    model.noise = lambda shape, training: ops.convert_to_tensor(draws)
    metrics = model.phases[0].compute(ops.convert_to_tensor(images), False)
    codes = model.encode(images)
    mmd = squared_mmd(codes, draws, 5.0)
    error = np.sum((images - model.reconstruct(images)) ** 2) / len(images)
    assert float(metrics["mmd"]) == pytest.approx(mmd, abs=1e-5)
    assert float(metrics["loss"]) == pytest.approx(error + 3.0 * mmd, rel=1e-5)


def test_training_brings_codes_to_the_prior(create_wae, images):
    model = create_wae(penalty_weight=1e4)
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(images, batch_size=12, epochs=30, verbose=0).history
    assert set(history) == {"loss", "reconstruction_loss", "mmd"}
    assert np.mean(history["mmd"][-5:]) < 0.5 * history["mmd"][0]


def test_a_saved_model_is_the_same_model(create_wae, example, images, tmp_path):
    model = create_wae(penalty_weight=7.0, kernel_scale=2.0)
    model.compile()
    model.fit(images, batch_size=6, verbose=0)
    model.save(tmp_path / "wae.keras")
    loaded = load_model(tmp_path / "wae.keras")
    assert isinstance(loaded, example.WassersteinAutoencoder)
    assert (loaded.penalty_weight, loaded.kernel_scale) == (7.0, 2.0)
    np.testing.assert_allclose(loaded.reconstruct(images), model.reconstruct(images), rtol=1e-5)


def test_it_is_created_by_name_with_its_options(example):
    model = create_model("wae", image_size=32, network="plain", width=2, penalty_weight=2.0)
    assert (model.penalty_weight, model.kernel_scale) == (2.0, 256.0)
    with pytest.raises(ValueError, match=r"penalty_weight must be 0 or more.*Received: -1"):
        create_model("wae", image_size=32, network="plain", width=2, penalty_weight=-1)


@only_on("tensorflow")
def test_its_export_gives_its_codes_and_images(create_wae, images, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    model = create_wae()
    manifest = model.export(tmp_path / "wae", format="onnx")
    assert set(manifest.endpoints) == {"encode", "decode", "generate"}
    session = onnxruntime.InferenceSession(tmp_path / "wae" / "encoder.onnx")
    (codes,) = session.run(None, {session.get_inputs()[0].name: images})
    np.testing.assert_allclose(codes, model.encode(images), rtol=1e-4, atol=1e-5)


def test_only_public_names_are_imported():
    tree = ast.parse(EXAMPLE.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = {node.module: node.names for node in imports if node.module.startswith("keras_resgen")}
    assert set(ours) <= {f"keras_resgen.{name}" for name in ("losses", "models", "training")}
    assert not any(alias.name.startswith("_") for names in ours.values() for alias in names)
