"""How outputs are compared with those of Keras."""

import json

import numpy as np
import pytest

from keras_resgen.export.endpoints.reference import ROWS, STORED_ELEMENTS, Reference, make_reference
from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.tolerances import allowed_difference, signal_to_noise
from keras_resgen.export.runtimes.runtime import Call, Runtime
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.export.verification.parity import (
    ParityRow,
    Report,
    _check_outputs,
    check_parity,
    compare,
)


def row(difference, allowed=1e-4):
    return ParityRow("decode", "onnx", "onnxruntime", 7, "images", difference, allowed)


@pytest.mark.parametrize(
    ("expected", "dtype", "allowed"),
    [
        ([0.0, 1.0], "float32", 1e-4),
        ([0.001], "float32", 1e-4),
        ([-500.0, 3.0], "float32", 0.05),
        ([255.0], "uint8", 1.0),
    ],
)
def test_allowed_differences_grow_with_large_codes_but_not_with_images(expected, dtype, allowed):
    assert allowed_difference(np.array(expected), dtype) == pytest.approx(allowed)


@pytest.mark.parametrize("difference", [2e-4, np.nan, np.inf])
def test_large_and_undefined_differences_fail(difference, tmp_path):
    rows = (row(1e-6), row(difference))
    assert not Report(tmp_path, rows, 0).ok
    assert [entry["ok"] for entry in Report(tmp_path, rows, 0).table()] == [True, False]
    with pytest.raises(ExportError, match=r"decode \(images\) as onnx in onnxruntime, batch 7"):
        check_parity(rows)


def test_equal_outputs_pass(tmp_path):
    assert Report(tmp_path, (row(0.0), row(1e-4)), 0).ok
    check_parity([row(1e-4)])


@pytest.mark.parametrize(
    "outputs",
    [
        {"images": np.zeros((1, 2, 2, 1), "float32")},  # would broadcast
        {"images": np.zeros((2, 2, 2, 1), "float64")},
        {"pictures": np.zeros((2, 2, 2, 1), "float32")},
        {"images": np.zeros((2, 2, 2, 1), "float32"), "more": np.zeros(2, "float32")},
        {},
    ],
)
def test_outputs_of_another_shape_dtype_or_name_are_refused(outputs):
    call = Call("decode", "decoder.onnx", {"latents": np.zeros((2, 3), "float32")})
    specs = {"images": {"shape": ["batch", 2, 2, 1], "dtype": "float32"}}
    with pytest.raises(ExportError, match="decode in a_runtime must return"):
        _check_outputs(call, outputs, specs, "a_runtime")
    _check_outputs(call, {"images": np.zeros((2, 2, 2, 1), "float32")}, specs, "a_runtime")


@pytest.mark.parametrize(("gray_levels", "ok"), [(0, True), (1, True), (2, False)])
def test_uint8_images_may_differ_by_one_gray_level(monkeypatch, tmp_path, gray_levels, ok):
    images = np.linspace(0, 0.9, ROWS * 4, dtype="float32").reshape(ROWS, 4)
    reference = Reference(
        {"latents": np.zeros((ROWS, 3), "float32")},
        {"decode": {"images": images}},
        np.arange(4, dtype="uint32"),
    )
    levels = np.round(255 * images).astype("uint8") + np.uint8(gray_levels)
    fake = Runtime(
        {"saved_model": ("float32",)},
        lambda folder, calls: [{"images": levels[: c.batch].reshape(-1, 2, 2, 1)} for c in calls],
    )
    monkeypatch.setitem(RUNTIMES, "fake", fake)
    endpoints = {
        "decode_uint8": {
            "variant_of": "decode",
            "inputs": {"latents": {"shape": ["batch", 3], "dtype": "float32"}},
            "outputs": {"images": {"shape": ["batch", 2, 2, 1], "dtype": "uint8"}},
            "formats": {"saved_model": "file"},
        }
    }
    rows = compare(tmp_path, endpoints, reference, {"fake": ["saved_model"]})
    assert [(r.batch, r.difference, r.ok) for r in rows] == [
        (1, gray_levels, ok),
        (7, gray_levels, ok),
    ]


