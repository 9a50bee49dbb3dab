"""`load_model` and `model.export`."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_resgen import networks
from keras_resgen.models import load_model
from tests.backends import only_on


def test_a_file_loads_whatever_has_been_imported(create, images, tmp_path):
    model = create("vae")
    model.save(tmp_path / "vae.keras")
    np.save(tmp_path / "images.npy", images)
    program = (
        "import sys, numpy as np; from keras_resgen.models.saving import load_model;"
        "model = load_model(sys.argv[1] + '/vae.keras');"
        "codes = model.encode(np.load(sys.argv[1] + '/images.npy'));"
        "np.save(sys.argv[1] + '/codes.npy', codes); print(type(model).__name__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True
    )
    assert run.stdout.endswith("VariationalAutoencoder\n"), run.stderr
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), model.encode(images), rtol=1e-5)


def test_a_network_loads_too(tmp_path):
    network = networks.encoder((32, 32, 3), 4, network="plain", width=2, normalization="spectral")
    network.save(tmp_path / "encoder.keras")
    assert load_model(tmp_path / "encoder.keras").output_shape == (None, 4)


def test_other_files_are_refused(create, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing.keras, which does not exist. Check"):
        load_model(tmp_path / "missing.keras")
    create("ae").save(tmp_path / "ae.keras")
    whole = (tmp_path / "ae.keras").read_bytes()
    (tmp_path / "half.keras").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "ae.txt").write_bytes(whole)
    for name in ("half.keras", "ae.txt"):
        with pytest.raises(ValueError, match=rf"must be a .keras file.*Received: .*{name}.*Give"):
            load_model(tmp_path / name)
    changed = bytearray(whole)
    middle = len(whole) // 2
    changed[middle : middle + 200] = bytes(200)
    (tmp_path / "changed.keras").write_bytes(bytes(changed))
    with pytest.raises(ValueError, match=r"undamaged .keras file. Received: .*changed.keras.*Save"):
        load_model(tmp_path / "changed.keras")


def test_a_class_that_is_not_imported_is_named_with_the_remedy(tmp_path):
    class Mine(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    images = keras.Input((4,))
    keras.Model(images, Mine()(images)).save(tmp_path / "mine.keras")
    with pytest.raises(TypeError, match=r"(?s)Mine.*import the module that defines it"):
        load_model(tmp_path / "mine.keras")


@only_on("tensorflow")
@pytest.mark.parametrize("family", ["ae", "gan"])
def test_export_after_fit_gives_the_models_images(family, create, images, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    model = create(family)
    model.compile()
    model.fit(images, batch_size=6, verbose=0)
    manifest = model.export(tmp_path / "x", format="onnx", metadata={"data": "noise"})
    assert manifest.metadata["data"] == "noise"
    path = tmp_path / "x" / f"{model.image_network}.onnx"
    session = onnxruntime.InferenceSession(path)
    latents = model.draw_latents(5)
    (made,) = session.run(None, {session.get_inputs()[0].name: latents})
    np.testing.assert_allclose(made, model.generate(latents), rtol=1e-4, atol=1e-5)
    assert not (tmp_path / "x" / "saved_model").exists()


@only_on("tensorflow")
def test_export_takes_kerass_names_and_several_formats(create, tmp_path):
    manifest = create("ae").export(tmp_path / "x", format=["tf_saved_model", "onnx"])
    assert set(manifest.endpoints["encode"]["formats"]) == {"saved_model", "onnx"}


@only_on("tensorflow")
def test_export_refuses_other_arguments_and_formats(create, tmp_path):
    with pytest.raises(ValueError, match=r"Received: verbose, opset_version. Leave"):
        create("ae").export(tmp_path / "x", verbose=True, opset_version=18)
    with pytest.raises(ValueError, match=r"Received: torch"):
        create("ae").export(tmp_path / "x", format="torch")
