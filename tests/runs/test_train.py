import json
import re

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from rich.console import Console

from keras_resgen.backends import adapter
from keras_resgen.callbacks.checkpoint_file import checkpoints, read_checkpoint, write_checkpoint
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.data.batches import evaluation_batches
from keras_resgen.files import write_json
from keras_resgen.models import FAMILIES
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.destination import LOCK_FILE, empty, locked
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.data import DataPlan, load_split, resolve_data
from keras_resgen.runs.run import load_model
from keras_resgen.runs.train import NotFiniteError, resume, train

QUIET = Console(quiet=True)


def config(**options):
    defaults = {
        "data": "faces,count=60",
        "image_size": 32,
        "width": 2,
        "latent_dim": 4,
        "network": "plain",
        "batch_size": 9,
        "epochs": 2,
    }
    return RunConfig.from_dict({**defaults, **options})


def validation_loss(run):
    """The validation loss of the model as it is loaded."""
    _, held_out = load_split(run.read_config())
    model = load_model(run)
    model.compile()
    batches = evaluation_batches(held_out.images, 9)
    return model.evaluate(batches, return_dict=True, verbose=0)["loss"]


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_family_leaves_a_whole_run_folder(tmp_path, family):
    options = {"n_critic": 2} if family == "wgan-gp" else {}
    run = train(config(model=family, **options), tmp_path / "run", console=QUIET)
    assert run.read_config().model == family
    lines = read_metrics(run.metrics)
    assert [line["epoch"] for line in lines] == [1, 2]
    assert any(name.startswith("val_") for name in lines[0])
    summary = run.read_summary()
    assert summary["epochs"] == 2
    assert summary["training_images"] == 54
    assert summary["failure"] is None
    losses = [line.get("val_loss", -line["epoch"]) for line in lines]  # else the last is kept
    assert summary["kept_epoch"] == 1 + np.argmin(losses)
    assert f"after epoch {summary['kept_epoch']}, whose" in run.report.read_text()
    assert (run.samples / "samples-0002.png").is_file()
    page = run.report.read_text()
    assert page.count("<figure>") == page.count("<figcaption>") > 0
    pictures = ["Held-out images", "Samples after 2 epochs", "Interpolation after 2 epochs"]
    for caption in pictures:
        assert f"<figcaption>{caption}</figcaption>" in page
    assert page.count("data:image/png;base64,") > len(pictures)  # the curves too
    assert not re.search(r'(src|href)="(?!data:)', page)
    model = load_model(run)
    assert model.sample(2).shape == (2, 32, 32, 3)


@pytest.mark.parametrize(
    ("family", "precision", "tolerance"),
    [("vae", "float32", 1e-5), ("gan", "mixed_bfloat16", 1e-3)],
)
def test_moving_averages_are_validated_and_kept(family, precision, tolerance, tmp_path):
    options = config(
        model=family,
        epochs=3,
        ema_momentum=0.7,
        learning_rate=0.02,
        learning_rate_schedule="cosine",
        precision=precision,
    )
    whole = train(options, tmp_path / "whole", console=QUIET)
    summary, lines = whole.read_summary(), read_metrics(whole.metrics)
    monitored = "val_loss" if family == "vae" else "val_generator_loss"
    _, held_out = load_split(options)
    model = load_model(whole)
    model.compile()
    with adapter().repeatable():  # as it was trained: rewritten graphs round bfloat16 elsewhere
        metrics = model.evaluate(
            evaluation_batches(held_out.images, 9), return_dict=True, verbose=0
        )
    found = metrics[monitored.removeprefix("val_")]
    logged = [line[monitored] for line in lines]
    assert found == pytest.approx(logged[summary["kept_epoch"] - 1], rel=tolerance)
    with pytest.raises(ValueError, match="cosine schedule runs over the configured epochs"):
        resume(whole, epochs=4, console=QUIET)


def test_the_loaded_model_is_the_trained_one(tmp_path):
    run = train(config(model="ae"), tmp_path / "run", console=QUIET)
    best = min(line["val_loss"] for line in read_metrics(run.metrics))
    assert validation_loss(run) == pytest.approx(best, rel=1e-5)


def without_seconds(run):
    return [{**line, "seconds": 0} for line in read_metrics(run.metrics)]


