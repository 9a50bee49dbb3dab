import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from keras_resgen import cli
from keras_resgen.runs.config import RunConfig

TINY = [
    *("--data", "faces,count=60", "--image-size", "32", "--width", "2", "--latent-dim", "4"),
    *("--network", "plain", "--batch-size", "9", "--epochs", "1"),
]


@pytest.fixture
def resgen(monkeypatch, capsys):
    """Runs the command as a shell would: `(exit code, standard output, standard error)`."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["resgen", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A trained VAE."""
    out = tmp_path_factory.mktemp("runs") / "vae"
    result = CliRunner().invoke(cli.app, ["train", "--model", "vae", *TINY, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from keras_resgen import cli; "
        "print([m for m in ('keras', 'tensorflow', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout.strip() == "[]"


def test_python_dash_m_is_the_same_command():
    result = subprocess.run(
        [sys.executable, "-m", "keras_resgen", "--help"], capture_output=True, text=True
    )
    assert result.returncode == 0
    for command in ("train", "evaluate", "sample", "reconstruct", "interpolate", "export", "data"):
        assert command in result.stdout


def test_train_has_an_option_for_every_field(resgen):
    _, out, _ = resgen("train", "--help")
    for name in RunConfig().to_dict():
        assert f"--{name.replace('_', '-')}" in out


def test_dry_run_prints_and_writes_nothing(resgen, tmp_path):
    code, out, _ = resgen("train", "--dry-run", *TINY, "--out", tmp_path / "run")
    assert code == 0
    assert "conv_1" in out
    assert "GiB" in out
    assert not (tmp_path / "run").exists()


def option(out, name):
    """Its value as a dry run prints it."""
    (value,) = [line.split()[1:] for line in out.splitlines() if line.split()[:1] == [name]]
    return " ".join(value)


def test_dry_run_prints_the_defaults_of_the_family(resgen):
    _, out, _ = resgen("train", "--dry-run", *TINY, "--model", "wgan-gp")
    assert option(out, "n_critic") == "5"
    assert (option(out, "monitor"), option(out, "patience")) == ("val_frechet_faces", "8")
    assert "beta" not in out
    _, out, _ = resgen("train", "--dry-run", *TINY, "--model", "ae")
    assert (option(out, "monitor"), option(out, "patience")) == ("val_loss", "2")
    assert option(out, "learning_rate") == "reconstruction 0.001"


def test_dry_run_refuses_what_training_would(resgen, tmp_path):
    code, _, error = resgen("train", "--dry-run", "--data", "folder")
    assert code == 2
    assert "Received: folder" in error or "Received: 'folder'" in error


def test_options_given_win_over_the_file(resgen, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('model = "ae"\nwidth = 7\nimage-size = 32\n')
    code, out, _ = resgen("train", "--dry-run", "--config", file, "--width", "3")
    assert code == 0
    assert option(out, "model") == "ae"
    assert option(out, "width") == "3"


def test_every_command_takes_its_options_from_a_file(resgen, tmp_path):
    file = tmp_path / "data.json"
    sheet = tmp_path / "sheet.png"
    file.write_text(
        f'{{"source": "faces,count=60", "image-size": 32, "count": 4, "out": "{sheet}", '
        '"strict": true, "limit": null}'
    )
    code, out, error = resgen("data", "--config", file)
    assert code == 0, error
    assert "60 images of 32 px" in out
    assert sheet.is_file()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("unknown = 1\nepohcs = 2", r"Received: \['epohcs', 'unknown'\]"),
        ("epochs = 1.5", "epochs must be of type int.*Received: 1.5"),
        ("width = true", "width must be of type int.*Received: True"),
        ('width = "wide"', "width must be of type int.*Received: 'wide'"),
        ("width = [1, 2]", r"width must be of type int.*Received: \[1, 2\]"),
        ('strict = "no"', "strict must be of type bool.*Received: 'no'"),
        ("out = 3", "out must be of type str.*Received: 3"),
        ("image-size = 32\nimage_size = 64", "given once"),
        ("width", "well|TOML|readable"),
    ],
)
def test_bad_files_of_options_are_refused(resgen, tmp_path, content, message):
    import re

    file = tmp_path / "run.toml"
    file.write_text(content)
    code, _, error = resgen("train", "--dry-run", "--config", file)
    assert code == 2
    assert re.search(message, error), error


def test_pictures_from_a_run(resgen, run_folder, tmp_path):
    from PIL import Image

    for command, size in (("sample", (274, 274)), ("interpolate", (274, 104))):
        out = tmp_path / f"{command}.png"
        code, text, error = resgen(command, run_folder, "--out", out)
        assert code == 0, error
        assert str(out) in text
        assert Image.open(out).size == size
    out = tmp_path / "reconstructions.png"
    resgen("reconstruct", run_folder, "--out", out, "--count", 4, "--columns", 4)
    assert Image.open(out).size == (138, 70)


def test_interpolation_between_two_photographs(resgen, run_folder, tmp_path):
    from PIL import Image

    for i, colour in enumerate(("red", "blue")):
        Image.new("RGB", (50, 40), colour).save(tmp_path / f"{i}.png")
    code, _, error = resgen(
        *("interpolate", run_folder, "--start", tmp_path / "0.png", "--end", tmp_path / "1.png"),
        *("--steps", 3, "--out", tmp_path / "walk.png"),
    )
    assert code == 0, error
    assert Image.open(tmp_path / "walk.png").size == (104, 36)
    photographs = ("--start", tmp_path / "0.png", "--end", tmp_path / "1.png")
    for arguments, message in (
        ((*photographs, "--rows", 2), "Two photographs are one row"),
        (("--seed", 3), "--seed is for models without an encoder"),
    ):
        code, _, error = resgen("interpolate", run_folder, *arguments)
        assert code == 2
        assert message in error


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    """A VAE whose decoder is told two attributes."""
    out = tmp_path_factory.mktemp("runs") / "conditional"
    options = ["--model", "vae", *TINY, "--attributes", "Smiling,Eyeglasses", "--out", str(out)]
    result = CliRunner().invoke(cli.app, ["train", *options])
    assert result.exit_code == 0, result.output
    return out


def test_a_conditional_run_draws_what_it_is_told(resgen, conditional_run, tmp_path):
    from PIL import Image

    from keras_resgen.data.pictures import contact_sheet
    from keras_resgen.runs.building import load_model
    from keras_resgen.runs.data import attributes_of, load_split
    from keras_resgen.runs.folder import RunFolder

    run = RunFolder(conditional_run)
    model = load_model(run)
    _, held_out = load_split(run.read_config())
    rows = attributes_of(held_out, run.read_config())
    assert run.read_summary()["held_out_attributes"].split() == [f"{a:.0f}{b:.0f}" for a, b in rows]

    def drawn(command, *options):
        out = tmp_path / "out.png"
        code, _, error = resgen(command, conditional_run, "--out", out, *options)
        assert code == 0, error
        return np.asarray(Image.open(out)).astype(int)

    def sheet(images, columns):
        return contact_sheet(images, columns, padding=2).astype(int)

    eight = ("--count", 8, "--columns", 4)
    rows_in_turn = rows[np.arange(8) % len(rows)]
    as_held_out = sheet(model.sample(8, attributes=rows_in_turn), 4)
    assert np.abs(drawn("sample", *eight) - as_held_out).max() <= 1
    rows_in_turn[:, 0] = 1
    smiling = sheet(model.sample(8, attributes=rows_in_turn), 4)
    assert np.abs(drawn("sample", *eight, "--attributes", "Smiling=1") - smiling).max() <= 1
    assert np.abs(smiling - as_held_out).max() > 1

    originals = np.asarray(held_out.images[:4], "float32") / 255
    four = ("--count", 4, "--columns", 4)
    for options, told in (
        ((), rows[:4]),
        (("--attributes", "Eyeglasses=1"), np.stack([rows[:4, 0], np.ones(4)], axis=1)),
        (("--data", "faces,count=60,seed=3", "--attributes", "Smiling=0,Eyeglasses=1"), None),
    ):
        made = drawn("reconstruct", *four, *options)[-34:]
        if told is not None:
            expected = sheet(model.reconstruct(originals, told), 4)[-34:]
            assert np.abs(made - expected).max() <= 1
    assert drawn("interpolate", "--rows", 2, "--steps", 4).shape == (70, 138, 3)


def test_what_is_told_of_photographs_has_to_be_said(resgen, conditional_run, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 40), (200, 150, 100)).save(tmp_path / "me.png")
    faces = ("--start", tmp_path / "me.png", "--end", tmp_path / "me.png")
    out = ("--out", tmp_path / "walk.png")
    code, _, error = resgen("interpolate", conditional_run, *faces, *out)
    assert code == 2
    assert "Smiling, Eyeglasses is not known" in " ".join(error.split())
    told = ("--attributes", "Smiling=1,Eyeglasses=0")
    assert resgen("interpolate", conditional_run, *faces, *out, *told)[0] == 0
    code, _, error = resgen("sample", conditional_run, *out, "--attributes", "Smile=1")
    assert code == 2
    assert "Received: Smile." in " ".join(error.split())


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


