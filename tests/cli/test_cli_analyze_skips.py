"""`resgen analyze gradient-flow`, `signal-propagation` and `block-removal`."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from keras_resgen.analysis import residual_blocks
from keras_resgen.networks import classifier


def test_gradients_of_several_networks_are_compared(resgen, tmp_path):
    code, text, error = resgen(
        *("analyze", "gradient-flow", "plain20", "resnet20", "--width", 2, "--batch", 4),
        *("--csv", tmp_path / "flow.csv", "--plot", tmp_path / "flow.png"),
    )
    assert code == 0, error
    assert "plain20" in text
    with (tmp_path / "flow.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["network"] for row in rows] == ["plain20"] * 20 + ["resnet20"] * 20
    assert all(float(row["gradient"]) > 0 for row in rows)
    assert Image.open(tmp_path / "flow.png").size[0] > 300


def test_gradients_of_what_gives_no_classes_are_refused(resgen):
    code, _, error = resgen("analyze", "gradient-flow", "decoder:plain", "--image-size", 32)
    assert (code, "which gives none" in " ".join(error.split())) == (2, True)


def test_signals_of_several_networks_are_compared(resgen, tmp_path):
    code, text, error = resgen(
        *("analyze", "signal-propagation", "resnet20v2", "decoder:plain", "--image-size", 32),
        *("--width", 2, "--batch", 4),
        *("--json", tmp_path / "signals.json", "--plot", tmp_path / "signals.png"),
    )
    assert code == 0, error
    assert "stage_3_block_3" in text
    rows = json.loads((tmp_path / "signals.json").read_text())
    resnet = [row for row in rows if row["network"] == "resnet20v2"]
    assert [row["depth"] for row in (resnet[0], resnet[-1])] == [0.0, 1.0]
    assert sum(row["branch_variance"] is not None for row in rows) == 9
    assert len(rows) > len(resnet) == 11  # the stem, nine blocks and the logits
    assert Image.open(tmp_path / "signals.png").size[0] > 300


@pytest.fixture
def classes(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(5):
            pixels = rng.integers(0, 256, (32, 32, 3), "uint8")
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{i}.png")
    return tmp_path / "data"


def test_blocks_of_a_saved_network_are_removed(resgen, classes, tmp_path):
    network = classifier("resnet20", widths=(2, 2, 2), classes=2)
    network.save(tmp_path / "trained.keras")
    code, text, error = resgen(
        *("analyze", "block-removal", tmp_path / "trained.keras", "--data", classes),
        *("--at-random", 2, "--repeats", 2, "--json", tmp_path / "removals.json"),
        *("--plot", tmp_path / "removals.png"),
    )
    assert code == 0, error
    assert "Share of 10 images wrong" in text
    assert "stage_2_block_3" in text
    rows = json.loads((tmp_path / "removals.json").read_text())
    assert len(rows) == 1 + len(residual_blocks(network)) + 4
    assert [len(row["blocks"]) for row in rows[-4:]] == [1, 1, 2, 2]
    assert (tmp_path / "removals.png").is_file()
    code, _, error = resgen("analyze", "block-removal", "vgg16", "--data", classes)
    assert (code, "which has none" in " ".join(error.split())) == (2, True)
