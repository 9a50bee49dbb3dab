import re
import subprocess
import sys

import pytest

from keras_resgen import __version__
from keras_resgen.runs.config import RunConfig
from tests.cli.commands import TINY, option


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from keras_resgen import cli; "
        "print([m for m in ('keras', 'tensorflow', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_and_version_import_no_backend(arguments):
    script = (
        "import sys; from keras_resgen import cli; sys.argv = ['resgen', *sys.argv[1:]]\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('keras', 'tensorflow', 'numpy') if m in sys.modules])"
    )
    command = [sys.executable, "-c", script, *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]", result.stdout + result.stderr


def test_the_version_is_printed(resgen):
    code, out, _ = resgen("--version")
    assert (code, out.strip()) == (0, f"resgen {__version__}")


@pytest.mark.parametrize(
    ("command", "option", "table"),
    [
        ("sample", "--fitted", "FITTED_PRIORS"),
        ("edit", "--method", "DIRECTIONS"),
        ("export", "--fitted", "FITTED_PRIORS"),
        ("export", "--directions", "DIRECTIONS"),
    ],
)
def test_the_help_of_commands_lists_the_names_of_the_table(command, option, table):
    import typer

    from keras_resgen import cli, latent

    parameters = typer.main.get_command(cli.app).commands[command].params
    [text] = [parameter.help for parameter in parameters if option in parameter.opts]
    listed = re.search(r"\w+(?:, \w+)+ or \w+", text)[0]
    assert set(re.split(r", | or ", listed)) - {"none"} == set(getattr(latent, table))


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
    assert "--import" in out


def test_dry_run_prints_and_writes_nothing(resgen, tmp_path):
    code, out, _ = resgen("train", "--dry-run", *TINY, "--out", tmp_path / "run")
    assert code == 0
    assert "conv_1" in out
    assert "GiB" in out
    assert not (tmp_path / "run").exists()


def test_dry_run_prints_the_defaults_of_the_family(resgen):
    _, out, _ = resgen("train", "--dry-run", *TINY, "--model", "wgan-gp")
    assert option(out, "n_critic") == "5"
    assert option(out, "monitor") == "val_frechet_faces"
    assert option(out, "patience") == "8, or as many as 1000 updates take"
    assert "beta" not in out
    _, out, _ = resgen("train", "--dry-run", *TINY, "--model", "ae")
    assert (option(out, "monitor"), option(out, "patience")) == ("val_loss", "2")
    assert option(out, "learning_rate") == "reconstruction 0.001"


def test_dry_run_refuses_what_training_would(resgen, tmp_path):
    code, _, error = resgen("train", "--dry-run", "--data", "folder")
    assert code == 2
    assert "Received: folder" in error or "Received: 'folder'" in error
    code, _, error = resgen("train", "--dry-run", *TINY, "--monitor", "val_los")
    assert code == 2
    assert "monitor must be one of" in error


def test_arguments_override_the_file(resgen, tmp_path):
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

    file = tmp_path / "run.toml"
    file.write_text(content)
    code, _, error = resgen("train", "--dry-run", "--config", file)
    assert code == 2
    assert re.search(message, error), error


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

    out = str(tmp_path / "out")
    code, _, error = resgen(*[argument.replace("OUT", out) for argument in arguments])
    assert code == 2
    assert error.startswith("Error: ")
    assert "Traceback" not in error
    assert re.search(message.replace("OUT", re.escape(out)), error)
    assert not (tmp_path / "out").exists()
