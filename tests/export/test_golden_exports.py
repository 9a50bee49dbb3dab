"""Exports of every release load, and compute what Keras computed when they were written."""

from pathlib import Path

import numpy as np
import pytest

import keras_resgen
from keras_resgen.explorer.page import write_explorer
from keras_resgen.export import FORMATS, RUNTIMES, Manifest, load_export, verify_export
from keras_resgen.export.endpoints.reference import Reference
from keras_resgen.export.formats.table import runtimes_for

GOLDEN = Path(__file__).parent / "golden"
EXPORTS = sorted(path.parent for path in GOLDEN.glob("*/*/manifest.json"))


@pytest.fixture(params=EXPORTS, ids=lambda path: "-".join(path.parts[-2:]))
def export(request):
    return request.param


def test_this_release_has_golden_exports():
    assert {path.name for path in GOLDEN.glob("*/")} >= {keras_resgen.__version__}
    assert len(EXPORTS) >= 2
    for path in EXPORTS:
        assert sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) < 1e6


def test_a_golden_export_passes_in_every_runtime(export):
    report = verify_export(export)
    assert all(row.ok for row in report.rows)
    missing = {name for name, runtime in RUNTIMES.items() if runtime.missing_requirement()}
    ran = {row.runtime for row in report.rows}
    assert {"onnxruntime", "tensorflow"} <= ran
    assert ran | set(report.not_run) == set(RUNTIMES)
    assert set(report.not_run) <= missing
    formats = {name for e in Manifest.load(export).endpoints.values() for name in e["formats"]}
    assert formats == set(FORMATS)
    assert set(report.not_compared) == {
        name for name in FORMATS if set(runtimes_for(name)) <= missing
    }
    assert report.ok == (not report.not_compared)


def test_a_golden_export_loads_and_computes_what_keras_computed(export):
    model = load_export(export)
    reference = Reference.load(export / "reference.npz")
    latents = reference.inputs["latents"]
    attributes = reference.inputs.get("attributes")
    expected = reference.outputs["generate"]["images"].reshape(-1, *model.image_shape)
    np.testing.assert_allclose(model.generate(latents, attributes), expected, atol=1e-5)
    if model.has_encoder:
        images = reference.inputs["images"].astype("float32") / 255
        code = reference.outputs["encode"]["mean"]
        np.testing.assert_allclose(model.encode(images), code, atol=1e-4)
        assert model.directions == ("Smiling", "Eyeglasses")


def test_a_page_shows_a_golden_export(export, tmp_path):
    write_explorer(export, tmp_path / "page", [])
    assert (tmp_path / "page" / "decoder.fp16.onnx").is_file() or (
        tmp_path / "page" / "generator.fp16.onnx"
    ).is_file()
