"""The page in a real browser, compared with ONNX Runtime in Python.

Needs Chromium and npm (which gets playwright-core and onnxruntime-web); skipped without them.
"""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.decoding import area_resize
from keras_resgen.explorer.onnxruntime_web import browser_runtime
from keras_resgen.explorer.page import write_explorer
from keras_resgen.explorer.server import serve_folder
from keras_resgen.export import load_export

PLAYWRIGHT = "playwright-core@1.65.1"
SCRIPT = Path(__file__).parent / "browser.mjs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

START = [0.0, 1.0]  # no eyeglasses, no beard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or shutil.which("npm") is None, reason="needs chromium and npm"
    ),
]


@pytest.fixture(scope="module")
def playwright(tmp_path_factory):
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--ignore-scripts", "--silent", "--prefix", folder, PLAYWRIGHT]
    subprocess.run(command, check=True)
    return folder / "node_modules" / "playwright-core" / "index.mjs"


@pytest.fixture(scope="module", params=["vae", "gan", "conditional gan"])
def visited(request, export_for_page, playwright, tmp_path_factory):
    """What the browser saw of a page, the loaded export, and the folder of screenshots."""
    export = export_for_page(request.param)
    folder = tmp_path_factory.mktemp("page")
    page, pictures = folder / "page", folder / "pictures"
    pictures.mkdir()
    runtime = browser_runtime(tmp_path_factory.mktemp("runtime"))
    write_explorer(export, page, runtime, title="Faces")
    photograph = np.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype="uint8")
    Image.fromarray(photograph).save(folder / "photograph.png")
    with serve_folder(page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        files = (playwright, CHROMIUM, address, folder / "photograph.png", pictures)
        process = subprocess.run(
            ["node", SCRIPT, *map(str, files)],
            env={**os.environ, "HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), load_export(export), folder


def test_nothing_fails_and_nothing_leaves_the_page(visited):
    seen, _, _ = visited
    assert seen["errors"] == []
    assert seen["foreign"] == []


def test_images_equal_those_of_python(visited):
    seen, model, _ = visited
    latents = np.reshape(seen["latents"], (2, model.latent_dim)).astype("float32")
    images = np.reshape(seen["images"], (2, *model.image_shape))
    attributes = START if model.attributes else None
    np.testing.assert_allclose(images, model.generate(latents, attributes), atol=1e-3)
    shown = np.reshape(seen["face"], (*model.image_shape[:2], 4))[..., :3]
    assert np.abs(shown - 255 * images[0]).max() <= 1


def test_a_slider_changes_the_face_and_reset_restores_it(visited):
    seen, model, _ = visited
    if model.attributes:
        assert "moved" not in seen
        return
    assert "Smiling" in seen["labels"]
    assert np.abs(np.subtract(seen["moved"], seen["face"])).max() > 0
    assert seen["reset"] == seen["face"]
    moved = np.reshape(seen["movedLatents"], (1, -1)).astype("float32")
    shown = np.reshape(seen["moved"], (*model.image_shape[:2], 4))[..., :3]
    assert np.abs(shown - 255 * model.generate(moved)[0]).max() <= 1


def test_attributes_change_the_face_and_the_samples(visited):
    seen, model, _ = visited
    if not model.attributes:
        assert "attributes" not in seen
        return
    assert seen["labels"] == ["Eyeglasses", "Beard"]
    assert seen["attributes"] == [1.0, 0.5]
    latents = np.reshape(seen["latents"], (2, -1)).astype("float32")[:1]
    shown = np.reshape(seen["conditioned"], (*model.image_shape[:2], 4))[..., :3]
    assert np.abs(shown - 255 * model.generate(latents, seen["attributes"])[0]).max() <= 1
    assert seen["samplesChanged"]
    assert seen["conditioned"] != seen["face"] == seen["reset"]


def test_an_interpolation_starts_at_the_first_face(visited):
    start, between = visited[0]["interpolation"]
    assert start == between


def test_a_photograph_is_prepared_as_in_training_and_reconstructed(visited):
    seen, model, folder = visited
    if not model.has_encoder:
        assert "original" not in seen
        return
    size = model.image_shape[0]
    photograph = Image.open(folder / "photograph.png").crop((20, 0, 110, 90))
    expected = area_resize(np.asarray(photograph), size).astype("float32")
    original = np.reshape(seen["original"], (size, size, 4))[..., :3]
    assert np.abs(original - expected).max() <= 1
    reconstruction = np.reshape(seen["reconstruction"], (size, size, 4))[..., :3]
    found = 255 * model.reconstruct(expected[None] / 255)[0]
    assert np.abs(reconstruction - found).max() <= 2


def test_it_fits_a_phone_has_a_dark_mode_and_names_its_controls(visited):
    seen, _, folder = visited
    assert seen["overflow"] == 0
    assert seen["unnamed"] == 0
    assert seen["background"] == "rgb(23, 24, 27)"
    assert {p.name for p in (folder / "pictures").iterdir()} == {
        "desktop.png",
        "download.png",
        "phone.png",
    }


def test_the_downloaded_file_is_the_face(visited):
    seen, model, folder = visited
    downloaded = Image.open(folder / "pictures" / "download.png").convert("RGB")
    key = "reconstruction" if model.has_encoder else "reset"
    shown = np.reshape(seen[key], (*model.image_shape[:2], 4))[..., :3]
    np.testing.assert_array_equal(np.asarray(downloaded), shown)
