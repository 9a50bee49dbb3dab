"""The tables of formats and runtimes, and the formats besides SavedModel and ONNX."""

import hashlib
import json
import os
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from keras_resgen.export import (
    FORMATS,
    RUNTIMES,
    ExportError,
    Format,
    LatentTools,
    Manifest,
    Runtime,
    export_model,
    load_export,
    verify_export,
)
from keras_resgen.export.endpoints.latent_tools import add_tools
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.formats.litert_format import litert_bytes
from keras_resgen.export.formats.onnx_fp16 import onnx_fp16_bytes
from keras_resgen.export.formats.onnx_int8 import onnx_int8_bytes
from keras_resgen.export.formats.table import check_formats, formats_for, runtimes_for
from keras_resgen.export.formats.traced_model import TracedModel
from keras_resgen.export.runtimes.node_runtimes import VARIABLE, needs_chromium, needs_node
from keras_resgen.export.runtimes.runtime import Call


def never(*step):
    raise AssertionError(f"work started: {step}")


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (["onnx", "coreml"], r"some of saved_model, onnx, .*Received: onnx, coreml"),
        ([], "Received: none"),
        (["onnx", "onnx"], "each once"),
    ],
)
def test_unknown_formats_are_named_before_work_starts(tiny_model, tmp_path, formats, message):
    with pytest.raises(ExportError, match=message):
        export_model(tiny_model(), tmp_path / "export", formats=formats, progress=never)


def test_a_missing_package_is_named_before_work_starts(tiny_model, tmp_path, monkeypatch):
    missing = Runtime({"litert": ("float32",)}, never, lambda: "pip install something")
    monkeypatch.setitem(RUNTIMES, "litert", missing)
    with pytest.raises(ExportError, match=r"litert.*First: pip install something"):
        export_model(tiny_model(), tmp_path / "export", formats=["litert"], progress=never)
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 16, 16, 3), "uint8"),
        np.zeros((0, 16, 16, 1), "uint8"),
        np.zeros((2, 16, 16, 1)),
    ],
)
def test_calibration_images_must_fit(tiny_model, tmp_path, images):
    with pytest.raises(ExportError, match="calibration must be images"):
        export_model(tiny_model(), tmp_path / "e", calibration=images, progress=never)


def test_every_format_has_a_runtime_and_every_runtime_a_format():
    assert all(runtimes_for(name) for name in FORMATS)
    assert all(formats_for(name) for name in RUNTIMES)
    assert runtimes_for("onnx_int8") == ["onnxruntime"]
    assert formats_for("openvino") == ["onnx", "openvino"]


