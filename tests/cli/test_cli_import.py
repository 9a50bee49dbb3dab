"""A family from a module outside this package: on the command line, in files, and in its runs."""

import json
import os
import subprocess
import sys

import pytest

from tests.cli.commands import TINY, option

FAMILY = '''
"""A family of another package."""

import keras

from keras_resgen.models import FAMILIES, VariationalAutoencoder


@FAMILIES.register("outside")
@keras.saving.register_keras_serializable("outside")
class Outside(VariationalAutoencoder):
    """A VAE with options of its own.

    Args:
        temperature: how warm it is,
            roughly.
        mode: what it does.
    """

    def __init__(self, encoder, decoder, *, temperature=2.0, mode="slow", rounds=3, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.temperature, self.mode, self.rounds = temperature, mode, rounds

    @classmethod
    def options(cls):
        return {**super().options(), **VariationalAutoencoder.options()}

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "mode": self.mode,
            "rounds": self.rounds,
        }
'''
USE = ("--import", "outside_family", "--model", "outside")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A folder with the module, which is on the path of Python."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "outside_family.py").write_text(FAMILY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder
        if "keras_resgen.models" in sys.modules:
            sys.modules["keras_resgen.models"].FAMILIES.pop("outside", None)
        sys.modules.pop("outside_family", None)


@pytest.fixture(scope="module")
def outside_run(package, tmp_path_factory):
    from typer.testing import CliRunner

    from keras_resgen import cli

    run = tmp_path_factory.mktemp("runs") / "outside"
    arguments = ["train", *USE, *TINY, "--temperature", "4", "--beta", "3", "--out", str(run)]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 0, result.output
    return run


def test_its_options_are_in_the_help(resgen, package):
    code, out, error = resgen("train", *USE, "--help")
    assert code == 0, error
    text = " ".join(out.split())
    assert "--temperature" in out
    assert "outside: how warm it is, roughly. [default: 2.0]" in text
    assert "outside: what it does. [default: slow]" in text
    assert "outside: option of this family. [default: 3]" in text


def test_its_options_come_from_arguments_and_files(resgen, package, tmp_path):
    code, out, error = resgen("train", *USE, *TINY, "--dry-run", "--temperature", "5")
    assert code == 0, error
    assert option(out, "import") == "outside_family"
    assert (option(out, "temperature"), option(out, "mode")) == ("5.0", "slow")
    assert option(out, "beta") == "1.0"
    file = tmp_path / "run.toml"
    file.write_text('import = ["outside_family"]\nmodel = "outside"\nrounds = 7\nmode = "fast"\n')
    code, out, error = resgen("train", "--config", file, *TINY, "--dry-run", "--rounds", "8")
    assert code == 0, error
    assert (option(out, "rounds"), option(out, "mode")) == ("8", "fast")


def test_its_options_are_in_the_configuration_and_reach_the_model(outside_run):
    from keras_resgen.runs.run import load_run

    options = json.loads((outside_run / "config.json").read_text())
    assert options["imports"] == ["outside_family"]
    assert (options["temperature"], options["beta"]) == (4.0, 3.0)
    model = load_run(outside_run).model
    assert (model.temperature, model.initial_beta, model.rounds) == (4.0, 3.0, 3)


def test_a_run_of_it_is_resumed_and_used_in_new_processes(outside_run, package, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(package)])}
    for arguments in (
        ("train", "--resume", outside_run, "--epochs", 2),
        ("sample", outside_run, "--count", 4, "--out", tmp_path / "samples.png"),
    ):
        command = [sys.executable, "-m", "keras_resgen", *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert result.returncode == 0, result.stderr


def test_a_run_of_it_keeps_its_options_when_resumed(resgen, outside_run):
    code, _, error = resgen("train", "--resume", outside_run, "--temperature", "5")
    assert code == 2
    assert "  temperature: 4.0 in the run, 5.0 given" in error.splitlines()


def test_a_run_of_it_is_evaluated_and_exported(resgen, outside_run, tmp_path):
    code, out, error = resgen("evaluate", outside_run)
    assert code == 0, error
    assert "psnr" in out
    code, _, error = resgen("export", outside_run, "--out", tmp_path / "export")
    assert code == 0, error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--import", "no_such_module"), "import must name a module.*Received: 'no_such_module'"),
        ((*USE[:2], "--model", "nowhere"), "model must be one of .*'outside'.*'nowhere'"),
        ((*USE[:2], "--model", "gan", "--temperature", "1"), r"Received: \['temperature'\]"),
        ((*USE, "--rounds", "much"), "rounds"),
    ],
)
def test_bad_imports_and_options_are_one_message(resgen, package, arguments, message):
    import re

    code, _, error = resgen("train", "--dry-run", *TINY, *arguments)
    assert code == 2
    assert "Traceback" not in error
    assert re.search(message, " ".join(error.split())), error


def test_a_module_that_fails_is_named(resgen, tmp_path, monkeypatch):
    (tmp_path / "failing_family.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    code, _, error = resgen("train", "--dry-run", "--import", "failing_family")
    assert code == 2
    assert "Received: 'failing_family': ZeroDivisionError" in error


def test_a_misspelled_option_has_a_suggestion(package):
    from keras_resgen.runs.config import RunConfig
    from keras_resgen.runs.plan.plan import resolve

    with pytest.raises(ValueError, match=r"epohcs: did you mean epochs\?"):
        RunConfig.from_dict({"epohcs": 2})
    options = {"imports": ["outside_family"], "model": "outside", "temprature": 1.0}
    with pytest.raises(ValueError, match=r"temprature: did you mean temperature\?"):
        resolve(RunConfig.from_dict(options))


def test_a_value_of_another_type_is_refused(package):
    from keras_resgen.runs.config import RunConfig
    from keras_resgen.runs.plan.plan import resolve

    options = {"imports": ["outside_family"], "model": "outside", "temperature": "warm"}
    with pytest.raises(ValueError, match=r"temperature must be of type float\. Received: 'warm'"):
        resolve(RunConfig.from_dict(options))


def test_a_study_compares_it_with_a_family_of_this_package(package):
    from keras_resgen.comparisons.running import _options
    from keras_resgen.comparisons.study import Study
    from keras_resgen.runs.folder import RunFolder

    study = Study.from_dict(
        {
            "base": {"import": ["outside_family"], "beta": 2.0, "image_size": 32},
            "vary": {"model": ["outside", "vae", "ae"]},
            "seeds": 1,
        }
    )
    configs = {entry.variant: entry.config for entry in study.entries()}
    assert (configs["outside"].beta, configs["ae"].beta) == (2.0, None)
    arguments = _options(configs["outside"], RunFolder(package / "run"))
    assert {"--import=outside_family", "--model", "outside"} <= set(arguments)
