"""`scripts/degradation.py` trains what is missing, and says what errors were."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts"))
    return import_module


@pytest.fixture
def classes(tmp_path):
    """Dark cats and bright dogs, which any network learns to tell apart."""
    rng = np.random.default_rng(0)
    for name, level in (("cats", 40), ("dogs", 200)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(48):
            pixels = np.clip(rng.normal(level, 10, (32, 32, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{i}.png")
    return str(tmp_path / "data")


def test_a_folder_is_divided_the_same_way_always(script, classes):
    module = script("classifying")
    (images, labels), (held_out, others) = module.load_images(classes)
    assert (len(images), len(held_out)) == (80, 16)
    assert set(labels) == set(others) == {0, 1}
    np.testing.assert_array_equal(module.load_images(classes)[1][0], held_out)


def test_the_learning_rate_rises_and_falls(script):
    module = script("classifying")
    schedule = module._Schedule(module.Recipe(epochs=20, learning_rate=0.1), steps=10)
    rates = [float(schedule(step)) for step in (0, 10, 99, 100, 149, 150)]
    np.testing.assert_allclose(rates, [0.01, 0.1, 0.1, 0.01, 0.01, 0.001], rtol=1e-5)


def test_what_was_trained_is_not_trained_again(script, classes, tmp_path, monkeypatch):
    module = script("degradation")
    options = {"data": classes, "out": tmp_path / "out", "networks": "resnet20", "width": 2}
    options |= {"epochs": 2, "learning_rate": 0.1, "batch": 16}
    module.main(**options, seeds=1)
    (result,) = script("trainings").read_results(tmp_path / "out")
    assert (result["network"], result["seed"], result["width"]) == ("resnet20", 0, 2)
    assert len(result["train_error"]) == len(result["test_error"]) == len(result["seconds"]) == 2
    assert (tmp_path / "out/resnet20-seed0.keras").is_file()
    assert (tmp_path / "out/degradation.png").is_file()
    trained = []
    trainings = script("trainings")
    monkeypatch.setattr(trainings, "train", lambda *given: trained.append(given[3].seed) or result)
    module.main(**options, seeds=2)
    assert trained == [1]
    lines = (tmp_path / "out" / trainings.RESULTS).read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["seed"] == 0


def test_too_few_images_are_refused(script, classes, tmp_path):
    module = script("degradation")
    options = {"data": classes, "networks": "resnet20", "width": 2, "epochs": 1, "seeds": 1}
    with pytest.raises(ValueError, match="At least 128 training images"):
        module.main(**options, out=tmp_path / "out", learning_rate=0.1, batch=128)
