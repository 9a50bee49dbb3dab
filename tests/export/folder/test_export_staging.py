"""An export appears complete or not at all."""

import os

import keras
import pytest
import tensorflow as tf

from keras_resgen.export import ExportError, Manifest, export_model
from keras_resgen.export import exporter as exporter_module
from keras_resgen.export.folder.staging import staged_folder


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class Interrupted(BaseException):
    """A stand-in for Ctrl-C."""


@pytest.mark.parametrize("step", range(4))
def test_nothing_is_left_behind_wherever_an_export_is_interrupted(tiny_model, tmp_path, step):
    def interrupt(done, total, label):
        if done == step:
            raise Interrupted

    with pytest.raises(Interrupted):
        export_model(tiny_model(), tmp_path / "new/parents/export", progress=interrupt)
    assert tree(tmp_path) == []


def differs_in_graphs(images):
    return images if tf.executing_eagerly() else images + 2e-4


def test_an_export_that_differs_from_keras_is_refused_and_the_old_one_stays(
    tiny_model, tiny_export
):
    before = {path: path.read_bytes() for path in tiny_export.rglob("*") if path.is_file()}
    with pytest.raises(ExportError) as error:
        export_model(tiny_model(differs_in_graphs), tiny_export, overwrite=True)
    assert "generate (images) as onnx in onnxruntime, batch 7: 0.0002, allowed 0.0001" in str(
        error.value
    )
    assert "generate (images) as saved_model in tensorflow, batch 1: 0.0002, allowed 0.0001" in str(
        error.value
    )
    assert {p: p.read_bytes() for p in tiny_export.rglob("*") if p.is_file()} == before
    assert [path.name for path in tiny_export.parent.iterdir()] == [tiny_export.name]


def test_an_export_is_replaced_whole_and_only_on_request(tiny_model, tiny_export):
    (tiny_export / "left_over").write_text("from the old one")
    with pytest.raises(ExportError, match="missing or empty"):
        export_model(tiny_model(), tiny_export)
    manifest = export_model(tiny_model(), tiny_export, overwrite=True)
    assert manifest == Manifest.load(tiny_export)
    files = {str(p.relative_to(tiny_export)) for p in tiny_export.rglob("*") if p.is_file()}
    assert files == {*manifest.files, "manifest.json"}
    assert [path.name for path in tiny_export.parent.iterdir()] == [tiny_export.name]


def test_the_old_export_is_restored_if_the_last_rename_fails(tmp_path, monkeypatch):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "old").touch()
    rename = type(folder).rename

    def fail_for_the_new(path, target):
        if path.name.endswith(".new"):
            raise OSError("disk on fire")
        return rename(path, target)

    monkeypatch.setattr(type(folder), "rename", fail_for_the_new)
    with pytest.raises(OSError, match="on fire"), staged_folder(folder) as staging:
        (staging / "new").touch()
    assert tree(tmp_path) == ["export", "export/old"]


def refused_before_work(model, folder, match, **options):
    def never(*step):
        raise AssertionError(f"work started: {step}")

    with pytest.raises(ExportError, match=match):
        export_model(model, folder, progress=never, **options)


def test_folders_that_are_no_export_are_never_replaced(tiny_model, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/photo.jpg").touch()
    (tmp_path / "file").touch()
    for overwrite in (False, True):
        refused_before_work(tiny_model(), tmp_path / "home", "export", overwrite=overwrite)
        refused_before_work(tiny_model(), tmp_path / "file", "file", overwrite=overwrite)
    assert tree(tmp_path) == ["file", "home", "home/photo.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_parent_is_refused(tiny_model, tmp_path):
    tmp_path.chmod(0o500)
    refused_before_work(tiny_model(), tmp_path / "export", "writable")


def test_a_parent_that_is_a_file_is_refused(tiny_model, tmp_path):
    (tmp_path / "file").touch()
    refused_before_work(tiny_model(), tmp_path / "file/export", "writable")


def test_metadata_must_be_json_without_reserved_keys(tiny_model, tmp_path):
    for metadata in ({"data": object()}, {"loss": float("nan")}):
        refused_before_work(tiny_model(), tmp_path / "export", "JSON", metadata=metadata)
    for name in ("latent", "network"):
        refused_before_work(tiny_model(), tmp_path / "x", "other names", metadata={name: 1})


def test_networks_over_2_gb_are_refused(tiny_model, tmp_path):
    class Huge:
        def count_params(self):
            return 2**29

    model = tiny_model()
    model.networks = {"decoder": Huge()}
    refused_before_work(model, tmp_path / "export", r"less than 2 GB.*decoder with 2\.1 GB")


def test_other_backends_are_refused(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    refused_before_work(tiny_model(), tmp_path / "export", "KERAS_BACKEND=tensorflow")


def test_networks_that_diverged_are_refused(tiny_model, tmp_path):
    model = tiny_model()
    model.decoder.set_weights([w * float("nan") for w in model.decoder.get_weights()])
    with pytest.raises(ExportError, match="NaN or infinity from generate"):
        export_model(model, tmp_path / "export")
    assert tree(tmp_path) == []


def test_the_size_limit_is_that_of_a_protobuf_message():
    assert exporter_module.LIMIT_BYTES == 2**31 - 1
