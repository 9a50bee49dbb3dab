import keras
import numpy as np
import pytest

from keras_resgen.callbacks import EarlyStopping


class Model:
    """As much of a model as the callback needs; its weight is the epoch it was trained to."""

    metrics = ()
    stop_training = False

    def averaged_weights(self):
        import contextlib

        return contextlib.nullcontext()

    def get_weights(self):
        return [self.epoch]

    def set_weights(self, weights):
        self.epoch = weights[0]


def fit(callback, logs):
    """The epoch whose weights are kept, and how many epochs were trained."""
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, line in enumerate(logs):
        model.epoch = epoch
        callback.on_epoch_end(epoch, line)
        if model.stop_training:
            break
    callback.on_train_end()
    return model.epoch, epoch + 1


def with_errors(values, errors):
    return [
        {"metric": value, "metric_error": error}
        for value, error in zip(values, np.broadcast_to(errors, len(values)), strict=True)
    ]


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("min_delta", [0, 0.1])
def test_without_an_error_it_stops_as_keras_does(mode, min_delta):
    options = {"patience": 3, "restore_best_weights": True, "mode": mode, "min_delta": min_delta}
    for seed in range(30):
        values = np.random.default_rng(seed).normal(size=40).round(3)
        logs = [{"metric": value} for value in values]
        kept, epochs = fit(EarlyStopping("metric", **options), logs)
        keras_kept, keras_epochs = fit(keras.callbacks.EarlyStopping("metric", **options), logs)
        assert epochs == keras_epochs
        best = np.argmin if mode == "min" else np.argmax
        assert kept == best(values[:epochs])
        assert kept == keras_kept or min_delta


def test_noise_renews_no_patience_and_the_best_of_all_is_kept():
    values = [10.0, 9.9, 9.8, 9.7, 9.85, 9.6, 9.9]
    stopping = EarlyStopping("metric", patience=4, restore_best_weights=True, mode="min")
    assert fit(stopping, with_errors(values, 1.0)) == (3, 5)
    assert fit(stopping, with_errors(values, 0.0)) == (5, 7)


def test_small_steps_add_up():
    values = 10.0 - 0.4 * np.arange(20)
    stopping = EarlyStopping("metric", patience=4, restore_best_weights=True, mode="min")
    assert fit(stopping, with_errors(values, 1.0)) == (19, 20)


def test_a_better_estimate_of_a_worse_metric_does_not_replace_the_weights():
    stopping = EarlyStopping("metric", patience=9, restore_best_weights=True, mode="min")
    assert fit(stopping, with_errors([10.0, 9.2, 9.3], [1.0, 1.0, 0.5]))[0] == 1


def test_epochs_that_are_not_measured_cost_no_patience():
    measured = with_errors([10.0, 11.0, 9.0, 12.0, 12.0], 0.1)
    logs = [line for one in measured for line in (one, {}, {})]
    stopping = EarlyStopping("metric", patience=2, restore_best_weights=True, mode="min")
    assert fit(stopping, logs) == (6, 13)
    assert fit(stopping, [{}, {}, *logs]) == (8, 15)


def test_a_metric_that_is_never_there_is_named():
    stopping = EarlyStopping("metric", patience=2, mode="min")
    with pytest.warns(
        UserWarning, match="expected the metric metric. Received: logs without it"
    ) as warned:
        assert fit(stopping, [{"loss": 1.0}] * 3) == (2, 3)
    assert len(warned) == 1


def test_it_can_be_used_again():
    stopping = EarlyStopping("metric", patience=2, restore_best_weights=True, mode="min")
    for _ in range(2):
        assert fit(stopping, with_errors([1.0, 2.0, 3.0, 0.0], 0.1)) == (0, 3)
