"""The export in the repository is small, complete, and generates faces."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_resgen.data import load_images
from keras_resgen.export import verify_export
from keras_resgen.export.exported_model import ExportedModel
from keras_resgen.metrics.predictions import predict_attributes

FOLDER = Path(__file__).parents[2] / "exports/faces64"


@pytest.fixture(scope="module")
def model():
    return ExportedModel(FOLDER)


@pytest.fixture(scope="module")
def faces():
    """Faces of another seed than the training images."""
    return load_images("faces,count=64,seed=5", image_size=64).floats(slice(64))


def test_it_is_complete_and_small():
    assert verify_export(FOLDER, runtimes=["onnxruntime"]).ok
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3e6


def test_it_reconstructs_faces(model, faces):
    error = np.mean((model.reconstruct(faces) - faces) ** 2, axis=(1, 2, 3))
    assert np.mean(-10 * np.log10(error)) > 27  # the mean face has 14


@pytest.mark.parametrize(
    ("name", "strength", "least"),
    [("Eyeglasses", 1, 0.6), ("No_Beard", -1, 0.4), ("Wearing_Hat", 1, 0.6), ("Smiling", 2, 0.1)],
)
def test_a_direction_changes_its_attribute(model, faces, name, strength, least):
    codes = model.encode(faces)
    before = predict_attributes(model.generate(codes))
    after = predict_attributes(model.generate(model.move(codes, {name: strength})))
    sign = np.sign(strength)
    without = np.flatnonzero(before[name] != (sign > 0))
    changed = (after[name][without] == (sign > 0)).mean()
    assert changed >= least


def test_its_samples_are_faces(model):
    from keras_resgen.export.runtimes.python_runtimes import load_onnxruntime

    size = model.manifest.endpoints["draw"]["inputs"]["noise"]["shape"][1]
    noise = np.random.default_rng(0).standard_normal((64, size), "float32")
    draw = load_onnxruntime(FOLDER / "prior.fp16.onnx")
    images = model.generate(draw({"noise": noise})["latents"])
    assert images.std(axis=0).mean() > 0.1  # samples differ from each other


def test_the_example_of_its_model_card_runs(tmp_path):
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    code += "\nassert edited.shape == (4, 64, 64, 3) and 0.02 < abs(edited - images).max() <= 1"
    blocked = "import sys; sys.modules.update(dict.fromkeys(('keras', 'tensorflow', 'onnx')))\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + code], cwd=FOLDER, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
