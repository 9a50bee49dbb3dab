import re

import pytest
from typer.testing import CliRunner

from keras_resgen import cli
from keras_resgen.files import write_json
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder

TINY = [
    *("--data", "faces,count=240", "--held-out", "0.5", "--image-size", "32", "--width", "2"),
    *("--network", "plain", "--latent-dim", "4", "--batch-size", "20", "--epochs", "1"),
]
VARY = ["--vary", "model=ae,gan"]
FEW = ["--data", "faces,count=260", "--held-out", "0.5", "--image-size", "32", "--width", "2"]


@pytest.fixture
def compare(resgen):
    """Runs `resgen compare`: `(exit code, standard output, standard error in one line)`."""

    def run(*arguments):
        code, out, error = resgen("compare", *arguments)
        return code, out, " ".join(error.split())

    return run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "c"], "compare needs exactly one of .* Received: none"),
        ([*VARY, "--study", "beta", "--out", "c"], "Received: --study, --vary"),
        (VARY, "Received: no --out"),
        ([*VARY, "--out", "c", "--study", "none"], "Received: --study, --vary"),
        (["--study", "none", "--out", "c"], "study must be one of .*, or a TOML or JSON file"),
        (["--study", "none.toml", "--out", "c"], r"none\.toml"),
        (["--study", "beta", "--beta", "2", "--out", "c"], "their own beta"),
        (["--vary", "model", "--out", "c"], "--vary takes an option"),
        (["--resume", "nowhere"], r"with a study\.json"),
        (["--resume", "c", "--epochs", "2"], "Received: epochs"),
        (["runs/a", "runs/b", "--width", "2", "--out", "c"], "Received: width"),
        (["runs/a", "--out", "c"], "two different runs or exports"),
        (["runs/a", "runs/b", "--out", "c"], "Expected the folder of a run"),
        (["runs/a", "runs/b", "--seeds", "2", "--out", "c"], "Received: seeds"),
        (["--resume", "c", "--overwrite"], "Received: overwrite"),
        ([*VARY, "--data", "folder:nowhere", "--out", "c"], "nowhere"),
        (["--vary", "limit=200,260", *FEW, "--out", "c"], "variants with other limit"),
        (["--vary", "measure_images=100,120", *FEW, "--out", "c"], "Distances are comparable for"),
        (
            ["--vary", "model=ae,gan", *FEW, "--limit", "99", "--patience", "3", "--out", "c"],
            "patience needs",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_written(
    compare, folder, arguments, message, tmp_path
):
    code, _, error = compare(*arguments)
    assert code == 2
    assert re.search(message, error), error
    assert not (tmp_path / "c").exists()


def test_a_comparison_is_made_and_goes_on_with_more_seeds(compare, folder):
    code, text, _ = compare(*VARY, *FEW, "--seeds", 2, "--out", folder.path, "--epochs", 3)
    assert code == 0
    assert "gan-seed1: done; 4 of 4." in text
    assert "Ranking by psnr (higher is better)" in text
    code, text, _ = compare("--resume", folder.path, "--seeds", 3)
    assert code == 0
    assert "4 of 6 training runs are done already." in text
    assert folder.read_study().seeds == 3
    assert {entry.config.epochs for entry in folder.read_study().entries()} == {3}


def test_only_a_comparison_is_replaced(compare, folder):
    folder.path.mkdir()
    (folder.path / "thesis.tex").touch()
    code, _, error = compare(*VARY, *FEW, "--out", folder.path)
    assert (code, "which is not empty" in error) == (2, True)
    code, _, error = compare(*VARY, *FEW, "--out", folder.path, "--overwrite")
    assert (code, "Only a comparison can be overwritten" in error) == (2, True)
    (folder.path / "thesis.tex").unlink()
    for arguments in ([], ["--overwrite"]):
        assert compare(*VARY, *FEW, "--seeds", 1, "--out", folder.path, *arguments)[0] == 0


def test_runs_that_are_there_are_variants_by_what_differs(compare, folder, tmp_path):
    for name, options in (
        ("a0", {"network": "resnet"}),
        ("a1", {"network": "resnet", "seed": 1}),
        ("b0", {"network": "plain"}),
    ):
        run = RunFolder(tmp_path / "runs" / name)
        run.path.mkdir(parents=True)
        few = {"data": "faces,count=260", "image_size": 32}
        write_json(run.config_file, RunConfig(**few, **options).to_dict())
    runs = [tmp_path / "runs" / name for name in ("a0", "a1", "b0")]
    code, text, error = compare(*runs, "--out", folder.path)
    assert code == 0, error
    ranks = text.split("Ranking by psnr")[1].splitlines()[2:4]
    assert [line.split()[-3:] for line in ranks] != []
    assert any("resnet" in line and line.rstrip().endswith("2") for line in ranks)
    assert any("plain" in line and line.rstrip().endswith("1") for line in ranks)
    # It can be gone on with, and replaced, though it was never trained here.
    code, text, error = compare("--resume", folder.path)
    assert (code, "3 of 3 training runs are done already." in text) == (0, True), error
    assert compare(*runs[:2], "--out", folder.path, "--overwrite")[0] == 0


def test_what_is_varied_is_read_from_a_file_too(compare, folder, tmp_path):
    options = tmp_path / "options.toml"
    options.write_text(
        'vary = ["model=ae,gan"]\nseeds = 1\ndata = "faces,count=260"\nimage-size = 32'
    )
    code, text, error = compare("--config", options, "--out", folder.path)
    assert (code, "gan-seed0: done; 2 of 2." in text) == (0, True), error


@pytest.mark.slow
def test_trained_measured_and_compared_for_real(tmp_path):
    """Then a run and its export are compared: metrics of either are the same."""
    runner, out = CliRunner(), tmp_path / "c"
    result = runner.invoke(
        cli.app, ["compare", *VARY, *TINY, "--seeds", "2", "--jobs", "2", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "Ranking by frechet_faces" in result.output
    for kind in ("Samples", "Reconstructions", "Interpolations", "Edits"):
        assert f"<h2>{kind}</h2>" in (out / "report.html").read_text()
    run, export = out / "runs" / "ae-seed0", tmp_path / "export"
    assert runner.invoke(cli.app, ["export", str(run), "--out", str(export)]).exit_code == 0
    again = tmp_path / "again"
    result = runner.invoke(cli.app, ["compare", str(run), str(export), "--out", str(again)])
    assert result.exit_code == 0, result.output
    rows = [line.split(",") for line in (again / "results.csv").read_text().splitlines()]
    found = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    for name in ("frechet_faces", "psnr", "prior_mmd"):
        of_run, of_export = map(float, found[name])
        assert of_run == pytest.approx(of_export, rel=1e-3)
