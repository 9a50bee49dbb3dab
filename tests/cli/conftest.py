"""Runs that tests of commands share."""

import pytest
from typer.testing import CliRunner

from keras_resgen import cli
from tests.cli.commands import TINY


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A trained VAE."""
    out = tmp_path_factory.mktemp("runs") / "vae"
    result = CliRunner().invoke(cli.app, ["train", "--model", "vae", *TINY, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out
