"""Exports of conditional models."""

import re
from types import SimpleNamespace

import keras
import numpy as np
import onnxruntime
import pytest

from keras_resgen.export import export_model
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.folder.manifest import Manifest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = ["Smiling", "Eyeglasses"]


@pytest.fixture(scope="module")
def case(random_model, tmp_path_factory):
    options = {"network": "plain", "discriminator_normalization": "spectral"}
    model = random_model("gan", attributes=2, **options)
    folder = tmp_path_factory.mktemp("exports") / "gan"
    manifest = export_model(model, folder, metadata={"attributes": NAMES})
    return SimpleNamespace(model=model, folder=folder, manifest=manifest)


def test_an_edit_of_uint8_images_is_traced_with_attributes_as_floats(random_model):
    model = random_model("vae", network="plain", attributes=2)
    signatures = {signature.name: signature for signature in trace_signatures(model)}
    conditional = {
        n for n, s in signatures.items() if "attributes" in {i.name for i in s.input_specs}
    }
    assert conditional == {
        name + end for name in ("decode", "generate", "reconstruct") for end in ("", "_uint8")
    }
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), "uint8")
    attributes = np.array([[0, 1], [1, 1], [1, 0]], "float32")
    made = signatures["reconstruct_uint8"].function(pixels, attributes)["reconstructions"].numpy()
    expected = 255 * model.reconstruct((pixels / 255).astype("float32"), attributes)
    assert made.dtype == "uint8"
    assert np.abs(made - expected).max() <= 0.51


def test_endpoints_take_attributes_last_and_as_floats(case):
    for entry in case.manifest.endpoints.values():
        assert list(entry["inputs"])[1:] == ["attributes"]
        assert entry["inputs"]["attributes"] == {"shape": ["batch", 2], "dtype": "float32"}
    assert case.manifest.metadata["attributes"] == NAMES


def test_the_reference_has_rows_with_different_attributes(case):
    with np.load(case.folder / case.manifest.reference) as arrays:
        rows = arrays["inputs/attributes"]
    assert rows.shape == (7, 2)
    assert {tuple(row) for row in rows.tolist()} > {(0, 1), (1, 0)}
    assert {row["endpoint"] for row in case.manifest.parity} == set(case.manifest.endpoints)
    assert Manifest.load(case.folder) == case.manifest


def test_onnx_follows_the_attributes_as_keras_does(case):
    rng = np.random.default_rng(5)
    for name, network in case.model.networks.items():
        session = onnxruntime.InferenceSession(case.folder / f"{name}.onnx")
        first, second = session.get_inputs()
        assert (second.name, second.shape) == ("attributes", ["batch", 2])
        given = rng.random((3, *first.shape[1:]), "float32")
        outputs = []
        for attributes in rng.integers(0, 2, (2, 3, 2)).astype("float32"):
            (output,) = session.run(None, {first.name: given, "attributes": attributes})
            expected = keras.ops.convert_to_numpy(network([given, attributes], training=False))
            scale = max(1, np.abs(expected).max())
            np.testing.assert_allclose(output / scale, expected / scale, rtol=0, atol=1e-4)
            outputs.append(output)
        assert np.abs(outputs[0] - outputs[1]).max() > 1e-3


def test_the_model_card_names_the_attributes_and_its_code_runs(case, monkeypatch):
    card = (case.folder / "README.md").read_text(encoding="utf-8")
    assert "`(batch, 2)`, 1 for present and 0 for absent: Smiling, Eyeglasses, in" in card
    blocks = BLOCK.findall(card)
    assert ["attributes" in block for block in blocks] == [True, True]
    monkeypatch.chdir(case.folder)
    for block in blocks:
        names = {}
        exec(block, names)
        assert names["images"].shape == (4, 32, 32, 3)