def figures(text):
    """The values in printed tables by name."""
    lines = (line.split() for line in text.splitlines() if line.startswith(" "))
    return {line[0]: float(line[1]) for line in lines if line[0] != "figure"}


def test_a_run_and_its_export_are_evaluated_alike(resgen, measured):
    from keras_resgen.callbacks.metrics_log import read_metrics
    from keras_resgen.runs.folder import RunFolder

    run, export = measured
    code, text, _ = resgen("evaluate", run)
    assert code == 0
    of_run = figures(text)
    (logged,) = read_metrics(RunFolder(run).metrics)
    for name in ("kl_loss", "frechet_faces", "active_units"):
        assert of_run[name] == pytest.approx(logged[f"val_{name}"], rel=1e-3)
    assert of_run["importance_weighted"] > of_run["evidence_lower_bound"]
    code, text, _ = resgen("evaluate", export)
    assert code == 0
    of_export = figures(text)
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


def test_a_gan_edits_faces_that_it_draws(resgen, tmp_path):
    from PIL import Image

    run, out = tmp_path / "gan", tmp_path / "edited.png"
    assert resgen("train", "--model", "gan", *TINY, "--out", run)[0] == 0
    code, _, error = resgen("edit", run, "--change", "No_Beard=-1", "--count", 3, "--out", out)
    if code:  # too little was learnt for its faces to differ in beards
        assert "among" in " ".join(error.split())
    else:
        assert Image.open(out).size == (6 * 34 + 2, 3 * 34 + 2)
    code, _, error = resgen("edit", run, "--change", "Smiling", "--data", "faces", "--out", out)
    assert (code, "--data need a model with an encoder" in error) == (2, True)
    code, _, error = resgen("edit", run, "--change", "Bald=1", "--out", out)
    assert (code, "Received: Bald" in error) == (2, True)
    code, _, error = resgen("sample", run, "--fitted", "flow", "--out", out)
    assert (code, "draw from what its codes follow" in error) == (2, True)


