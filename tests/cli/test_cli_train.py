import os
import subprocess
import sys

import numpy as np
import pytest

from tests.cli.commands import TINY, option


def test_resume_refuses_another_configuration(resgen, run_folder):
    code, _, error = resgen("train", "--resume", run_folder, "--width", 3, "--data", "faces")
    assert code == 2
    lines = error.splitlines()
    assert "  width: 2 in the run, 3 given" in lines
    assert "  data: 'faces,count=60' in the run, 'faces' given" in lines


def test_resume_compares_options_of_a_file_that_equal_defaults(resgen, run_folder, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("image-size = 32\nwidth = 32\nepochs = 20\n")
    code, _, error = resgen("train", "--resume", run_folder, "--config", file)
    assert code == 2
    assert "Received:\n  width: 2 in the run, 32 given\nLeave these options out" in error


def test_dry_runs_and_refused_resumes_write_nothing(resgen, run_folder):
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")}
    code, out, _ = resgen("train", "--resume", run_folder, "--epochs", 7, "--dry-run")
    assert code == 0
    assert option(out, "epochs") == "7"
    code, _, error = resgen("train", "--resume", run_folder, "--overwrite")
    assert code == 2
    assert "--resume and --overwrite" in error
    assert {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")} == before


def test_signals_save_print_how_to_resume_and_set_the_exit_code(resgen, tmp_path):
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
    assert out.endswith(f"Stopped. Resume with resgen train --resume '{run}'\n")
    assert not (run / "model.weights.h5").exists()
    resume = ("train", "--resume", run)
    code, out, error = signalled(signal.SIGINT, 1, 5, *resume)  # the last step of the epoch
    assert code == 130
    assert f"Stopped. Resume with resgen train --resume '{run}'" in out
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


def test_an_unknown_backend_is_refused_in_one_message(tmp_path):
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
def test_a_run_of_any_backend_is_used_on_others(backend, tmp_path):
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
