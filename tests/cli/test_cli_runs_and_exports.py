import numpy as np
import pytest
from typer.testing import CliRunner

from keras_resgen import cli
from tests.cli.commands import TINY, metrics


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A VAE whose samples were measured, and its export."""
    folder = tmp_path_factory.mktemp("measured")
    options = ["--model", "vae", *TINY, "--data", "faces,count=220", "--held-out", "0.5"]
    for command in (
        ["train", *options, "--out", str(folder / "run")],
        ["export", str(folder / "run"), "--out", str(folder / "export")],
    ):
        result = CliRunner().invoke(cli.app, command)
        assert result.exit_code == 0, result.output
    return folder / "run", folder / "export"


def test_a_run_and_its_export_are_evaluated_alike(resgen, measured, monkeypatch):
    from keras_resgen.callbacks.metrics_log import read_metrics
    from keras_resgen.latent import FITTED_PRIORS
    from keras_resgen.runs.folder import RunFolder

    monkeypatch.delitem(FITTED_PRIORS, "flow")  # which takes seconds to fit
    run, export = measured
    code, text, _ = resgen("evaluate", run)
    assert code == 0
    of_run = metrics(text)
    (logged,) = read_metrics(RunFolder(run).metrics)
    for name in ("kl_loss", "frechet_faces", "active_units"):
        assert of_run[name] == pytest.approx(logged[f"val_{name}"], rel=1e-3)
    assert of_run["importance_weighted"] > of_run["evidence_lower_bound"]
    code, text, _ = resgen("evaluate", export)
    assert code == 0
    of_export = metrics(text)
    assert {"frechet_faces", "psnr", "ssim", "prior_mmd"} <= set(of_export) <= set(of_run)
    for name, value in of_export.items():
        assert value == pytest.approx(of_run[name], rel=1e-3, abs=1e-3), name


def test_pictures_from_a_run_and_its_export_are_the_same(resgen, measured, tmp_path):
    from PIL import Image

    def drawn(source, command, *options):
        out = tmp_path / "out.png"
        code, _, error = resgen(command, source, "--out", out, *options)
        assert code == 0, error
        return np.asarray(Image.open(out)).astype(int)

    Image.new("RGB", (40, 40), (200, 150, 100)).save(tmp_path / "me.png")
    photograph = ("--image", tmp_path / "me.png")
    for command, shape, *options in (
        ("sample", (274, 274, 3)),
        ("reconstruct", (70, 138, 3), "--count", 4, "--columns", 4),
        ("interpolate", (36, 104, 3), "--rows", 1, "--steps", 3),
        ("edit", (70, 172, 3), "--change", "Smiling=1,No_Beard=-1", "--count", 2, "--steps", 4),
        ("edit", (36, 70, 3), "--change", "Smiling", "--steps", 1, "--keep-details", *photograph),
        ("project", (70, 104, 3), "--count", 3, "--steps", 3),
        ("project", (70, 36, 3), "--steps", 3, *photograph),
    ):
        of_run, of_export = (drawn(source, command, *options) for source in measured)
        assert of_run.shape == shape, command
        assert np.abs(of_run - of_export).max() <= 1, command


def test_an_export_has_the_prior_and_the_directions_of_its_run(measured):
    from keras_resgen.export import Manifest

    manifest = Manifest.load(measured[1])
    assert manifest.latent["draw"] == {"distribution": "gaussian", "fitted": True}
    assert manifest.latent["directions"]["method"] == "means"
    assert "Smiling" in manifest.latent["directions"]["names"]
    assert {"prior.onnx", "directions.onnx", "posterior.onnx"} <= manifest.files.keys()


def test_an_export_of_a_run_whose_images_were_moved(resgen, measured, tmp_path):
    import json
    import shutil

    from keras_resgen.export import Manifest

    run, folder = shutil.copytree(measured[0], tmp_path / "run"), tmp_path / "export"
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "data": f"folder:{tmp_path}/gone"}))
    options = ("--out", folder, "--formats", "onnx", "--license", "CC-BY-4.0")
    code, _, error = resgen("export", run, *options)
    assert code == 2
    assert "say where they are with --data" in " ".join(error.split())
    code, _, error = resgen("export", run, *options, "--data", config["data"])
    assert code == 0, error
    manifest = Manifest.load(folder)
    assert manifest.latent == Manifest.load(measured[1]).latent
    assert (manifest.metadata["license"], manifest.metadata["data"]) == ("CC-BY-4.0", "folder:gone")
    assert "- license: CC-BY-4.0" in (folder / "README.md").read_text()


def test_a_keras_file_is_exported(resgen, tmp_path):
    from keras_resgen.export import load_export
    from keras_resgen.models import FAMILIES

    model = FAMILIES["vae"].create(image_size=32, latent_dim=4, width=2, network="plain")
    model.save(tmp_path / "vae.keras")
    options = ("--out", tmp_path / "export", "--formats", "onnx", "--license", "CC-BY-4.0")
    code, text, error = resgen("export", tmp_path / "vae.keras", *options)
    assert code == 0, error
    assert "Without --data nothing was fitted to images" in text
    assert "samples come from the prior gaussian" in text
    export = load_export(tmp_path / "export")
    assert export.manifest.metadata["family"] == "vae"
    assert export.manifest.metadata["license"] == "CC-BY-4.0"
    assert not {"draw", "directions"} & export.manifest.latent.keys()
    np.testing.assert_allclose(export.sample(2), model.sample(2), atol=1e-4)
    code, _, error = resgen(
        "export", tmp_path / "vae.keras", *options, "--overwrite", "--directions", "means"
    )
    assert code == 2
    assert "Give --data" in " ".join(error.split())
    code, text, error = resgen(
        "export", tmp_path / "vae.keras", *options, "--overwrite", "--data", "faces,count=100"
    )
    assert code == 0, error
    assert "nothing was fitted" not in text
    latent = load_export(tmp_path / "export").manifest.latent
    assert latent["draw"] == {"distribution": "gaussian", "fitted": True}
    assert "Smiling" in latent["directions"]["names"]


@pytest.mark.parametrize("name", ["gan", "wgan-gp", "ae", "aae"])
def test_keras_files_of_every_family_are_exported(name, tmp_path):
    from pathlib import Path

    from keras_resgen.export import load_export
    from keras_resgen.runs.exporting import export_run

    path = Path(__file__).parents[1] / f"frozen/models/{name}.keras"
    manifest = export_run(path, tmp_path / "e", formats=["onnx"])
    assert manifest.metadata["family"] == name
    assert load_export(tmp_path / "e").attributes == manifest.attribute_count


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_file_without_a_model_is_not_exported(resgen, tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    code, _, error = resgen("export", tmp_path / "model.keras", "--out", tmp_path / "e")
    assert code == 2
    assert "path must be a .keras file that model.save wrote" in " ".join(error.split())
    assert not (tmp_path / "e").exists()


def test_a_keras_file_of_another_model_is_not_exported(tmp_path):
    import keras

    from keras_resgen.runs.exporting import load_model_file

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="with a Sequential"):
        load_model_file(tmp_path / "other.keras")


def test_help_lists_the_formats_and_runtimes_of_the_tables(resgen):
    from keras_resgen.export import FORMATS, RUNTIMES

    _, text, _ = resgen("export", "--help")
    for name, row in FORMATS.items():
        assert f"{name}: {row.description}." in " ".join(text.split())
    _, text, _ = resgen("verify", "--help")
    assert ",".join(RUNTIMES) in "".join(text.split())  # lines break at hyphens


def test_verify_names_runtimes_that_are_missing(resgen, measured, monkeypatch):
    from keras_resgen.export.runtimes.runtime import Runtime
    from keras_resgen.export.runtimes.table import RUNTIMES

    for name in set(RUNTIMES) - {"onnxruntime", "tensorflow"}:
        missing = Runtime(RUNTIMES[name].reads, None, lambda n=name: f"pip install {n}")
        monkeypatch.setitem(RUNTIMES, name, missing)
    code, text, error = resgen("verify", measured[1])
    assert code == 0, error
    assert "not run: openvino (pip install openvino)" in text
    code, _, error = resgen("verify", measured[1], "--runtimes", "onnxruntime,opencv")
    assert (code, "opencv (pip install opencv)" in " ".join(error.split())) == (2, True)
    without = Runtime(RUNTIMES["tensorflow"].reads, None, lambda: "pip install tensorflow")
    monkeypatch.setitem(RUNTIMES, "tensorflow", without)
    code, text, error = resgen("verify", measured[1])
    assert code != 0
    assert "not compared: saved_model (needs tensorflow)" in text
    assert "Received: none for saved_model" in " ".join(error.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--formats", "onnx,coreml"), "some of saved_model, onnx, onnx_fp16"),
        (("--fitted", "uniform"), "fitted prior must be one of"),
        (("--directions", "svm"), "method must be one of"),
    ],
)
def test_impossible_exports_are_refused(resgen, measured, tmp_path, options, message):
    code, _, error = resgen("export", measured[0], "--out", tmp_path / "e", *options)
    assert code == 2
    assert message in " ".join(error.split())
    assert not (tmp_path / "e").exists()


def test_projected_vectors_are_written(resgen, measured, tmp_path):

    options = ("--out", tmp_path / "p.png", "--count", 2, "--steps", 2)
    code, _, error = resgen("project", measured[0], *options, "--latents", tmp_path / "p.npy")
    assert code == 0, error
    assert np.load(tmp_path / "p.npy").shape == (2, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--change", "Smile=1"), "among ['Bald'"),
        (("--change", "Smiling=much"), "Received: 'Smiling=much'"),
        (("--change", "Smiling", "--method", "svm"), "method must be one of"),
        (("--change", "Smiling,"), "Received: ''"),
    ],
)
def test_impossible_edits_are_refused(resgen, measured, tmp_path, options, message):
    code, _, error = resgen("edit", measured[0], "--out", tmp_path / "e.png", *options)
    assert code == 2
    assert message in " ".join(error.split())
    assert not (tmp_path / "e.png").exists()


def test_samples_are_drawn_from_what_codes_follow(resgen, measured, tmp_path):
    from PIL import Image

    drawn = {}
    for source in measured:
        out = tmp_path / "out.png"
        code, _, error = resgen("sample", source, "--out", out, "--fitted", "gaussian")
        assert code == 0, error
        drawn[source] = list(Image.open(out).getdata())
    of_run, of_export = drawn.values()
    assert np.abs(np.subtract(of_run, of_export)).max() <= 2
    for options, message in (
        (("--fitted", "uniform"), "fitted prior must be one of"),
        (("--data", "faces"), "--data is for --fitted"),
    ):
        code, _, error = resgen("sample", measured[0], *options, "--out", tmp_path / "no.png")
        assert (code, message in " ".join(error.split())) == (2, True)
