"""Exports of every release load, and compute what Keras computed when they were made."""

from pathlib import Path

import numpy as np
import pytest

import keras_resgen
from keras_resgen.explorer.page import write_explorer
from keras_resgen.export import Manifest, verify_export
from keras_resgen.export.endpoints.reference import Reference
from keras_resgen.export.exported_model import ExportedModel
from keras_resgen.export.formats.table import FORMATS
from keras_resgen.export.runtimes.table import RUNTIMES

GOLDEN = Path(__file__).parent / "golden"
EXPORTS = sorted(path.parent for path in GOLDEN.glob("*/*/manifest.json"))


@pytest.fixture(params=EXPORTS, ids=lambda path: "-".join(path.parts[-2:]))
def export(request):
    return request.param


def test_this_release_has_some():
    assert {path.name for path in GOLDEN.glob("*/")} >= {keras_resgen.__version__}
    assert len(EXPORTS) >= 2
    for path in EXPORTS:
        assert sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) < 1e6


def test_it_is_verified_in_every_runtime(export):
    report = verify_export(export)
    assert report.ok
    lacking = {name for name, runtime in RUNTIMES.items() if runtime.missing_requirement()}
    ran = {row.runtime for row in report.rows}
    assert {"onnxruntime", "tensorflow"} <= ran
    assert ran | set(report.not_run) == set(RUNTIMES)
    assert set(report.not_run) <= lacking
    formats = {name for e in Manifest.load(export).endpoints.values() for name in e["formats"]}
    assert formats == set(FORMATS)


def test_it_is_a_model_again(export):
    model = ExportedModel(export)
    reference = Reference.load(export / "reference.npz")
    latents = reference.inputs["latents"]
    told = reference.inputs.get("attributes")
    expected = reference.outputs["generate"]["images"].reshape(-1, *model.image_shape)
    np.testing.assert_allclose(model.generate(latents, told), expected, atol=1e-5)
    if model.has_encoder:
        images = reference.inputs["images"].astype("float32") / 255
        code = reference.outputs["encode"]["mean"]
        np.testing.assert_allclose(model.encode(images), code, atol=1e-4)
        assert model.directions == ("Smiling", "Eyeglasses")


def test_it_can_be_explored(export, tmp_path):
    write_explorer(export, tmp_path / "page", [])
    assert (tmp_path / "page" / "decoder.fp16.onnx").is_file() or (
        tmp_path / "page" / "generator.fp16.onnx"
    ).is_file()
