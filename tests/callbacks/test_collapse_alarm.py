from types import SimpleNamespace

import pytest

from keras_resgen.callbacks import CollapseAlarm


def history(logs, latent_dim=64, **options):
    """The epochs and first words of the alarms, and whether and when training was stopped."""
    said = []
    alarm = CollapseAlarm(report=said.append, **options)
    model = SimpleNamespace(stop_training=False, latent_dim=latent_dim)
    alarm.set_model(model)
    alarm.on_train_begin()
    for epoch, line in enumerate(logs):
        alarm.on_epoch_end(epoch, line)
        if model.stop_training:
            break
    assert [f"Alarm at epoch {when}: {text}" for when, text in alarm.alarms] == said
    return alarm.alarms, model.stop_training


NAMES = ("frechet", "diversity", "duplicates", "coverage")


def metrics(*values):
    """Distances, diversities, shares of duplicates, and coverage if it is given."""
    names = [f"val_{name}_faces" for name in NAMES[: len(values)]]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


# Measured: a GAN on 6,000 faces of 32 px that dipped at its sixth epoch, and went on to 15.7.
DIPPING = metrics(
    (49.6, 33.2, 26.6, 23.6, 24.6, 32.9, 26.1, 23.8, 22.2, 20.4, 20.1, 18.7, 18.6),
    (0.124, 0.375, 0.389, 0.389, 0.325, 0.215, 0.283, 0.312, 0.316, 0.331, 0.362, 0.378, 0.381),
    (1.0, 0.95, 0.705, 0.715, 0.868, 0.985, 0.95, 0.893, 0.862, 0.835, 0.765, 0.685, 0.673),
    (0.02, 0.062, 0.173, 0.278, 0.218, 0.173, 0.233, 0.27, 0.327, 0.378, 0.413, 0.42, 0.49),
)
# Measured: another, whose discriminator was frozen after twelve epochs.
COLLAPSING = metrics(
    (16.1, 9.8, 7.8, 7.2, 8.4, 9.2, 7.0, 6.4, 6.2, 6.1, 6.0, 6.0, 12.0, 12.8, 13.4),
    (0.14, 0.51, 0.48, 0.46, 0.34, 0.34, 0.4, 0.41, 0.43, 0.46, 0.48, 0.47, 0.34, 0.31, 0.3),
    (1.0, 0.98, 0.93, 0.94, 0.99, 1.0, 0.98, 0.97, 0.96, 0.92, 0.91, 0.89, 1.0, 1.0, 1.0),
    (0.0, 0.07, 0.17, 0.2, 0.22, 0.2, 0.3, 0.36, 0.39, 0.44, 0.43, 0.4, 0.07, 0.06, 0.04),
)


def test_a_healthy_training_is_left_alone():
    assert history(DIPPING) == ([], False)


def test_a_collapse_is_stopped_at_its_second_measurement():
    alarms, stopped = history(COLLAPSING)
    assert stopped
    assert [epoch for epoch, _ in alarms] == [14]
    assert alarms[0][1].startswith("generated images cover 6% of real images")


def test_where_samples_are_not_what_counts_it_only_warns():
    alarms, stopped = history(COLLAPSING, stop=False)
    assert not stopped
    assert [epoch for epoch, _ in alarms] == [14]


def test_a_handful_of_images_is_no_coverage_to_lose():
    logs = metrics((30, 24, 33, 32), [0.5] * 4, [0.9] * 4, (0.02, 0.04, 0.01, 0.01))
    assert history(logs) == ([], False)


def test_lost_diversity_stops_training():
    logs = metrics((30, 20, 21, 40, 45, 50), (0.5, 0.7, 0.7, 0.3, 0.2, 0.1), [0.1] * 6)
    alarms, stopped = history(logs)
    assert stopped
    assert [epoch for epoch, _ in alarms] == [5]
    assert (
        "the variance of their features is 20% of that of real images. For a GAN, try wgan-gp"
        in alarms[0][1]
    )


def test_diversity_that_falls_while_images_improve_is_no_failure():
    logs = metrics((90, 50, 30, 20, 15), (2.0, 1.0, 0.6, 0.5, 0.5), [0.1] * 5)
    assert history(logs) == ([], False)


def test_duplicates_that_were_not_there_before_stop_training():
    logs = metrics((30, 20, 26, 27), [0.5] * 4, (0.9, 0.1, 0.8, 0.9))
    alarms, stopped = history(logs)
    assert stopped
    assert [epoch for epoch, _ in alarms] == [4]
    assert alarms[0][1].startswith("90% of generated images have a near-duplicate")


def test_images_that_never_differ_stop_training_in_the_end():
    logs = metrics([30] * 20, [0.01] * 20, [1.0] * 20)
    alarms, stopped = history(logs)
    assert stopped
    assert [epoch for epoch, _ in alarms] == [12]


@pytest.mark.parametrize(
    ("metric", "values", "words"),
    [
        (
            "discriminator_accuracy",
            (0.8, 0.995, 1.0),
            "the accuracy of the discriminator is 100.0%",
        ),
        (
            "val_score_gradient_norm",
            (7.0, 0.1, 0.1),
            "the gradient of the discriminator has vanished",
        ),
        (
            "val_score_gradient_norm",
            (7.0, 200.0, 300.0),
            "the gradient of the discriminator has vanished",
        ),
        ("val_active_units", (5, 1, 0), "the posterior has collapsed: 0 latent dimensions"),
    ],
)
def test_other_signs_warn_once_and_go_on(metric, values, words):
    alarms, stopped = history([{metric: value} for value in (*values, values[-1], values[-1])])
    assert not stopped
    assert [epoch for epoch, _ in alarms] == [3]
    assert alarms[0][1].startswith(words)


def test_one_bad_measurement_is_none_and_epochs_between_do_not_count():
    bad, good = {"discriminator_accuracy": 1.0}, {"discriminator_accuracy": 0.9}
    assert history([bad, good, bad, good]) == ([], False)
    alarms, _ = history([bad, {}, bad])
    assert [epoch for epoch, _ in alarms] == [3]


def test_what_an_alarm_says_can_be_formatted():
    from keras_resgen.callbacks.collapse_alarm import rules

    for rule in rules("inception"):
        assert "{" not in rule.meaning.format(value=0.5)
        assert "try " in rule.advice.lower()