def test_a_damaged_checkpoint_is_skipped_and_named(tmp_path, capsys):
    run = train(config(model="gan"), tmp_path / "run", console=QUIET)
    lines = without_seconds(run)
    weights = load_model(run).get_weights()
    older, newest = checkpoints(run.checkpoints)
    newest.write_bytes(newest.read_bytes()[:1000])
    run.report.unlink()
    resume(run, console=Console(width=40))
    message = f"Passed over what is torn in {run.checkpoints}: {newest.name}; the one used is"
    assert capsys.readouterr().out.count(f"{message} {older.name}.\n") == 1
    assert without_seconds(run) == lines
    for one, other in zip(load_model(run).get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_a_checkpoint_a_run_starts_again(tmp_path):
    run = train(config(model="gan", epochs=1), tmp_path / "run", console=QUIET)
    lines = without_seconds(run)
    for path in checkpoints(run.checkpoints):
        path.unlink()
    resume(run, console=QUIET)
    assert without_seconds(run) == lines


def test_resume_drops_an_epoch_that_was_logged_but_not_saved(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    line = run.metrics.read_text()
    run.metrics.write_text(line + line.replace('"epoch": 1', '"epoch": 2'))
    resume(run, epochs=3, console=QUIET)
    assert [line["epoch"] for line in read_metrics(run.metrics)] == [1, 2, 3]


def test_resume_refuses_images_that_changed(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(24):
        Image.fromarray(np.full((40, 40, 3), 10 * i, np.uint8)).save(photos / f"{i}.png")
    options = {"model": "ae", "data": f"folder:{photos}", "epochs": 1}
    run = train(config(**options), tmp_path / "run", console=QUIET)
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(photos / "more.png")
    with pytest.raises(ValueError, match="which has changed"):
        resume(run, epochs=2, console=QUIET)


def test_a_relative_folder_is_found_from_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    rows = ["filename,Smiling"]
    for i in range(24):
        pixels = np.full((40, 40, 3), 10 * i, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{i}.png")
        rows.append(f"{i}.png,1")
    (tmp_path / "smiles.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    options = config(model="ae", data="folder:photos,attributes=smiles.csv", epochs=1)
    run = train(options, tmp_path / "run", console=QUIET)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run.read_config().data == (
        f"folder:{tmp_path / 'photos'},attributes={tmp_path / 'smiles.csv'}"
    )
    resume(run, epochs=2, console=QUIET)
    assert len(read_metrics(run.metrics)) == 2


def test_tensorboard_logs_on_request(tmp_path):
    pytest.importorskip("tensorboard")
    run = train(config(model="ae", epochs=1, tensorboard=True), tmp_path / "run", console=QUIET)
    logs = b"".join(path.read_bytes() for path in run.tensorboard.rglob("events*"))
    assert b"epoch_loss" in logs
    assert b"reconstructions" in logs


def test_early_stopping_keeps_the_best_weights(tmp_path):
    run = train(
        config(model="ae", epochs=40, learning_rate=0.5, patience=1), tmp_path / "r", console=QUIET
    )
    values = [line["val_loss"] for line in read_metrics(run.metrics)]
    assert len(values) < 40
    assert run.read_summary()["stopped_early"]
    assert np.argmin(values) == len(values) - 2
    assert validation_loss(run) == pytest.approx(min(values), rel=1e-5)
    kept = run.read_summary()["kept_epoch"]
    assert kept == len(values) - 1
    shown = run.report.read_text().split(f"<h2>Held-out images after epoch {kept}, whose")[1]
    assert f"<th>loss</th><td>{min(values):.5g}</td>" in shown


def rewrite_best(run, best):
    """Change the best metric in the state of early stopping."""
    path = checkpoints(run.checkpoints)[-1]
    state = read_checkpoint(path)
    [stopping] = [values for kind, values in state["callbacks"] if kind == "EarlyStopping"]
    stopping["best"] = stopping["best_of_all"] = best
    write_checkpoint(path, state)


def test_a_resumed_run_keeps_the_better_weights_it_had(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    rewrite_best(run, 0.5)  # which no later epoch reaches
    weights = load_model(run).get_weights()
    resume(run, epochs=9, console=QUIET)
    assert len(read_metrics(run.metrics)) == 3  # patience counts epochs that beat no 0.5
    for one, other in zip(load_model(run).get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert run.read_summary()["kept_epoch"] == 1
    assert "after epoch 1, whose" in run.report.read_text()


def test_a_resumed_run_takes_better_weights(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    rewrite_best(run, 1e9)
    resume(run, epochs=3, console=QUIET)
    later = [line["val_loss"] for line in read_metrics(run.metrics)][1:]
    assert run.read_summary()["kept_epoch"] == 2 + np.argmin(later)
    assert validation_loss(run) == pytest.approx(min(later), rel=1e-5)


def test_the_seconds_are_those_of_all_sessions(tmp_path):
    run = train(config(model="gan", epochs=1), tmp_path / "run", console=QUIET)
    text = re.sub(r'"seconds": [0-9.]+', '"seconds": 1000.0', run.metrics.read_text())
    run.metrics.write_text(text)
    resume(run, epochs=2, console=QUIET)
    assert run.read_summary()["seconds"] > 1000


def test_finished_weights_hold_no_optimizer(tmp_path):
    run = train(config(model="aae", epochs=1), tmp_path / "run", console=QUIET)
    with h5py.File(run.weights) as weights:
        assert "optimizer" not in weights
    finished = load_model(run)
    finished.compile()
    finished.save_weights(run.weights)
    with h5py.File(run.weights) as weights:
        assert "optimizer" in weights  # which loading passes over
    for one, other in zip(finished.get_weights(), load_model(run).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_metrics_that_are_not_finite_end_the_run_with_finite_weights(tmp_path, monkeypatch):
    def diverge(self, learning_rate=None):
        return keras.optimizers.SGD(1e30)

    monkeypatch.setattr(FAMILIES["ae"], "default_optimizer", diverge)
    with pytest.raises(NotFiniteError, match="loss not finite at epoch 1"):
        train(config(model="ae"), tmp_path / "run", console=QUIET)
    run = RunFolder(tmp_path / "run")
    assert "loss" in run.read_summary()["failure"]
    assert not run.read_summary()["stopped_early"]
    assert "Stopped: " in run.report.read_text()
    assert run.read_summary()["kept_epoch"] == 0
    assert "No epoch's weights were kept" in run.report.read_text()
    assert all(np.isfinite(weight).all() for weight in load_model(run).get_weights())
    for line in run.metrics.read_text().splitlines():
        json.loads(line)


def test_fewer_images_than_a_batch_are_refused_and_nothing_is_made(tmp_path):
    with pytest.raises(ValueError, match="batch_size=64 with 54 images"):
        train(config(batch_size=64), tmp_path / "run", console=QUIET)
    assert not (tmp_path / "run").exists()


def test_bad_options_of_a_family_are_refused_before_images_are_prepared(tmp_path, monkeypatch):
    monkeypatch.setattr(DataPlan, "load", lambda *_: pytest.fail("too late"))
    with pytest.raises(ValueError, match="beta must be 0 or more"):
        train(config(beta=-1.0), tmp_path / "run", console=QUIET)
    with pytest.raises(ValueError, match="reconstruction"):
        train(config(reconstruction="l1"), tmp_path / "run", console=QUIET)


def test_a_single_held_out_image_is_refused_and_nothing_is_made(tmp_path):
    with pytest.raises(ValueError, match=r"held_out=0\.02 of 60 images"):
        train(config(held_out=0.02), tmp_path / "run", console=QUIET)
    assert not (tmp_path / "run").exists()


def test_wgan_gp_needs_n_critic_batches(tmp_path):
    message = "takes 100 images: batch_size times 5.*batch_size=20 with 54 images"
    with pytest.raises(ValueError, match=message):
        train(config(model="wgan-gp", batch_size=20), tmp_path / "run", console=QUIET)


def test_overwrite_loses_nothing_when_the_new_run_cannot_start(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    write_json(out / "config.json", config().to_dict())
    with pytest.raises(ValueError, match="batch_size=64"):
        train(config(batch_size=64), out, overwrite=True, console=QUIET)
    assert (out / "precious.txt").read_text() == "mine"


def test_overwriting_removes_everything_a_run_writes(tmp_path):
    measured = {"data": "faces,count=200", "held_out": 0.5}
    options = config(epochs=1, tensorboard=True, **measured)
    run = train(options, tmp_path / "run", console=QUIET)
    written = {path.name for path in run.path.iterdir()} - {LOCK_FILE}
    assert written == {path.name for path in run.entries}
    empty(run)
    assert {path.name for path in run.path.iterdir()} <= {LOCK_FILE}


def test_errors_of_memory_say_what_to_change(tmp_path, monkeypatch):
    def exhausted(*args, **kwargs):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(FAMILIES["ae"], "fit", exhausted)
    with pytest.raises(MemoryError, match="Received: batch_size=9, image_size=32 and width=2"):
        train(config(model="ae"), tmp_path / "run", console=QUIET)


def test_resume_names_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match="Expected the folder of a run"):
        resume(RunFolder(tmp_path))
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    with pytest.raises(ValueError, match="1 of 1 are done"):
        resume(run, console=QUIET)


def test_a_run_that_stopped_early_is_finished(tmp_path):
    options = {"model": "ae", "epochs": 9, "learning_rate": 0.5, "patience": 1}
    run = train(config(**options), tmp_path / "run", console=QUIET)
    epochs = run.read_summary()["epochs"]
    assert epochs < 9
    before = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    with pytest.raises(ValueError, match=f"stopped early after {epochs} epochs and is finished"):
        resume(run, epochs=20, console=QUIET)
    assert {path: path.read_bytes() for path in before} == before
    weights = load_model(run).get_weights()
    run.report.unlink()  # as where a kill came between the last epoch and the end
    resume(run, console=QUIET)
    assert run.report.is_file()
    of_one_process = {"seconds": 0, "peak_memory_mib": 0}
    summary = json.loads(before[run.summary_file])
    assert {**run.read_summary(), **of_one_process} == {**summary, **of_one_process}
    for one, other in zip(load_model(run).get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_resume_finishes_a_run_without_weights(tmp_path):
    run = train(config(model="ae"), tmp_path / "run", console=QUIET)
    lines = run.metrics.read_text()
    run.weights.unlink()
    run.report.unlink()
    resume(run, console=QUIET)
    assert run.metrics.read_text() == lines
    assert run.report.is_file()
    best = min(line["val_loss"] for line in read_metrics(run.metrics))
    assert validation_loss(run) == pytest.approx(best, rel=1e-5)


def test_two_training_runs_in_one_folder_are_refused(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    before = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
    with locked(run):
        with pytest.raises(ValueError, match="another process works"):
            resume(run, epochs=2, console=QUIET)
        with pytest.raises(ValueError, match="another process works"):
            train(config(model="ae"), run.path, overwrite=True, console=QUIET)
    assert {path: path.read_bytes() for path in before} == before


def test_damaged_weights_are_named(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    run.weights.write_bytes(run.weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match=f"Expected weights of the.*Received: {run.weights}"):
        load_model(run)


def test_the_report_shows_only_pictures_of_the_run(tmp_path):
    run = train(config(model="ae", epochs=1), tmp_path / "run", console=QUIET)
    (run.samples / "my-favorite.png").write_bytes((run.samples / "reals.png").read_bytes())
    resume(run, epochs=2, console=QUIET)
    assert "Samples after 2 epochs" in run.report.read_text()
    assert "favorite" not in run.report.read_text()


def test_a_run_takes_labels_from_attributes(tmp_path):
    names = "Smiling,Eyeglasses"
    settings = config(model="aae", prior="mixture", prior_attributes=names, epochs=1)
    _, held_out = load_split(settings)
    labels = resolve_data(settings).class_labels(held_out)
    smiling, glasses = (held_out.attribute(name) for name in ("Smiling", "Eyeglasses"))
    np.testing.assert_array_equal(labels, smiling + 2 * glasses)
    run = train(settings, tmp_path / "run", console=QUIET)
    model = load_model(run)
    assert model.labels == model.prior_components == 4
    assert model.sample(2).shape == (2, 32, 32, 3)


@pytest.mark.parametrize("option", ["attributes", "prior_attributes"])
def test_missing_attributes_are_named_before_training(option, tmp_path):
    with pytest.raises(ValueError, match=r"Expected an attribute .*Smiling.*Received: 'Happy'"):
        train(config(model="aae", **{option: "Happy"}), tmp_path / "run", console=QUIET)
    assert not (tmp_path / "run").exists()
