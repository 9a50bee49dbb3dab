"""Files written before the names of this package were settled still load, resume and verify.

`tests/frozen` was written by commit f8c4c64: a `.keras` file of each family, two run
folders without their pictures, and an export of a run. `tests/export/golden` has exports in every
format.
"""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_resgen.models  # noqa: F401 - registers the classes that the files name

FROZEN = Path(__file__).parent / "frozen"
EXPECTED = json.loads((FROZEN / "expected.json").read_text())
MODELS = sorted(path.stem for path in (FROZEN / "models").glob("*.keras"))
# What was measured under a name that has changed since.
RENAMED: dict[str, str] = {}
COMPARED = {
    "gan": ("kept_epoch", "discriminator_loss", "frechet_faces", "coverage_faces"),
    "vae": ("kept_epoch", "loss", "kl_loss", "frechet_faces", "psnr", "active_units"),
}


@pytest.fixture(params=["gan", "vae"])
def run(request, tmp_path):
    return shutil.copytree(FROZEN / "runs" / request.param, tmp_path / request.param)


def measured(values):
    return {RENAMED.get(name, name): value for name, value in values.items()}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_loads_and_generates_what_it_did(name):
    model = keras.saving.load_model(FROZEN / "models" / f"{name}.keras")
    arrays = np.load(FROZEN / "models" / "expected.npz")
    attributes = [1, 0] if model.attributes else None
    generated = model.generate(arrays["latents"], attributes)
    np.testing.assert_allclose(generated, arrays[name.replace("-", "_")], atol=1e-5)


def test_there_is_one_of_each_family():
    assert set(MODELS) == {"ae", "vae", "aae", "gan", "wgan-gp"}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_goes_on_training_with_its_optimizer(name, images):
    model = keras.saving.load_model(FROZEN / "models" / f"{name}.keras")
    counts = [int(optimizer.iterations) for optimizer in model.optimizer.optimizers]
    assert all(counts)
    images = images[..., :1]
    beside = {
        "aae": np.arange(12) % 2,
        "ae": np.tile([[0.0, 1.0], [1.0, 0.0]], (6, 1)).astype("float32"),
    }
    model.fit(images, beside.get(name), batch_size=4, verbose=0)
    assert all(
        int(optimizer.iterations) > before
        for optimizer, before in zip(model.optimizer.optimizers, counts, strict=True)
    )


def test_a_run_resumes(run, resgen):
    code, _, errors = resgen("train", "--resume", run, "--epochs", 3)
    assert code == 0, errors
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    expected = measured(EXPECTED[run.name]["third_epoch"])
    names = lines[2].keys() - {"seconds"}
    assert names >= expected.keys()
    for name in expected:
        # Other processors round otherwise, and features of a few images amplify it.
        assert lines[2][name] == pytest.approx(expected[name], rel=0.05, abs=0.03), name


def test_a_run_is_evaluated(run, resgen, tmp_path):
    code, _, errors = resgen("evaluate", run, "--out", tmp_path / "evaluation")
    assert code == 0, errors
    (file,) = (tmp_path / "evaluation").glob("*.json")
    sections = json.loads(file.read_text())["sections"]
    values = {
        name: value for section in sections for name, (value, _) in section["metrics"].items()
    }
    expected = measured(EXPECTED[run.name]["evaluate"])
    for name in measured(dict.fromkeys(COMPARED[run.name])):
        assert values[name] == pytest.approx(expected[name], rel=1e-3), name


def test_a_run_is_exported(run, resgen, tmp_path):
    code, _, errors = resgen("export", run, "--out", tmp_path / "export", "--formats", "onnx")
    assert code == 0, errors
    code, output, errors = resgen("verify", tmp_path / "export")
    assert code == 0, output + errors


def test_an_export_of_a_run_is_verified_and_sampled(resgen, tmp_path):
    code, output, errors = resgen("verify", FROZEN / "exports/vae")
    assert code == 0, output + errors
    attributes = ("--attributes", "Smiling=1,Eyeglasses=0")
    picture = tmp_path / "samples.png"
    code, _, errors = resgen("sample", FROZEN / "exports/vae", *attributes, "--out", picture)
    assert code == 0, errors
    assert picture.is_file()
