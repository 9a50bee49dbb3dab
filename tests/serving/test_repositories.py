"""Repositories have the files that other servers look for, and these load."""

import json
import shlex
import shutil
import subprocess

import numpy as np
import onnx
import onnxruntime
import pytest
from google.protobuf import text_format

from keras_resgen.export import ExportError, Manifest, export_model, load_export
from keras_resgen.export.folder.manifest import hash_files
from keras_resgen.models import FAMILIES
from keras_resgen.serving.repositories import REPOSITORIES, write_repository
from tests.serving.conftest import CONDITIONAL, VAE
from tests.serving.messages import CLASSES, read


def test_tensorflow_serving_finds_a_saved_model_under_its_version(tmp_path):
    import tensorflow as tf

    folder = tmp_path / "models"
    command = write_repository(VAE, folder, "tensorflow-serving", "faces")
    (config,) = read(folder / "models.config", "ModelServerConfig").model_config_list.config
    assert (config.name, config.base_path) == ("faces", "/models/faces")
    assert config.model_platform == "tensorflow"
    assert f"-v {folder}:/models" in command
    model = tf.saved_model.load(str(folder / "faces/1"))
    latents = np.zeros((2, 4), "float32")
    found = model.signatures["generate"](latents=tf.constant(latents))["images"].numpy()
    np.testing.assert_allclose(found, load_export(VAE).generate(latents), atol=1e-5)


def test_configurations_that_servers_cannot_read_are_refused_by_the_parser():
    for text in ('nam: "a"', "max_batch_size: many", 'input { name: "a" ', "platform: ensemble"):
        with pytest.raises(text_format.ParseError):
            text_format.Parse(text, CLASSES["ModelConfig"]())


def tensors(values):
    """Type and dimensions of the inputs or outputs of a configuration, by name."""
    kind = CLASSES["ModelInput"].DESCRIPTOR.fields_by_name["data_type"].enum_type
    return {v.name: (kind.values_by_number[v.data_type].name, list(v.dims)) for v in values}


@pytest.mark.parametrize("export", [VAE, CONDITIONAL], ids=["vae", "conditional"])
def test_configurations_for_triton_match_the_networks(export, tmp_path):
    folder = tmp_path / "models"
    write_repository(export, folder, "triton", "faces")
    for endpoint, entry in Manifest.load(export).endpoints.items():
        if "onnx" not in entry["formats"]:
            continue
        config = read(folder / f"faces_{endpoint}" / "config.pbtxt", "ModelConfig")
        assert (config.name, config.backend) == (f"faces_{endpoint}", "onnxruntime")
        assert config.max_batch_size > 1
        assert config.dynamic_batching.max_queue_delay_microseconds > 0
        path = folder / f"faces_{endpoint}" / "1" / "model.onnx"
        session = onnxruntime.InferenceSession(path)
        for configured, values in (
            (config.input, session.get_inputs()),
            (config.output, session.get_outputs()),
        ):
            assert tensors(configured) == {
                value.name: ("TYPE_FP32", value.shape[1:]) for value in values
            }
            assert all(value.shape[0] == "batch" for value in values)  # which max_batch_size limits


def run_ensemble(folder, name, given):
    """Run an ensemble by its configuration, as Triton does."""
    config = read(folder / name / "config.pbtxt", "ModelConfig")
    assert (config.name, config.platform) == (name, "ensemble")
    assert (folder / name / "1").is_dir()
    assert {key: shape for key, (_, shape) in tensors(config.input).items()} == {
        key: list(array.shape[1:]) for key, array in given.items()
    }
    found = dict(given)
    for step in config.ensemble_scheduling.step:
        network = read(folder / step.model_name / "config.pbtxt", "ModelConfig")
        assert network.max_batch_size >= config.max_batch_size
        session = onnxruntime.InferenceSession(folder / step.model_name / "1" / "model.onnx")
        inputs = {entry.key: found[entry.value] for entry in step.input_map}
        assert set(inputs) == {value.name for value in session.get_inputs()}
        outputs = session.run([entry.key for entry in step.output_map], inputs)
        found |= dict(zip([entry.value for entry in step.output_map], outputs, strict=True))
    for key, (_, shape) in tensors(config.output).items():
        assert list(found[key].shape[1:]) == shape
    return {key: found[key] for key in tensors(config.output)}


