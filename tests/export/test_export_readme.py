"""Every example of exports/README.md and of the model card runs with only what it installs."""

import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resgen.export import FORMATS, RUNTIMES
from keras_resgen.export.formats.table import formats_for
from keras_resgen.models import FAMILIES

README = Path(__file__).parents[2] / "exports/README.md"
BLOCK = re.compile(r"^```python ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(README.read_text(encoding="utf-8"))

# None in sys.modules makes an import fail as if the package were not installed.
MISSING = {
    "onnxruntime": ("tensorflow", "keras", "keras_resgen", "onnx", "tf2onnx"),
    "tensorflow": ("keras", "tf_keras", "keras_resgen", "onnx", "onnxruntime"),
}
# Checks of the variables after the card's example.
EDITS = """
assert reconstructions.shape == edited.shape == images.shape
assert strengths.sum() == 4
assert np.abs(edited - reconstructions).max() > 1e-3
"""


@pytest.fixture
def place(exported, tmp_path):
    """A folder with the export of a VAE in exports/faces, and photo.jpg."""
    export = exported("vae", "resnet")
    shutil.copytree(export.folder, tmp_path / "exports/faces")
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype="uint8")
    pixels = pixels.repeat(16, axis=0).repeat(16, axis=1)
    Image.fromarray(pixels).save(tmp_path / "photo.jpg", quality=95)
    return tmp_path


def run(code, folder, missing=(), python=sys.executable):
    blocked = f"import sys\nsys.modules.update(dict.fromkeys({missing!r}))\n"
    process = subprocess.run(
        [python, "-c", blocked + code], cwd=folder, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def check_pictures(model, folder):
    """Check that the blocks wrote images of the model."""
    for path in folder.glob("*.png"):
        width = 8 * 32 if path.name == "interpolation.png" else 32
        assert Image.open(path).size == (width, 32)
    pixels = np.asarray(Image.open(folder / "reconstruction.png")).astype(int)
    photo = Image.open(folder / "photo.jpg").crop((24, 0, 120, 96)).reduce(3)
    expected = 255 * model.reconstruct(np.asarray(photo, "float32")[None] / 255)[0]
    assert np.abs(pixels - expected).max() <= 1


def test_the_readme_has_the_formats_and_runtimes_of_the_tables():
    text = README.read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `[^|]*\| `(\w+)` \|", text, re.MULTILINE))
    assert set(FORMATS) <= described
    (table,) = re.findall(r"^\| Runtime \| Formats .*\n\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row.split("|")[1:3] for row in table.splitlines()]
    written = {name.strip(" `"): re.findall("`(\\w+)`", formats) for name, formats in rows}
    assert written == {name: formats_for(name) for name in RUNTIMES}


def test_the_readme_has_blocks_for_both_runtimes():
    assert [kind for kind, _ in BLOCKS] == ["onnxruntime"] * 6 + ["tensorflow"] * 3


@pytest.mark.parametrize("kind", MISSING)
def test_readme_blocks_run_without_the_other_packages(place, exported, kind):
    model = exported("vae", "resnet").model
    code = [code for name, code in BLOCKS if name == kind]
    # One process for the blocks of a kind, each in a namespace of its own.
    program = "\n".join(f"exec({block!r}, {{}})" for block in code)
    output = run(program, place, MISSING[kind])
    check_pictures(model, place)
    if kind == "onnxruntime":
        assert "VariationalAutoencoder [32, 32, 3]" in output
        latents = model.draw_latents(8, seed=0)
        pixels = np.stack([np.asarray(Image.open(place / f"sample_{i}.png")) for i in range(8)])
        assert np.abs(pixels - 255 * model.generate(latents)).max() <= 1
        drawn = np.stack(
            [np.asarray(Image.open(place / f"prior_sample_{i}.png")) for i in range(8)]
        )
        latents = exported("vae", "resnet").tools.prior.draw(8, seed=0)
        assert np.abs(drawn - 255 * model.generate(latents)).max() <= 1


def test_the_examples_of_the_model_card_run(place):
    blocks = BLOCK.findall((place / "exports/faces/README.md").read_text(encoding="utf-8"))
    assert len(blocks) == 2
    for (_, code), missing in zip(blocks, MISSING.values(), strict=True):
        run(code + "assert images.shape == (4, 32, 32, 3)", place / "exports/faces", missing)
    _, code = blocks[0]
    run(code + EDITS, place / "exports/faces", MISSING["onnxruntime"])


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """A Python with NumPy, onnxruntime and Pillow, but without TensorFlow and Keras."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    python = str(folder / "bin/python")
    packages = [f"{name}=={version(name)}" for name in ("numpy", "onnxruntime", "pillow")]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    for name in MISSING["onnxruntime"]:
        probe = [python, "-P", "-c", f"import {name}"]
        assert subprocess.run(probe, capture_output=True).returncode, f"{name} is there"
    return python


@pytest.mark.slow
def test_onnxruntime_blocks_run_where_nothing_else_is_installed(place, exported, bare_python):
    for kind, code in BLOCKS:
        if kind == "onnxruntime":
            run(code, place, python=bare_python)
    check_pictures(exported("vae", "resnet").model, place)


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_equals_keras_where_nothing_else_is_installed(exported, bare_python, family):
    program = """
import json
import numpy as np
import onnxruntime

reference = np.load("reference.npz")
for name, entry in json.load(open("manifest.json"))["endpoints"].items():
    if "onnx" not in entry["formats"]:
        continue
    inputs = {key: reference[f"inputs/{key}"] for key in entry["inputs"]}
    for key, rows in inputs.items():
        inputs[key] = rows.astype("float32") / 255 if rows.dtype == "uint8" else rows
    session = onnxruntime.InferenceSession(entry["formats"]["onnx"])
    for output, values in zip(entry["outputs"], session.run(list(entry["outputs"]), inputs)):
        goal = reference[f"outputs/{name}/{output}"]
        difference = np.abs(values.reshape(goal.shape) - goal).max()
        assert difference <= 1e-4 * max(1, np.abs(goal).max()), (name, output, difference)
        print(name)
"""
    export = exported(family, "resnet")
    endpoints = set(run(program, export.folder, python=bare_python).split())
    assert endpoints == {n for n, e in export.manifest.endpoints.items() if "onnx" in e["formats"]}