def test_data_shows_attributes_and_a_contact_sheet(resgen, tmp_path):
    code, out, _ = resgen(
        *("data", "faces,count=60", "--image-size", 32, "--count", 6, "--columns", 3),
        *("--out", tmp_path / "sheet.png"),
    )
    assert code == 0
    assert "Smiling" in out
    assert "yaw" in out
    assert (tmp_path / "sheet.png").is_file()


def test_export_and_verify(resgen, run_folder, tmp_path):
    out = tmp_path / "deep" / "export"
    code, text, error = resgen("export", run_folder, "--out", out)
    assert code == 0, error
    assert (out / "decoder.onnx").is_file()
    code, text, _ = resgen("verify", out)
    assert code == 0
    assert "onnxruntime" in text
    assert "TOO LARGE" not in text
    assert "reconstruct_uint8  tensorflow   7" in text  # no line is broken
    code, _, error = resgen("export", run_folder, "--out", out)
    assert code == 2
    assert "overwrite" in error
    with (out / "decoder.onnx").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    code, _, error = resgen("verify", out)
    assert code == 2
    assert "decoder.onnx" in error


def test_a_backend_that_keras_lacks_is_refused_in_one_message(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "keras_resgen", "train", *TINY, "--out", tmp_path / "run"],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "nonsense"},
    )
    assert result.returncode == 2
    assert "must be tensorflow, jax or torch" in result.stderr
    assert "Received: nonsense" in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_run_trained_on_another_backend_is_used_on_every(backend, tmp_path):
    run = tmp_path / "run"
    trained = ("train", *TINY, "--model", "vae", "--out", run)
    for used_on, *arguments in (
        (backend, *trained),
        (backend, "train", "--resume", run, "--epochs", "2"),
        ("tensorflow", "train", "--resume", run, "--epochs", "3"),
        (backend, "export", run, "--out", tmp_path / "export"),
        ("tensorflow", "evaluate", run),
        ("tensorflow", "verify", tmp_path / "export"),
    ):
        result = subprocess.run(
            [sys.executable, "-m", "keras_resgen", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "KERAS_BACKEND": used_on},
        )
        if used_on != backend and "--resume" in arguments:
            assert result.returncode == 2
            assert f"Received: tensorflow for a run of {backend}." in result.stderr
        else:
            assert result.returncode == 0, result.stderr


def test_resume_refuses_another_configuration(resgen, run_folder):
    code, _, error = resgen("train", "--resume", run_folder, "--width", 3, "--data", "faces")
    assert code == 2
    lines = error.splitlines()
    assert "  width: 2 in the run, 3 given" in lines
    assert "  data: 'faces,count=60' in the run, 'faces' given" in lines