def test_ensembles_for_triton_chain_the_networks(tmp_path):
    write_repository(VAE, tmp_path / "models", "triton", "faces")
    model, rng = load_export(VAE), np.random.default_rng(0)
    images = rng.random((2, *model.image_shape), "float32")
    noise = rng.standard_normal((2, 4), "float32")
    strengths = np.array([[1.0, 0.0], [0.0, -1.0]], "float32")
    folder = tmp_path / "models"
    edited = run_ensemble(folder, "faces_edit", {"images": images, "strengths": strengths})
    codes = model.encode(images)
    for row, change in enumerate(({"Smiling": 1.0}, {"Eyeglasses": -1.0})):
        expected = model.generate(model.move(codes[row : row + 1], change))
        np.testing.assert_allclose(edited["edited"][row : row + 1], expected, atol=1e-5)
    found = run_ensemble(folder, "faces_reconstruct", {"images": images})["reconstructions"]
    np.testing.assert_allclose(found, model.generate(codes), atol=1e-5)
    assert run_ensemble(folder, "faces_sample", {"noise": noise})["images"].shape == images.shape


def test_missing_formats_unknown_servers_and_bad_names_are_refused(tmp_path):
    model = FAMILIES["gan"].create(image_size=32, latent_dim=2, width=2, network="plain")
    for name, format in (("onnx", "onnx"), ("saved", "saved_model")):
        export_model(model, tmp_path / name, formats=(format,))
    with pytest.raises(ExportError, match="the format saved_model"):
        write_repository(tmp_path / "onnx", tmp_path / "models", "tensorflow-serving")
    with pytest.raises(ExportError, match="the format onnx"):
        write_repository(tmp_path / "saved", tmp_path / "models", "triton")
    assert not (tmp_path / "models").exists()
    with pytest.raises(ValueError, match="server must be one of"):
        write_repository(VAE, tmp_path / "models", "torchserve")
    with pytest.raises(
        ValueError, match=r"name must consist of letters.*Received: '\.\./\.\./out'"
    ):
        write_repository(VAE, tmp_path / "models", "triton", "../../out")
    (tmp_path / "letter.txt").touch()
    with pytest.raises(ValueError, match="missing or empty"):
        write_repository(VAE, tmp_path, "triton")


def test_a_network_that_reads_other_files_is_refused(tmp_path):
    export = shutil.copytree(VAE, tmp_path / "export")
    path = export / "decoder.onnx"
    model = onnx.load(path)
    tensor = model.graph.initializer[0]
    tensor.external_data.add(key="location", value="../secret")
    path.write_bytes(model.SerializeToString())
    manifest = json.loads((export / "manifest.json").read_text())
    manifest["files"] = hash_files(export)  # as an attacker would
    (export / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ExportError, match=r"decoder.onnx must hold all its weights"):
        write_repository(export, tmp_path / "models", "triton")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("server", list(REPOSITORIES))
def test_the_command_prints_how_to_start_the_server(resgen, tmp_path, server):
    out = tmp_path / "my models"
    code, text, error = resgen("repository", VAE, "--server", server, "--out", out)
    assert code == 0, error
    (command,) = [line for line in text.splitlines() if line.startswith("docker run")]
    shell = ["bash", "-c", f'docker() {{ printf "%s\\n" "$@"; }}; {command}']
    words = subprocess.run(shell, capture_output=True, text=True, check=True).stdout.splitlines()
    assert words == shlex.split(command)[1:]
    assert f"{out}:/models" in words
