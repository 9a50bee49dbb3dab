"""Training that stops anywhere and goes on equals training that never stopped, to the last bit."""

import os
import signal
from contextlib import suppress

import keras
import numpy as np
import pytest

from keras_resgen.callbacks import Checkpoints, FiniteGuard
from keras_resgen.callbacks.checkpoint_file import checkpoints, read_checkpoint
from keras_resgen.data.batches import training_batches
from keras_resgen.models import FAMILIES
from tests.backends import only_on

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
    metric = f"val_{model.phases[0].loss}"
    return [
        FiniteGuard(),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        keras.callbacks.ReduceLROnPlateau(metric, mode="min", patience=1, min_delta=1e9),
        keras.callbacks.EarlyStopping(
            metric, mode="min", patience=2, min_delta=1e9, restore_best_weights=True
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


@pytest.fixture(scope="module")
def shared(create):
    """A model that several tests train, for what does not depend on its values."""
    model = create("ae")
    model.compile()
    return model


def plain_fit(model, last, *callbacks, images=HELD_OUT, **options):
    return model.fit(
        images, batch_size=2, shuffle=False, verbose=0, callbacks=[*callbacks, last], **options
    )


@pytest.mark.parametrize(
    "steps_per_execution", [1, pytest.param(2, marks=only_on("tensorflow", "jax"))]
)
def test_arrays_go_on_within_an_epoch(create, tmp_path, steps_per_execution):
    images = np.random.default_rng(2).random((10, 32, 32, 3), "float32")
    model = create("ae")
    model.compile(steps_per_execution=steps_per_execution)
    initial = [np.array(v) for v in variables(model)]
    options = {"images": images, "epochs": 2}
    whole = plain_fit(model, Checkpoints(tmp_path / "whole"), **options).history
    weights = model.get_weights()
    for variable, value in zip(variables(model), initial, strict=True):
        variable.assign(value)
    with (
        pytest.raises(SystemExit),
        Checkpoints(tmp_path / "parts") as last,
    ):
        plain_fit(model, last, SignalAt(signal.SIGTERM, 1, 2), **options)
    last = Checkpoints(tmp_path / "parts")
    assert checkpoints(last.folder)[-1].stem.endswith(f"0000000{2 + steps_per_execution}")
    parts = plain_fit(model, last, initial_epoch=last.initial_epoch, **options).history
    assert parts == whole
    for one, other in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_last_two_are_kept_and_leftovers_are_not(shared, tmp_path):
    (tmp_path / ".tmp.epoch-00000-step-00000001.ckpt").write_bytes(b"left by a kill")
    plain_fit(shared, Checkpoints(tmp_path, every_steps=1), epochs=2)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "epoch-00001-step-00000002.ckpt",
        "epoch-00002-step-00000000.ckpt",
    ]


def test_a_torn_one_gives_way_to_the_next_whole_one(shared, tmp_path):
    plain_fit(shared, Checkpoints(tmp_path), epochs=2)
    newest = checkpoints(tmp_path)[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    last = Checkpoints(tmp_path, every_steps=1, report=lambda text: None)
    assert last.initial_epoch == 1
    plain_fit(shared, last, initial_epoch=1, epochs=3)
    assert [read_checkpoint(path)["epochs_done"] for path in checkpoints(tmp_path)] == [2, 3]


def test_every_steps_counts_within_the_epoch(shared, tmp_path):
    class Saved(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            names.append([path.stem for path in checkpoints(tmp_path)][-1:])

    names = []
    images = np.zeros((10, 32, 32, 3), "float32")
    plain_fit(shared, Checkpoints(tmp_path, every_steps=2), Saved(), images=images)
    assert names == [
        [],
        [],
        *[["epoch-00000-step-00000002"]] * 2,
        ["epoch-00000-step-00000004"],
    ]


def test_what_a_guard_put_back_is_not_saved(create, tmp_path):
    class DivergeInTheSecondEpoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = [1e-6, 1e30][epoch]

    model = create("ae")
    model.compile()
    guard = FiniteGuard()
    last = Checkpoints(tmp_path, [guard], every_steps=1)
    plain_fit(model, last, guard, DivergeInTheSecondEpoch(), epochs=2)
    assert guard.failure
    newest = read_checkpoint(checkpoints(tmp_path)[-1])
    assert newest["epochs_done"] == 1
    assert all(np.isfinite(value).all() for value in newest["variables"])


def test_the_guard_goes_back_to_the_epoch_before_the_checkpoint(shared, tmp_path):
    guard = FiniteGuard()
    with (
        pytest.raises(SystemExit),
        Checkpoints(tmp_path, [guard]) as last,
    ):
        plain_fit(shared, last, guard, SignalAt(signal.SIGTERM, 1, 0), epochs=2)
    finite = [np.array(weight) for weight in guard._finite_weights]
    guard = FiniteGuard()
    last = Checkpoints(tmp_path, [guard])

    class Spoil(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                weight = self.model.trainable_weights[0]
                weight.assign(np.full(weight.shape, np.nan))

    plain_fit(shared, last, guard, Spoil(), initial_epoch=1, epochs=2)
    assert guard.failure
    for one, other in zip(shared.get_weights(), finite, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_does_not_fit_is_refused(shared, create, tmp_path):
    stopping = keras.callbacks.EarlyStopping("loss", patience=1)
    plain_fit(shared, Checkpoints(tmp_path, [stopping]), stopping)
    with pytest.raises(ValueError, match=r"Received: epoch 0 to train. Give initial_epoch=1"):
        plain_fit(shared, Checkpoints(tmp_path, [stopping]), stopping, epochs=2)
    with pytest.raises(ValueError, match=r"with state, \['EarlyStopping'\].*Received: \[\]"):
        plain_fit(shared, Checkpoints(tmp_path), initial_epoch=1, epochs=2)
    other = create("ae", width=4)
    other.compile()
    with pytest.raises(ValueError, match="Expected a checkpoint of this model"):
        plain_fit(other, Checkpoints(tmp_path, [stopping]), stopping, initial_epoch=1, epochs=2)
    with pytest.raises(ValueError, match="every_steps must be 1 or more"):
        Checkpoints(tmp_path, every_steps=0)


def test_a_training_that_a_callback_ended_has_no_more_epochs(shared, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    plain_fit(shared, Checkpoints(tmp_path), Stop(), epochs=5)
    last = Checkpoints(tmp_path)
    assert last.stopped
    with pytest.raises(ValueError, match=r"which ended the training.*Give epochs=1 too"):
        plain_fit(shared, last, initial_epoch=1, epochs=5)
    last = Checkpoints(tmp_path)
    assert plain_fit(shared, last, initial_epoch=1, epochs=1).epoch == [0]


def test_keras_callbacks_have_the_state_of_the_table():
    from keras_resgen.callbacks.checkpoints import STATE_ATTRIBUTES

    arguments = {keras.callbacks.ModelCheckpoint: ("model.keras",)}
    for kind, names in STATE_ATTRIBUTES.items():
        callback = kind(*arguments.get(kind, ()))
        missing = {name for name in names if not hasattr(callback, name)}
        assert missing <= {"best_epoch"}  # which EarlyStopping sets when training begins


def test_handlers_are_put_back(shared, tmp_path):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    for moment in (0, "never"):
        with suppress(KeyboardInterrupt), Checkpoints(tmp_path / str(moment)) as last:
            assert signal.getsignal(signal.SIGINT) is not before[0]
            plain_fit(shared, last, SignalAt(signal.SIGINT, 0, moment))
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