def test_resume_compares_what_a_file_says_even_where_that_is_the_default(
    resgen, run_folder, tmp_path
):
    file = tmp_path / "run.toml"
    file.write_text("image-size = 32\nwidth = 32\nepochs = 20\n")
    code, _, error = resgen("train", "--resume", run_folder, "--config", file)
    assert code == 2
    assert "Received:\n  width: 2 in the run, 32 given\nLeave these options out" in error


def test_resume_does_nothing_else_than_asked(resgen, run_folder):
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")}
    code, out, _ = resgen("train", "--resume", run_folder, "--epochs", 7, "--dry-run")
    assert code == 0
    assert option(out, "epochs") == "7"
    code, _, error = resgen("train", "--resume", run_folder, "--overwrite")
    assert code == 2
    assert "--resume and --overwrite" in error
    assert {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")} == before


def test_signals_save_say_how_to_go_on_and_set_the_exit_code(resgen, tmp_path):
    import json
    import os
    import signal

    from keras_resgen.callbacks import TrainingProgress

    def signalled(number, epoch, batch, *arguments):
        advance = TrainingProgress.on_train_batch_end

        def stopped(self, at, logs=None):
            advance(self, at, logs)
            if (self._epoch, at) == (epoch, batch):
                os.kill(os.getpid(), number)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TrainingProgress, "on_train_batch_end", stopped)
            return resgen(*arguments)

    run = tmp_path / "a run"
    train = ("train", *TINY, "--epochs", 2, "--out", run)
    code, out, _ = signalled(signal.SIGTERM, 0, 3, *train)
    assert code == 143
    assert out.endswith(f"Stopped. Go on with resgen train --resume '{run}'\n")
    assert not (run / "model.weights.h5").exists()
    resume = ("train", "--resume", run)
    code, out, error = signalled(signal.SIGINT, 1, 5, *resume)  # the last step of the epoch
    assert code == 130
    assert f"Stopped. Go on with resgen train --resume '{run}'" in out
    assert "Error" not in error
    code, _, error = resgen(*resume)
    assert code == 0, error
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]


def test_train_lists_the_files_it_skips(resgen, tmp_path):
    from PIL import Image

    photos = tmp_path / "my [best] photos"
    photos.mkdir()
    for i in range(24):
        Image.fromarray(np.full((40, 40, 3), 10 * i, np.uint8)).save(photos / f"{i}.png")
    (photos / "broken.jpg").write_text("no image")
    code, out, error = resgen("train", *TINY, "--data", f"folder:{photos}", "--out", tmp_path / "r")
    assert code == 0, error
    assert "1 files were skipped" in out
    assert "broken.jpg" in out
    assert f"Run: {tmp_path / 'r'}" in out
    code, out, _ = resgen("reconstruct", tmp_path / "r", "--count", 5, "--out", tmp_path / "a.png")
    assert code == 0
    assert "5 images were asked for; there are 2." in out


def test_bad_pictures_are_named(resgen, run_folder, tmp_path):
    text = tmp_path / "me.jpg"
    text.write_text("no image")
    code, _, error = resgen("interpolate", run_folder, "--start", text, "--end", text)
    assert code == 2
    assert f"Received: {text}" in error
    for option in (("--out", tmp_path), ("--start", tmp_path / "none.png")):
        code, _, error = resgen("interpolate", run_folder, *option)
        assert code == 2
        assert option[0] in error
        assert str(option[1]) in error
    for out in (tmp_path / "a.jpg", text / "a.png"):
        code, _, error = resgen("interpolate", run_folder, "--out", out)
        assert code == 2
        assert str(out) in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--image-size", "48", "--out", "OUT"], "power of two from 32 to 256"),
        (["train", "--image-size", "1", "--out", "OUT"], "power of two from 32 to 256"),
        (["train", "--model", "unet", "--out", "OUT"], "model must be one of"),
        (["train", "--data", "folder:OUT/none", "--out", "OUT/run"], "OUT/none"),
        (
            ["train", "--data", "faces,count=20", "--batch-size", "64", "--out", "OUT"],
            "batch_size=64 with 18 images",
        ),
        (["train"], "--out"),
        (["sample", "OUT"], "Expected the folder of a run"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(resgen, tmp_path, arguments, message):
    import re

    out = str(tmp_path / "out")
    code, _, error = resgen(*[argument.replace("OUT", out) for argument in arguments])
    assert code == 2
    assert error.startswith("Error: ")
    assert "Traceback" not in error
    assert re.search(message.replace("OUT", re.escape(out)), error)
    assert not (tmp_path / "out").exists()
