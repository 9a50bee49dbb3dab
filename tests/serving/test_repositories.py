"""Folders for other servers: what those servers look for is there and loads."""

import re
import shlex
import subprocess

import numpy as np
import onnxruntime
import pytest

from keras_resgen.export import ExportError, Manifest, export_model
from keras_resgen.export.model import ExportedModel
from keras_resgen.models import FAMILIES
from keras_resgen.serving.repositories import REPOSITORIES, write_repository
from tests.serving.conftest import TOLD, VAE


def test_tensorflow_serving_finds_a_saved_model_under_its_version(tmp_path):
    import tensorflow as tf

    folder = tmp_path / "models"
    command = write_repository(VAE, folder, "tensorflow-serving", "faces")
    config = (folder / "models.config").read_text()
    assert 'name: "faces"' in config
    assert 'base_path: "/models/faces"' in config
    assert f"-v {folder}:/models" in command
    model = tf.saved_model.load(str(folder / "faces/1"))
    latents = np.zeros((2, 4), "float32")
    found = model.signatures["generate"](latents=tf.constant(latents))["images"].numpy()
    np.testing.assert_allclose(found, ExportedModel(VAE).generate(latents), atol=1e-5)


def tensors(config, kind):
    """Name, kind and dimensions of the inputs or outputs that a config.pbtxt names."""
    line = re.compile(rf'^{kind} {{ name: "(\w+)" data_type: (\w+) dims: \[ ([\d, ]+) \] }}$', re.M)
    return {name: (kind, eval(f"[{dims}]")) for name, kind, dims in line.findall(config)}


@pytest.mark.parametrize("export", [VAE, TOLD], ids=["vae", "told"])
def test_tritons_configurations_are_those_of_the_networks(export, tmp_path):
    folder = tmp_path / "models"
    write_repository(export, folder, "triton", "faces")
    for endpoint, entry in Manifest.load(export).endpoints.items():
        if "onnx" not in entry["formats"]:
            continue
        config = (folder / f"faces_{endpoint}" / "config.pbtxt").read_text()
        assert f'name: "faces_{endpoint}"' in config
        path = folder / f"faces_{endpoint}" / "1" / "model.onnx"
        session = onnxruntime.InferenceSession(path)
        for kind, values in (("input", session.get_inputs()), ("output", session.get_outputs())):
            assert tensors(config, kind) == {
                value.name: ("TYPE_FP32", value.shape[1:]) for value in values
            }
            assert all(value.shape[0] == "batch" for value in values)  # what max_batch_size means


def run_ensemble(folder, name, given):
    """What Triton would do with an ensemble, read from its configuration."""
    config = (folder / name / "config.pbtxt").read_text()
    assert (folder / name / "1").is_dir()
    assert set(tensors(config, "input")) == set(given)
    found = dict(given)
    for step in config.split("  step {")[1:]:
        model = re.search(r'model_name: "(\w+)"', step)[1]
        maps = {
            kind: dict(re.findall(rf'{kind} {{ key: "(\w+)" value: "(\w+)" }}', step))
            for kind in ("input_map", "output_map")
        }
        session = onnxruntime.InferenceSession(folder / model / "1" / "model.onnx")
        inputs = {inner: found[outer] for inner, outer in maps["input_map"].items()}
        assert set(inputs) == {value.name for value in session.get_inputs()}
        outputs = session.run(list(maps["output_map"]), inputs)
        found |= dict(zip(maps["output_map"].values(), outputs, strict=True))
    return {name: found[name] for name in tensors(config, "output")}


def test_tritons_ensembles_chain_the_networks(tmp_path):
    write_repository(VAE, tmp_path / "models", "triton", "faces")
    model, rng = ExportedModel(VAE), np.random.default_rng(0)
    images = rng.random((2, *model.image_shape), "float32")
    noise = rng.standard_normal((2, 4), "float32")
    strengths = np.array([[1.0, 0.0], [0.0, -1.0]], "float32")
    folder = tmp_path / "models"
    edited = run_ensemble(folder, "faces_edit", {"images": images, "strengths": strengths})
    codes = model.encode(images)
    for row, change in enumerate(({"Smiling": 1.0}, {"Eyeglasses": -1.0})):
        expected = model.generate(model.moved(codes[row : row + 1], change))
        np.testing.assert_allclose(edited["edited"][row : row + 1], expected, atol=1e-5)
    found = run_ensemble(folder, "faces_reconstruct", {"images": images})["reconstructions"]
    np.testing.assert_allclose(found, model.generate(codes), atol=1e-5)
    assert run_ensemble(folder, "faces_sample", {"noise": noise})["images"].shape == images.shape


def test_what_cannot_be_laid_out_is_refused(tmp_path):
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
    (tmp_path / "letter.txt").touch()
    with pytest.raises(ValueError, match="missing or empty"):
        write_repository(VAE, tmp_path, "triton")


@pytest.mark.parametrize("server", list(REPOSITORIES))
def test_the_command_says_how_to_start_the_server(resgen, tmp_path, server):
    out = tmp_path / "models"
    code, text, error = resgen("repository", VAE, "--server", server, "--out", out)
    assert code == 0, error
    (command,) = [line for line in text.splitlines() if line.startswith("docker run")]
    subprocess.run(["true", *shlex.split(command)], check=True)  # one line that a shell reads
    assert f"{out}:/models" in shlex.split(command)
