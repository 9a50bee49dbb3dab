"""The files of the page, without a browser."""

import json
import shutil
import subprocess
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from keras_resgen import cli
from keras_resgen.data.decoding import area_resize
from keras_resgen.explorer import onnxruntime_web
from keras_resgen.explorer.page import STATIC, write_explorer
from keras_resgen.explorer.server import serve_folder
from keras_resgen.export import ExportError, export_model
from keras_resgen.models import FAMILIES

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Fake files of onnxruntime-web."""
    folder = tmp_path_factory.mktemp("runtime")
    paths = [folder / name for name in onnxruntime_web.FILES]
    for path in paths:
        path.write_bytes(b"runtime")
    return paths


@pytest.fixture(scope="module")
def page(export_for_page, files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "page"
    write_explorer(export_for_page("vae"), folder, files, title="Faces")
    return folder


def run_node(code, *arguments):
    command = [NODE, "--input-type=module", "-e", code, *map(str, arguments)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_the_page_has_all_files_that_it_loads(page):
    description = json.loads((page / "explorer.json").read_text())
    assert description["networks"] == {
        "decoder": "decoder.fp16.onnx",
        "encoder": "encoder.fp16.onnx",
        "prior": "prior.fp16.onnx",
        "directions": "directions.fp16.onnx",
    }
    assert all((page / name).is_file() for name in description["networks"].values())
    assert {path.name for path in (page / "vendor").iterdir()} == set(onnxruntime_web.FILES)
    assert (description["imageSize"], description["channels"]) == (32, 3)
    assert (description["latentDim"], description["noiseDim"]) == (8, 8)
    assert description["title"] == "Faces"


def test_sliders_have_readable_labels_and_negated_attributes_are_reversed(page):
    assert json.loads((page / "explorer.json").read_text())["directions"] == [
        {"label": "Smiling", "negated": False, "kind": "attribute"},
        {"label": "Beard", "negated": True, "kind": "attribute"},
    ]


def test_a_page_is_replaced_and_other_folders_are_refused(page, export_for_page, files, tmp_path):
    (page / "stale.onnx").touch()
    write_explorer(export_for_page("vae"), page, files, title="Faces")
    assert not (page / "stale.onnx").exists()
    (tmp_path / "letter.txt").touch()
    with pytest.raises(ValueError, match="missing, empty, or hold a page of an export"):
        write_explorer(export_for_page("vae"), tmp_path, files)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_changed_export_is_refused(export_for_page, files, tmp_path):
    export = shutil.copytree(export_for_page("vae"), tmp_path / "export")
    decoder = export / "decoder.fp16.onnx"
    decoder.write_bytes(decoder.read_bytes()[:-1] + b"\0")
    with pytest.raises(ExportError, match=r"decoder\.fp16\.onnx was changed"):
        write_explorer(export, tmp_path / "page", files)
    assert not (tmp_path / "page").exists()


def test_a_conditional_model_has_a_slider_for_each_attribute(export_for_page, files, tmp_path):
    write_explorer(export_for_page("conditional gan"), tmp_path / "page", files)
    description = json.loads((tmp_path / "page" / "explorer.json").read_text())
    assert description["attributes"] == [
        {"label": "Eyeglasses", "negated": False},
        {"label": "Beard", "negated": True},
    ]
    assert description["directions"] == []


def test_attributes_without_names_are_numbered(files, tmp_path):
    model = FAMILIES["gan"].create(
        image_size=32, latent_dim=4, width=2, network="plain", attributes=2
    )
    export_model(model, tmp_path / "export", formats=("onnx",))
    write_explorer(tmp_path / "export", tmp_path / "page", files)
    sliders = json.loads((tmp_path / "page" / "explorer.json").read_text())["attributes"]
    assert [slider["label"] for slider in sliders] == ["Attribute 1", "Attribute 2"]


def test_cached_files_are_checked_and_not_downloaded(tmp_path, monkeypatch):
    folder = tmp_path / f"onnxruntime-web-{onnxruntime_web.VERSION}"
    folder.mkdir()
    content = {name: name.encode() for name in onnxruntime_web.FILES}
    digests = {name: onnxruntime_web._digest(part) for name, part in content.items()}
    monkeypatch.setattr(onnxruntime_web, "FILES", digests)
    monkeypatch.setattr(onnxruntime_web.shutil, "which", lambda name: None)
    for name, part in content.items():
        (folder / name).write_bytes(part)
    assert [path.name for path in onnxruntime_web.browser_runtime(tmp_path)] == list(content)
    next(folder.iterdir()).write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"Received: no npm on the PATH"):
        onnxruntime_web.browser_runtime(tmp_path)


def test_files_are_served_to_this_machine_with_their_types(page):
    with serve_folder(page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert server.server_address[0] == "127.0.0.1"
        for path, kind in (
            ("", "text/html"),
            ("app.js", "text/javascript"),
            ("vendor/ort.wasm.bundle.min.mjs", "text/javascript"),
            ("vendor/ort-wasm-simd-threaded.wasm", "application/wasm"),
            ("decoder.fp16.onnx", "application/octet-stream"),
        ):
            address = f"http://127.0.0.1:{server.server_port}/{path}"
            with urllib.request.urlopen(address) as response:
                assert response.headers["Content-Type"].split(";")[0] == kind
        server.shutdown()


def test_the_command_writes_a_page_and_prints_its_path(
    export_for_page, files, tmp_path, monkeypatch
):
    monkeypatch.setattr(onnxruntime_web, "browser_runtime", lambda cache: files)
    out = tmp_path / "page"
    export = str(export_for_page("vae"))
    result = CliRunner().invoke(cli.app, ["explore", export, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert f"Page: {out / 'index.html'}" in result.output
    assert json.loads((out / "explorer.json").read_text())["title"] == "vae"


@needs_node
@pytest.mark.parametrize(("side", "channels"), [(90, 3), (64, 1), (32, 3)])
def test_photographs_are_resized_by_area_as_in_training(side, channels, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 4), dtype="uint8")
    pixels[..., 3] = 255
    (tmp_path / "pixels").write_bytes(pixels.tobytes())
    found = run_node(
        "import { readFileSync } from 'node:fs';"
        "const [module, file, side, channels] = process.argv.slice(1);"
        "const { resized } = await import(module);"
        "const found = resized(readFileSync(file), Number(side), 32, Number(channels));"
        "console.log(JSON.stringify([...found]));",
        *((STATIC / "pictures.js").as_uri(), tmp_path / "pixels", side, channels),
    )
    image = Image.fromarray(pixels[..., :3]).convert("RGB" if channels == 3 else "L")
    expected = area_resize(np.asarray(image).reshape(side, side, channels), 32)
    levels = 255 * np.reshape(found, expected.shape)
    # The page rounds gray once, Pillow twice.
    np.testing.assert_allclose(levels, expected, atol=1e-6 if channels == 3 else 1.01)


@needs_node
def test_noise_is_standard_normal_and_the_same_for_a_seed():
    code = (
        "const { normal } = await import(process.argv[1]);"
        "console.log(JSON.stringify([7, 7, 8].map((seed) => [...normal(20000, seed)])));"
    )
    first, again, other = map(np.array, run_node(code, (STATIC / "noise.js").as_uri()))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.5
    assert abs(first.mean()) < 0.03
    assert abs(first.std() - 1.0) < 0.03
    assert abs((first**4).mean() - 3.0) < 0.3


def test_the_page_contains_no_other_address():
    for path in Path(STATIC).iterdir():
        text = path.read_text(encoding="utf-8")
        assert "http:" not in text
        assert "https:" not in text
