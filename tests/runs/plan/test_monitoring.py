import re

import numpy as np
import pytest
from rich.console import Console

from keras_resgen.callbacks.collapse_alarm import Rule
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.plan.monitoring import compute_reference, resolve_monitoring, spread
from keras_resgen.runs.plan.plan import resolve
from keras_resgen.runs.run import load_model
from keras_resgen.runs.train import resume, train

QUIET = Console(quiet=True)


def config(**options):
    defaults = {
        "model": "gan",
        "data": "faces,count=230",
        "held_out": 0.5,
        "image_size": 32,
        "width": 2,
        "latent_dim": 4,
        "network": "plain",
        "batch_size": 23,
        "epochs": 4,
    }
    return RunConfig.from_dict({**defaults, **options})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A GAN of four epochs with the weights of the best ones."""
    return train(
        config(learning_rate=0.01, keep_best=2),
        tmp_path_factory.mktemp("gan") / "run",
        console=QUIET,
    )


def test_a_gan_keeps_the_weights_of_its_best_distance(run):
    lines, summary = read_metrics(run.metrics), run.read_summary()
    distances = [line["val_frechet_faces"] for line in lines]
    assert summary["kept_epoch"] == 1 + np.argmin(distances)
    real = Reference.load(run.distribution)
    assert real.protocol.count == real.protocol.reference_count == 100
    found = real.distances(FEATURES["faces"]()(load_model(run).sample(100)))
    assert found.frechet.value == pytest.approx(min(distances), rel=1e-3)
    assert summary["distribution"]["baseline"]["frechet_faces"] == real.baseline.frechet.value
    assert real.baseline.frechet.value < min(distances) / 2


def test_the_best_few_epochs_can_be_loaded(run):
    distances = [line["val_frechet_faces"] for line in read_metrics(run.metrics)]
    best = sorted(1 + np.argsort(distances)[:2])
    assert sorted(path.name for path in run.best.iterdir()) == [
        f"epoch-{epoch:04d}.weights.h5" for epoch in best
    ]
    real, extractor = Reference.load(run.distribution), FEATURES["faces"]()
    for epoch in best:
        model = load_model(run, epoch=int(epoch))
        found = real.distances(extractor(model.sample(100))).frechet.value
        assert found == pytest.approx(distances[epoch - 1], rel=1e-3)
    with pytest.raises(ValueError, match=r"kept epochs, .*Received: 99"):
        load_model(run, epoch=99)


def test_the_report_shows_the_distance_and_its_baseline(run):
    page = run.report.read_text()
    assert "frechet_faces" in page
    assert "baseline" in page


def test_an_interrupted_run_ends_as_an_uninterrupted_one(run, tmp_path):
    options = config(learning_rate=0.01, keep_best=2)
    part = train(config(learning_rate=0.01, keep_best=2, epochs=2), tmp_path / "r", console=QUIET)
    resume(part, epochs=options.epochs, console=QUIET)

    def metrics(folder):
        return [{**line, "seconds": 0} for line in read_metrics(folder.metrics)]

    assert metrics(part) == metrics(run)
    assert sorted(path.name for path in part.best.iterdir()) == sorted(
        path.name for path in run.best.iterdir()
    )
    for one, other in zip(
        load_model(part).get_weights(), load_model(run).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_conditional_vae_is_measured_and_stops_by_its_monitor(tmp_path):
    options = config(
        model="vae", attributes="Smiling", monitor="val_coverage_faces", epochs=2, patience=1
    )
    run = train(options, tmp_path / "r", console=QUIET)
    lines = read_metrics(run.metrics)
    assert {"val_active_units", "val_prior_mmd", "val_frechet_faces"} <= set(lines[0])
    coverage = [line["val_coverage_faces"] for line in lines]
    assert run.read_summary()["kept_epoch"] == 1 + np.argmax(coverage)


def test_samples_of_a_labeled_prior_are_of_the_classes_of_the_real_images():
    options = config(
        model="aae", prior="mixture", prior_attributes="Smiling,Eyeglasses", latent_dim=4
    )
    training, held_out = load_split(options)
    real = compute_reference(FEATURES["faces"](), training, held_out, 100)
    latents = resolve_monitoring(options).distribution_monitor(real, held_out).latents
    # The mixture's components lie at angles of their own in every pair of dimensions.
    angles = np.angle((latents[:, ::2] + 1j * latents[:, 1::2]).sum(axis=1))
    found = np.rint(angles / (2 * np.pi / 4)) % 4
    expected = resolve_monitoring(options).data.class_labels(held_out)[spread(held_out, 100)]
    assert (found == expected).mean() > 0.97


def test_a_run_without_improvement_stops_early(tmp_path, capsys):
    options = config(learning_rate=1e-9, patience=2, epochs=9, normalization="none")
    run = train(options, tmp_path / "r", console=Console(width=200))
    assert len(read_metrics(run.metrics)) == 3  # nothing gets better
    summary = run.read_summary()
    assert summary["stopped_early"]
    out = capsys.readouterr().out
    assert re.search(r"Measured on 100 images. frechet_faces is [\d.]+ ± [\d.]+ between", out)
    assert re.search(r"val_frechet_faces [\d.]+ ± [\d.]+  val_coverage_faces", out)
    assert "val_recall" not in out


@pytest.mark.parametrize(
    ("options", "patience"),
    [
        ({"model": "gan", "batch_size": 1}, 9),  # of 115 updates each
        ({"model": "wgan-gp", "batch_size": 1}, 44),  # of 23, for five updates of the critic each
        ({"model": "wgan-gp", "batch_size": 1, "ema_momentum": 0.99}, 48),
        ({"model": "wgan-gp", "batch_size": 1, "measure_every": 10}, 8),
        ({"model": "wgan-gp", "batch_size": 1, "patience": 3}, 3),
        ({"model": "vae"}, 2),
    ],
)
def test_epochs_of_few_updates_get_more_patience(options, patience):
    """A WGAN-GP of 37 updates an epoch was stopped after 37 epochs, and went on improving."""
    plan = resolve(config(**options))
    assert plan.sizes(plan.build(), plan.data.load()).patience == patience


def test_missing_features_lose_nothing(run, monkeypatch):
    def missing():
        raise ValueError("no weights")

    monkeypatch.setitem(FEATURES, "inception", missing)
    before = run.weights.read_bytes()
    with pytest.raises(ValueError, match="no weights"):
        train(config(features="inception"), run.path, overwrite=True, console=QUIET)
    assert run.weights.read_bytes() == before


def test_an_alarm_about_samples_does_not_stop_an_autoencoder(run):
    stopping = resolve(run.read_config()).stopping
    assert stopping.alarm("val_frechet_faces", print).stop
    assert not stopping.alarm("val_loss", print).stop


def test_a_run_that_an_alarm_stopped_says_so(tmp_path, monkeypatch):
    failing = Rule("val_frechet_faces", lambda history: True, True, "it failed", "Try.")
    monkeypatch.setattr("keras_resgen.callbacks.collapse_alarm.rules", lambda features: (failing,))
    run = train(config(), tmp_path / "r", console=QUIET)
    assert len(read_metrics(run.metrics)) == 2
    assert run.read_summary()["alarms"] == ["epoch 2: it failed. Try."]
    assert "it failed" in run.report.read_text()
    with pytest.raises(ValueError, match=r"was stopped by an alarm at epoch 2: it failed"):
        resume(run, console=QUIET)


def test_few_images_are_not_measured_by_default(tmp_path):
    few = {"data": "faces,count=60", "held_out": 0.5, "batch_size": 10, "epochs": 1}
    run = train(config(**few), tmp_path / "r", console=QUIET)
    assert "val_frechet_faces" not in read_metrics(run.metrics)[0]
    assert not run.distribution.exists()


@pytest.mark.parametrize(
    ("image_size", "held_out", "count"),
    [
        *((64, 99, 0), (64, 100, 100), (64, 700, 700), (64, 3000, 1000)),
        *((32, 100, 100), (32, 700, 350), (32, 3000, 1000)),
    ],
)
def test_how_many_images_are_measured_by_default(image_size, held_out, count):
    parts = range(10 * held_out), range(held_out)
    assert resolve_monitoring(RunConfig(image_size=image_size)).count(*parts) == count


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measure_images": 116}, "from 100 to the number of held-out images, 115. Received: 116"),
        ({"measure_images": 50}, "from 100 to the number of held-out images, 115. Received: 50"),
        ({"monitor": "val_los"}, "monitor must be one of .*'val_frechet_faces'.*Received: 'val_l"),
        (
            {"monitor": "val_frechet_faces", "measure_images": 0},
            "distances need 100 held-out images or more",
        ),
        ({"patience": 3, "measure_images": 0}, "patience needs a metric that says when to stop"),
    ],
)
def test_impossible_measurements_are_refused_before_anything_is_written(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(config(**options), tmp_path / "r", console=QUIET)
    assert not (tmp_path / "r").exists()


def test_measured_images_are_spread_over_the_held_out_ones(tmp_path):
    options = config(model="ae", measure_images=100, epochs=1)
    run = train(options, tmp_path / "r", console=QUIET)
    _, held_out = load_split(options)
    chosen = held_out.images[np.arange(100) * 115 // 100]
    rows = Reference.load(run.distribution).rows
    np.testing.assert_allclose(rows, FEATURES["faces"]()(chosen), atol=1e-5)