def test_formats_that_round_weights_are_measured_by_the_signal_to_noise_ratio():
    measure = signal_to_noise(images=24, others=20)
    image = {"shape": ["batch", 2], "dtype": "float32", "pixel_range": [0, 1]}
    code = {"shape": ["batch", 2], "dtype": "float32"}
    goal = np.array([[3.0, -4.0], [0.0, 5.0]])
    output = goal + np.array([[0.1, -0.1], [0.1, 0.1]])
    assert measure.difference(output, goal, goal, image) == pytest.approx(0.1)
    assert measure.difference(output, goal, goal, code) == pytest.approx(0.1 / np.sqrt(12.5))
    # The signal of a row of zeros is that of all rows.
    assert measure.difference(output[:1], goal[:1], goal, code) == pytest.approx(
        0.1 / np.sqrt(12.5)
    )
    assert measure.allowed(goal, image) == pytest.approx(10**-1.2)
    assert measure.allowed(goal, code) == pytest.approx(0.1)
    assert measure.text(measure.allowed(goal, code)) == "20.0 dB"


def test_rows_are_repeated_for_larger_batches(random_model):
    reference = Reference(
        {"latents": np.arange(21, dtype="float32").reshape(ROWS, 3)}, {}, np.arange(4)
    )
    rows = reference.input_for("latents", "float32", 16)
    np.testing.assert_array_equal(rows[7:14], rows[:7])
    np.testing.assert_array_equal(rows[14:], rows[:2])


def test_references_hold_keras_outputs_and_are_saved_and_loaded(random_model, tmp_path):
    model = random_model("vae", network="plain")
    reference = make_reference(model)
    images = reference.inputs["images"]
    assert images.dtype == np.uint8
    assert images.shape == (ROWS, 32, 32, 3)
    assert len(np.unique(images)) == 256
    mean, log_variance = model.encoder(images / np.float32(255))
    np.testing.assert_allclose(reference.outputs["encode"]["mean"], mean, atol=1e-5)
    np.testing.assert_allclose(reference.outputs["encode"]["log_variance"], log_variance, atol=1e-5)
    reference.save(tmp_path / "reference.npz")
    loaded = Reference.load(tmp_path / "reference.npz")
    for name, outputs in reference.outputs.items():
        for output, values in outputs.items():
            np.testing.assert_array_equal(loaded.outputs[name][output], values)
    stored = loaded.subset(["encode", "encode_uint8"])
    assert list(stored.outputs) == ["encode"]
    decoded = loaded.subset(["decode"]).outputs["decode"]["images"]
    assert decoded.shape == (ROWS, 32 * 32 * 3)  # small images are stored whole


def test_stored_references_pick_the_same_elements_of_an_output(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.random((ROWS, 128, 128, 3), "float32")
    codes = rng.random((ROWS, 5), "float32")
    whole = Reference(
        {},
        {"decode": {"images": images.reshape(ROWS, -1)}, "encode": {"code": codes}},
        np.arange(128 * 128 * 3, dtype="uint32"),
    )
    stored = whole.subset(["decode", "encode"])
    stored.save(tmp_path / "reference.npz")
    loaded = Reference.load(tmp_path / "reference.npz")
    assert loaded.outputs["decode"]["images"].shape == (ROWS, STORED_ELEMENTS)
    np.testing.assert_array_equal(loaded.pick(images), loaded.outputs["decode"]["images"])
    np.testing.assert_array_equal(loaded.pick(codes), codes)
    rows, columns = np.divmod(loaded.positions // 3, 128)
    assert len(np.unique(rows)) == len(np.unique(columns)) == 128
    assert (tmp_path / "reference.npz").stat().st_size < 150_000


def test_rows_are_json(tmp_path):
    table = Report(tmp_path, (row(1e-5),), 3).table()
    assert json.loads(json.dumps(table)) == table
