"""Exports of classifiers."""

import re
import subprocess
import sys

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from keras_resgen.export import Classifier, ExportError, Manifest, export_model, verify_export
from keras_resgen.export.exported_model import ExportedModel
from keras_resgen.networks import classifier
from keras_resgen.precision import precision

SMALL = {"widths": (4, 8, 16)}
NETWORKS = [
    ("resnet20", {**SMALL, "shortcut": "A"}),
    ("resnet20v2", {**SMALL, "shortcut": "B", "softmax": True}),
    ("resnet20", {**SMALL, "cardinality": 2}),  # grouped convolutions
    ("lenet5_1998", {}),
    ("lenet5", {}),
    pytest.param("resnet18", {"image_shape": (64, 96, 3)}, marks=pytest.mark.slow),
    pytest.param("resnext50_32x4d", {"image_shape": (64, 64, 3)}, marks=pytest.mark.slow),
    pytest.param("alexnet_two_groups", {}, marks=pytest.mark.slow),
    pytest.param("vgg16", {"image_shape": (64, 64, 3)}, marks=pytest.mark.slow),
]


def randomized(network):
    """Randomize moving statistics, scales and biases, so that a wrong fold is noticed."""
    rng = np.random.default_rng(0)
    network.set_weights(
        [rng.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in network.get_weights()]
    )
    return network


@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_a_classifier_runs_as_saved_model_and_onnx(name, options, tmp_path):
    network = randomized(classifier(name, **options))
    folder = tmp_path / name
    export_model(Classifier(network), folder, metadata={"classes": ["cat", "dog"]})
    report = verify_export(folder, runtimes=("onnxruntime", "tensorflow"))
    assert report.ok
    assert {row.endpoint for row in report.rows} == {"classify", "classify_uint8"}
    manifest = Manifest.load(folder)
    assert manifest.networks == {"classifier": {"parameters": network.count_params()}}
    images = np.random.default_rng(1).random((3, *network.input_shape[1:]), "float32")
    session = onnxruntime.InferenceSession(folder / "classifier.onnx")
    output = "probabilities" if "softmax" in options else "logits"
    (found,) = session.run([output], {"images": images})
    expected = network.predict(images, verbose=0)
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-4)
    nodes = {node.op_type for node in onnx.load(folder / "classifier.onnx").graph.node}
    assert "BatchNormalization" not in nodes


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "lenet"
    export_model(Classifier(classifier("lenet5")), folder)
    return folder


def test_the_model_card_of_a_classifier_says_how_to_run_it(export):
    card = (export / "README.md").read_text()
    assert "A classifier of 32x32 images" in card
    assert "Latent" not in card
    for code in re.findall(r"```python\n(.*?)```", card, re.DOTALL):
        code += "\nprint(logits.shape)"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=export, capture_output=True, text=True
        )
        assert done.stdout.strip() == "(4, 10)", done.stderr


def test_an_export_of_a_classifier_is_not_loaded_as_a_generative_model(export):
    with pytest.raises(ExportError, match="needs an ONNX file of generate or decode"):
        ExportedModel(export)


def test_a_classifier_in_mixed_precision_is_exported_in_float32(tmp_path):
    with precision("mixed_bfloat16"):
        network = classifier("resnet20", **SMALL)
    export_model(Classifier(network), tmp_path / "export", formats=("onnx",))
    assert verify_export(tmp_path / "export", runtimes=("onnxruntime",)).ok


def test_networks_that_are_no_classifiers_are_refused():
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(ExportError, match="images of one size"):
        Classifier(decoder)