@pytest.fixture(scope="module")
def only_onnx(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("only") / "export"
    export_model(tiny_model(), folder, formats=["onnx_fp16"])
    return folder


def test_an_export_of_one_format_has_the_endpoints_it_can_serve(only_onnx):
    export = load_export(only_onnx)
    assert list(export.manifest.endpoints) == ["generate"]
    assert {path for path in export.manifest.files if "onnx" in path} == {"decoder.fp16.onnx"}
    assert export.sample(3).shape == (3, 16, 16, 1)
    with pytest.raises(ExportError, match=r"Received: an export with onnx_fp16"):
        _ = export.networks
    card = (only_onnx / "README.md").read_text()
    assert 'run("decoder.fp16.onnx", ' in card
    assert "tensorflow" not in card.split("Made with")[0]


def test_weights_are_stored_as_float16_and_computed_in_float32(exported):
    case = exported("vae", "resnet")
    half, whole = (onnx.load(case.folder / f"decoder{e}.onnx") for e in (".fp16", ""))
    kinds = {tensor.data_type for tensor in half.graph.initializer if np.prod(tensor.dims) >= 256}
    assert kinds == {onnx.TensorProto.FLOAT16}
    assert {value.type.tensor_type.elem_type for value in half.graph.output} == {
        onnx.TensorProto.FLOAT
    }
    sizes = [(case.folder / f"decoder{e}.onnx").stat().st_size for e in (".fp16", "")]
    assert sizes[0] < 0.6 * sizes[1]
    computed = [node.op_type for node in half.graph.node if node.op_type != "Cast"]
    assert sorted(computed) == sorted(node.op_type for node in whole.graph.node)
    latents = case.model.draw_latents(5)
    (images,) = onnxruntime.InferenceSession(half.SerializeToString()).run(
        None, {"latents": latents}
    )
    assert np.abs(images - case.model.generate(latents)).max() < 0.02


def test_weights_that_are_too_large_for_float16_are_refused(tiny_model):
    model = tiny_model()
    model.decoder.set_weights([1e7 * weight for weight in model.decoder.get_weights()])
    traced = TracedModel(trace_signatures(model), {}, dict)
    with pytest.raises(ExportError, match="at most 65504"):
        onnx_fp16_bytes(traced, "decoder")


def test_quantized_networks_are_within_the_allowed_noise(exported):
    case = exported("vae", "resnet")
    for network in ("encoder", "decoder"):
        kinds = {
            node.op_type for node in onnx.load(case.folder / f"{network}.int8.onnx").graph.node
        }
        assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    rows = [row for row in case.manifest.parity if row["format"] == "onnx_int8"]
    assert {row["endpoint"] for row in rows} == {"encode", "decode", "generate"}
    assert max(row["difference"] for row in rows if row["output"] == "images") < 10 ** (-24 / 20)


def test_converting_twice_gives_the_same_bytes(random_model):
    model = random_model("ae", network="plain", width=2)
    rng = np.random.default_rng(0)
    inputs = {"latents": rng.standard_normal((20, 8), "float32")}
    traced = TracedModel(trace_signatures(model), {"data": "faces"}, lambda: inputs)
    for convert in (onnx_fp16_bytes, onnx_int8_bytes):
        first, again = (hashlib.sha256(convert(traced, "decoder")).digest() for _ in range(2))
        assert first == again
    assert onnx_int8_bytes(traced, "encoder") is None  # there are no images to calibrate it with


def test_networks_that_litert_cannot_compute_are_left_out(tiny_model):
    model = tiny_model()
    model.prior, model.prior_components = "swiss_roll", 10
    endpoints = add_tools(model, LatentTools())
    traced = TracedModel(trace_signatures(model, endpoints), {}, dict)
    assert litert_bytes(traced, "decoder")[4:8] == b"TFL3"
    assert litert_bytes(traced, "prior") is None  # the error function


def test_networks_are_converted_to_onnx_once(random_model, monkeypatch):
    model = random_model("gan", network="plain", width=2)
    traced = TracedModel(trace_signatures(model), {}, dict)
    converted = []
    monkeypatch.setattr(
        "keras_resgen.export.formats.traced_model.onnx_bytes",
        lambda s, p: converted.append(s.name) or b"bytes",
    )
    assert [traced.onnx("generator") for _ in range(3)] == [b"bytes"] * 3
    assert converted == ["generate"]
    assert all(isinstance(variable, tf.Variable) for variable in traced.variables)


@pytest.fixture(scope="module")
def everywhere(tiny_model, tmp_path_factory):
    """An export in the formats whose packages are installed, without the slow SavedModel."""
    formats = ["onnx"]
    formats += [name for name in ("litert", "openvino") if not RUNTIMES[name].missing_requirement()]
    folder = tmp_path_factory.mktemp("everywhere") / "export"
    export_model(tiny_model(), folder, formats=formats)
    return folder


@pytest.mark.parametrize(
    ("runtime", "module", "formats"),
    [
        ("openvino", "openvino", {"onnx", "openvino"}),
        ("litert", "ai_edge_litert", {"litert"}),
        ("opencv", "cv2", {"onnx"}),
    ],
)
def test_other_runtimes_equal_keras_at_any_batch(everywhere, runtime, module, formats):
    pytest.importorskip(module)
    report = verify_export(everywhere, runtimes=[runtime])
    assert report.ok
    assert {row.format for row in report.rows} == formats
    assert {row.batch for row in report.rows} == {1, 3, 16}
    assert max(row.difference for row in report.rows) < 1e-5


def test_a_runtime_that_crashes_ends_only_its_own_process(everywhere, tmp_path, monkeypatch):
    crash = "import os, sys\nassert not sys.modules['keras']\nos.abort()\n"
    (tmp_path / "cv2.py").write_text(crash)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    calls = [Call("generate", "decoder.onnx", {"latents": np.zeros((1, 8), "float32")})]
    with pytest.raises(ExportError, match=r"OpenCV must run decoder\.onnx .*status -6"):
        RUNTIMES["opencv"].run(everywhere, calls)


@pytest.mark.parametrize("package", ["onnxruntime-node", "onnxruntime-web", "chromium"])
def test_node_and_browser_equal_keras(everywhere, package):
    if missing := RUNTIMES[package].missing_requirement():
        pytest.skip(missing)
    report = verify_export(everywhere, runtimes=[package])
    assert report.ok
    assert {row.batch for row in report.rows} == {1, 3, 16}


FAKE_PACKAGE = """
exports.Tensor = class {
  constructor(type, data, dims) { Object.assign(this, { type, data, dims }); }
};
exports.InferenceSession = {
  create: async () => ({
    run: async ({ latents }) => ({
      images: {
        dims: [latents.dims[0], 16, 16, 1],
        data: new Float32Array(latents.dims[0] * 256).fill(latents.data[1]),
      },
    }),
  }),
};
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_node_receives_inputs_and_returns_outputs(everywhere, tmp_path, monkeypatch):
    """A package that is not ONNX Runtime gets the inputs, and its errors are reported."""
    package = tmp_path / "node_modules/onnxruntime-node"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"main": "index.js"}))
    (package / "index.js").write_text(FAKE_PACKAGE)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "node_modules"))
    report = verify_export(everywhere, runtimes=["onnxruntime-node"])
    assert not report.ok
    with np.load(everywhere / "reference.npz") as arrays:
        latents, images = arrays["inputs/latents"], arrays["outputs/generate/images"]
    row = next(row for row in report.rows if row.batch == 1)
    assert row.difference == pytest.approx(np.abs(images[0] - latents[0, 1]).max(), rel=1e-5)
    (package / "index.js").write_text("throw new Error('no kernel');")
    with pytest.raises(ExportError, match="no kernel"):
        verify_export(everywhere, runtimes=["onnxruntime-node"])


def test_missing_runtimes_and_formats_that_nothing_compared_are_named(
    everywhere, tmp_path, monkeypatch
):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for name in RUNTIMES:
        if name not in ("onnxruntime", "onnxruntime-node"):
            missing = Runtime(RUNTIMES[name].reads, never, lambda: "pip install it")
            monkeypatch.setitem(RUNTIMES, name, missing)
    report = verify_export(everywhere)
    assert all(row.ok for row in report.rows)
    assert {row.runtime for row in report.rows} == {"onnxruntime"}
    formats = {name for e in Manifest.load(everywhere).endpoints.values() for name in e["formats"]}
    assert report.not_compared == {name: f"needs {name}" for name in formats - {"onnx"}}
    assert report.ok == (formats == {"onnx"})
    # The SavedModel was not exported, so TensorFlow has nothing to run.
    assert {"openvino", "opencv", "onnxruntime-node", "onnxruntime-web"} <= report.not_run.keys()
    assert "tensorflow" not in report.not_run
    assert report.not_run["opencv"] == "pip install it"
    with pytest.raises(ExportError, match=r"opencv \(pip install it\)"):
        verify_export(everywhere, runtimes=["onnxruntime", "opencv"])


def test_an_export_that_nothing_can_run_is_not_verified(everywhere, monkeypatch):
    for name in RUNTIMES:
        missing = Runtime(RUNTIMES[name].reads, never, lambda: "pip install it")
        monkeypatch.setitem(RUNTIMES, name, missing)
    with pytest.raises(ExportError, match=r"Received: none of onnxruntime \(pip install it\)"):
        verify_export(everywhere)


def test_runtimes_that_fit_nothing_or_are_unknown_are_refused(everywhere):
    with pytest.raises(ExportError, match=r"formats, onnx.*Received: tensorflow\. Use onnxruntime"):
        verify_export(everywhere, runtimes=["tensorflow"])
    with pytest.raises(ValueError, match="runtime must be one of"):
        verify_export(everywhere, runtimes=["tensorrt"])


def test_the_environment_variable_names_the_folder_of_node_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: os.fspath(tmp_path / name))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert needs_node("onnxruntime-web")().startswith("npm install --ignore-scripts")
    (tmp_path / "onnxruntime-web").mkdir()
    (tmp_path / "onnxruntime-web/package.json").touch()
    assert needs_node("onnxruntime-web")() == ""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert needs_node("onnxruntime-web")() == "install Node.js"
    assert needs_chromium() == "install Node.js"


def test_chromium_needs_two_packages_and_itself(tmp_path, monkeypatch):
    found = {"node": "/bin/node"}
    monkeypatch.setattr(shutil, "which", found.get)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert "onnxruntime-web playwright-core, and set" in needs_chromium()
    for package in ("onnxruntime-web", "playwright-core"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "package.json").touch()
    assert needs_chromium() == "install Chromium"
    found["chromium"] = "/bin/chromium"
    assert needs_chromium() == ""


def write_garbage(traced, folder):
    (folder / "decoder.bin").write_bytes(b"garbage")
    return {"generate": "decoder.bin"}


def test_a_format_that_no_runtime_reads_is_refused_before_work_starts(
    tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setitem(FORMATS, "garbage", Format(write_garbage, "garbage", "a_file_type"))
    with pytest.raises(ExportError, match=r"file type 'a_file_type' with float32 weights, which"):
        export_model(tiny_model(), tmp_path / "e", formats=["onnx", "garbage"], progress=never)
    assert not (tmp_path / "e").exists()


def test_a_format_that_writes_garbage_is_not_exported(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, "garbage", Format(write_garbage, "garbage", "onnx"))
    with pytest.raises(ExportError, match=r"ONNX Runtime must run generate of decoder\.bin"):
        export_model(tiny_model(), tmp_path / "e", formats=["garbage"])
    assert not (tmp_path / "e").exists()


def test_a_format_that_computes_something_else_is_not_exported(tiny_model, tmp_path, monkeypatch):
    def write_another_model(traced, folder):
        other = TracedModel(trace_signatures(tiny_model(lambda images: images + 0.01)), {}, dict)
        return other.write_networks(folder, ".other.onnx", other.onnx)

    monkeypatch.setitem(FORMATS, "other", Format(write_another_model, "another model", "onnx"))
    with pytest.raises(ExportError, match=r"generate \(images\) as other in onnxruntime, batch 1"):
        export_model(tiny_model(), tmp_path / "e", formats=["other"])
    assert not (tmp_path / "e").exists()


def test_a_format_that_writes_nothing_is_not_exported(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, "empty", Format(lambda traced, folder: {}, "nothing", "onnx"))
    with pytest.raises(ExportError, match=r"Every format must be compared.*no file of empty"):
        export_model(tiny_model(), tmp_path / "e", formats=["onnx", "empty"])


def test_an_added_format_is_exported_checked_and_described(tiny_model, tmp_path, monkeypatch):
    def write(traced, folder):
        return traced.write_networks(folder, ".copy.onnx", traced.onnx)

    monkeypatch.setitem(FORMATS, "copy", Format(write, "a copy", "onnx", aliases=("duplicate",)))
    manifest = export_model(tiny_model(), tmp_path / "e", formats=["duplicate"])
    assert {row["format"] for row in manifest.parity} == {"copy"}
    assert "| `copy` | a copy | onnxruntime, openvino, " in (tmp_path / "e/README.md").read_text()
    report = verify_export(tmp_path / "e")
    assert report.ok
    assert ("copy", "onnxruntime") in {(row.format, row.runtime) for row in report.rows}
    monkeypatch.delitem(FORMATS, "copy")
    with pytest.raises(ExportError, match=r"formats, copy.*Use another version"):
        verify_export(tmp_path / "e")


def test_a_format_that_this_version_does_not_know_fails_the_verification(
    tiny_model, tmp_path, monkeypatch
):
    def write(traced, folder):
        return traced.write_networks(folder, ".copy.onnx", traced.onnx)

    monkeypatch.setitem(FORMATS, "copy", Format(write, "a copy", "onnx"))
    export_model(tiny_model(), tmp_path / "e", formats=["onnx", "copy"])
    monkeypatch.delitem(FORMATS, "copy")
    report = verify_export(tmp_path / "e")
    assert report.not_compared == {"copy": "no runtime reads it"}
    assert not report.ok
    assert verify_export(tmp_path / "e", runtimes=["onnxruntime"]).ok


def test_an_added_runtime_runs_every_format_that_it_reads(exported, monkeypatch):
    folder = exported("vae", "resnet").folder
    reads = {"onnx": ("float32", "float16")}
    monkeypatch.setitem(RUNTIMES, "added", Runtime(reads, RUNTIMES["onnxruntime"].run))
    assert formats_for("added") == ["onnx", "onnx_fp16"]
    report = verify_export(folder, runtimes=["added"])
    assert report.ok
    assert {row.format for row in report.rows} == {"onnx", "onnx_fp16"}
    assert {row.endpoint for row in report.rows} >= {"encode", "decode", "draw", "move"}


def test_an_optional_runtime_that_is_missing_is_no_failure(tiny_export, monkeypatch):
    absent = Runtime({"onnx": ("float32",)}, never, lambda: "pip install it")
    monkeypatch.setitem(RUNTIMES, "absent", absent)
    report = verify_export(tiny_export)
    assert report.not_run["absent"] == "pip install it"
    assert not report.not_compared
    assert report.ok


def test_keras_names_of_formats_are_accepted():
    assert list(check_formats(["tf_saved_model", "onnx"])) == ["saved_model", "onnx"]
    keras_names = {"tf_saved_model", "onnx", "openvino", "litert"}
    assert keras_names <= {name for name, row in FORMATS.items() for name in (name, *row.aliases)}
    with pytest.raises(ExportError, match="each once"):
        check_formats(["saved_model", "tf_saved_model"])


def test_the_first_installed_runtime_checks_a_format(monkeypatch):
    absent = Runtime(RUNTIMES["onnxruntime"].reads, never, lambda: "pip install it")
    monkeypatch.setitem(RUNTIMES, "onnxruntime", absent)
    for name in set(RUNTIMES) - {"onnxruntime"}:
        present = Runtime(RUNTIMES[name].reads, never)
        monkeypatch.setitem(RUNTIMES, name, present)
    assert check_formats(["onnx"]) == {"onnx": "openvino"}
    with pytest.raises(ExportError, match=r"none of onnxruntime\. First: pip install it"):
        check_formats(["onnx_int8"])
