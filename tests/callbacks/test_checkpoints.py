"""Training that stops anywhere and goes on equals training that never stopped, to the last bit."""

import os
import signal

import keras
import numpy as np
import pytest

from keras_resgen.callbacks import Checkpoints, FiniteGuard
from keras_resgen.callbacks.checkpoint_file import checkpoints
from keras_resgen.data.batches import training_batches
from keras_resgen.models import FAMILIES

STEPS = 3
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), "uint8")
HELD_OUT = np.random.default_rng(1).random((4, 32, 32, 3), "float32")


class SignalAt(keras.callbacks.Callback):
    """Sends this process a signal at one moment of an epoch."""

    def __init__(self, number, epoch, moment):
        super().__init__()
        self.number, self.when, self.moment = number, epoch, moment
        self.epoch = -1

    def send(self, moment):
        if (self.epoch, moment) == (self.when, self.moment):
            os.kill(os.getpid(), self.number)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.send("begin")

    def on_train_batch_begin(self, batch, logs=None):
        self.send(batch)

    def on_test_begin(self, logs=None):
        self.send("validation")


def others(model):
    """Callbacks that remember: each must go on where it was."""
    figure = f"val_{model.phases[0].figures[0]}"
    return [
        FiniteGuard(),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        keras.callbacks.ReduceLROnPlateau(figure, mode="min", patience=1, min_delta=1e9),
        keras.callbacks.EarlyStopping(
            figure, mode="min", patience=2, min_delta=1e9, restore_best_weights=True
        ),
    ]


def fit(model, folder, *more, epochs=4, **options):
    """Trains until a signal comes: `(everything there is to compare, exception)`."""
    callbacks = others(model)
    stop = None
    with Checkpoints(folder, callbacks, **options) as last:
        try:
            history = model.fit(
                training_batches(PIXELS, 4, seed=0, start_step=STEPS * last.initial_epoch),
                steps_per_epoch=STEPS,
                initial_epoch=last.initial_epoch,
                epochs=epochs,
                validation_data=(HELD_OUT, None),
                callbacks=[*callbacks, *more, last],
                shuffle=False,
                verbose=0,
            )
            assert history is last
        except (KeyboardInterrupt, SystemExit) as error:
            stop = error
    stopping, plateau = callbacks[-1], callbacks[-2]
    return {
        "variables": [np.array(v) for v in variables(model)],
        "history": last.history,
        "epoch": last.epoch,
        "stopping": [stopping.wait, stopping.best, stopping.best_epoch, stopping.stopped_epoch],
        "best": stopping.best_weights,
        "plateau": [plateau.wait, plateau.best, plateau.cooldown_counter],
    }, stop


@pytest.fixture
def build(create):
    """`build(family)`: a compiled model, and a function that gives its variables their values."""

    def of(family):
        keras.utils.set_random_seed(1)
        model = create(family)
        model.compile(
            keras.optimizers.Adam(1e-3, use_ema=True, ema_overwrite_frequency=2), metrics=["mse"]
        )
        initial = [np.array(v) for v in variables(model)]

        def give(values=None):
            for variable, value in zip(variables(model), values or initial, strict=True):
                variable.assign(value)

        return model, give

    return of


def variables(model):
    return [*model.variables, *model.optimizer.variables]


def assert_equal(some, others):
    assert some.keys() == others.keys()
    for name, value in some.items():
        if name in ("variables", "best"):
            for a, b in zip(value, others[name], strict=True):
                np.testing.assert_array_equal(a, b)
        else:
            assert value == others[name], name


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_stopped_in_an_epoch_and_at_its_end_equals_never_stopped(family, build, tmp_path):
    model, give = build(family)
    whole, stop = fit(model, tmp_path / "whole")
    assert stop is None
    assert whole["epoch"] == [0, 1, 2]  # patience ran out
    parts = tmp_path / "parts"
    give()
    _, stop = fit(model, parts, SignalAt(signal.SIGTERM, 1, 1))
    assert stop.code == 143
    assert checkpoints(parts)[-1].stem == "epoch-00001-step-00000002"
    give([np.ones_like(v) for v in variables(model)])  # another process knows nothing
    _, stop = fit(model, parts, SignalAt(signal.SIGINT, 1, "validation"))
    assert type(stop) is KeyboardInterrupt
    assert checkpoints(parts)[-1].stem == "epoch-00002-step-00000000"
    give([np.ones_like(v) for v in variables(model)])
    resumed, stop = fit(model, parts)
    assert stop is None
    assert_equal(resumed, whole)
