"""`verify_export` finds every kind of change to an export."""

import json
import shutil

import numpy as np
import onnx
import pytest

from keras_resgen.export import ExportError, Manifest, verify_export
from keras_resgen.export.folder.manifest import SCHEMA_VERSION, hash_files


def edit(folder, change):
    """Change the manifest by a function of its content."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def rehash(folder):
    """Update the hashes of changed files, as an attacker would."""
    edit(folder, lambda content: content.update(files=hash_files(folder)))


def test_an_untouched_export_is_verified_wherever_it_was_moved(tiny_export, tmp_path):
    tiny_export = shutil.move(tiny_export, tmp_path / "elsewhere")
    labels = []
    report = verify_export(
        tiny_export,
        progress=lambda *step: labels.append(step),
        runtimes=("onnxruntime", "tensorflow"),
    )
    assert report.ok
    assert report.files == len(Manifest.load(tiny_export).files)
    rows = report.table()
    assert {(row["endpoint"], row["runtime"]) for row in rows} == {
        ("generate", "onnxruntime"),
        ("generate", "tensorflow"),
        ("generate_uint8", "tensorflow"),
    }
    assert {row["batch"] for row in rows} == {1, 3, 16}
    assert all(row["ok"] and row["difference"] < 1e-5 for row in rows)
    assert labels[-1][0] == labels[-1][1]


@pytest.mark.parametrize(
    "name", ["decoder.onnx", "saved_model/saved_model.pb", "reference.npz", "README.md"]
)
def test_a_flipped_bit_is_named(tiny_export, name):
    content = bytearray((tiny_export / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny_export / name).write_bytes(content)
    with pytest.raises(ExportError, match=f"{name} was changed"):
        verify_export(tiny_export)


def test_truncated_missing_and_unknown_files_are_all_named(tiny_export):
    path = tiny_export / "decoder.onnx"
    path.write_bytes(path.read_bytes()[:-100])
    (tiny_export / "saved_model/fingerprint.pb").unlink()
    (tiny_export / "extra.txt").write_text("new")
    with pytest.raises(ExportError) as error:
        verify_export(tiny_export)
    for problem in (
        "decoder.onnx was changed",
        "fingerprint.pb is missing",
        "extra.txt is unknown",
    ):
        assert problem in str(error.value)


def test_swapped_files_are_named(tiny_export):
    a, b = tiny_export / "decoder.onnx", tiny_export / "reference.npz"
    first, second = a.read_bytes(), b.read_bytes()
    a.write_bytes(second)
    b.write_bytes(first)
    with pytest.raises(ExportError, match=r"decoder\.onnx was changed.*reference\.npz was changed"):
        verify_export(tiny_export)


@pytest.mark.parametrize("path", ["../outside.npz", "/etc/passwd", "a/../../b", "C:\\file", ""])
@pytest.mark.parametrize("place", ["files", "reference", "formats"])
def test_paths_outside_the_export_are_refused(tiny_export, path, place):
    def change(content):
        if place == "files":
            content["files"][path] = {"sha256": "0", "bytes": 0}
        elif place == "reference":
            content["reference"] = path
        else:
            content["endpoints"]["generate"]["formats"]["onnx"] = path

    edit(tiny_export, change)
    with pytest.raises(ExportError, match="within the export"):
        verify_export(tiny_export)


def test_symbolic_links_are_refused(tiny_export, tmp_path):
    (tmp_path / "elsewhere").write_bytes((tiny_export / "decoder.onnx").read_bytes())
    (tiny_export / "decoder.onnx").unlink()
    (tiny_export / "decoder.onnx").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match="symbolic links"):
        verify_export(tiny_export)


def test_external_data_is_refused_though_the_hashes_are_right(tiny_export):
    path = tiny_export / "decoder.onnx"
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    rehash(tiny_export)
    with pytest.raises(ExportError, match="external data"):
        verify_export(tiny_export)


def test_other_weights_fail_the_comparison_though_the_hashes_are_right(tiny_export):
    path = tiny_export / "decoder.onnx"
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype == np.float32:
            tensor.CopyFrom(onnx.numpy_helper.from_array(array + np.float32(0.01), tensor.name))
    onnx.save(model, path)
    rehash(tiny_export)
    report = verify_export(tiny_export, runtimes=("onnxruntime", "tensorflow"))
    assert not report.ok
    assert {(row.runtime, row.ok) for row in report.rows} == {
        ("onnxruntime", False),
        ("tensorflow", True),
    }


@pytest.mark.parametrize("name", ["decoder.onnx", "saved_model/saved_model.pb"])
def test_files_that_no_runtime_can_load_give_one_error(tiny_export, name):
    (tiny_export / name).write_bytes(b"not a model")
    rehash(tiny_export)
    with pytest.raises(ExportError, match=r"Received"):
        verify_export(tiny_export)


def test_a_newer_manifest_is_refused(tiny_export):
    edit(tiny_export, lambda content: content.update(schema_version=SCHEMA_VERSION + 1))
    with pytest.raises(ExportError, match=f"Received: {SCHEMA_VERSION + 1}. Update keras_resgen"):
        verify_export(tiny_export)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("schema_version"),
        lambda content: content.pop("files"),
        lambda content: content.update(files={}),
        lambda content: content.update(files=[1]),
        lambda content: content.update(more=1),
        lambda content: content.update(endpoints={}),
        lambda content: content.update(endpoints={"generate": 1}),
        lambda content: content["endpoints"]["generate"].pop("formats"),
        lambda content: content["endpoints"]["generate"].pop("variant_of"),
        lambda content: content["endpoints"]["generate"]["formats"].update(onnx=3),
        lambda content: content["endpoints"]["generate"]["inputs"].update(latents={}),
        lambda content: content["endpoints"]["generate"]["inputs"].update(
            codes={"shape": [], "dtype": "float32"}
        ),
        lambda content: content["endpoints"]["generate"]["formats"].update(onnx="missing.onnx"),
        lambda content: content["endpoints"].update(
            decode=content["endpoints"]["generate"], generate={}
        ),
        lambda content: content.update(reference="README.md"),
        lambda content: content.update(reference=None),
    ],
)
def test_a_damaged_manifest_gives_one_clear_error(tiny_export, change):
    edit(tiny_export, change)
    with pytest.raises(ExportError, match="Received"):
        verify_export(tiny_export)


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
def test_a_manifest_that_is_no_json_object_gives_one_clear_error(tiny_export, content):
    (tiny_export / "manifest.json").write_text(content)
    with pytest.raises(ExportError, match="Export the model again"):
        verify_export(tiny_export)


def test_a_folder_without_manifest_is_no_export(tmp_path):
    with pytest.raises(ExportError, match=r"manifest\.json was expected"):
        verify_export(tmp_path)
