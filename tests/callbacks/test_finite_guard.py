import keras
import numpy as np
import pytest

from keras_resgen.callbacks import FiniteGuard


class Spoil(keras.callbacks.Callback):
    """Makes one weight NaN before a batch of an epoch."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.when = (epoch, batch)
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.when:
            weight = self.model.trainable_weights[0]
            weight.assign(np.full(weight.shape, np.nan))


@pytest.mark.parametrize("family", ["ae", "gan"])
def test_stops_at_once_and_restores_the_weights_of_the_last_finite_epoch(create, images, family):
    model = create(family)
    model.compile(keras.optimizers.SGD(1e-6))
    kept = []
    guard = FiniteGuard()
    history = model.fit(
        images,
        batch_size=4,
        epochs=5,
        verbose=0,
        callbacks=[
            guard,
            Spoil(epoch=1, batch=1),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: kept.append(model.get_weights())
            ),
        ],
    )
    assert len(history.epoch) == 2
    assert "not finite at epoch 2, batch 2" in guard.failure
    for now, then in zip(model.get_weights(), kept[0], strict=True):
        np.testing.assert_array_equal(now, then)


def test_restores_the_initial_weights_if_the_first_epoch_fails(create, images):
    model = create("ae")
    model.compile(keras.optimizers.SGD(1e-6))
    initial = model.get_weights()
    guard = FiniteGuard()
    model.fit(images, batch_size=4, verbose=0, callbacks=[guard, Spoil(epoch=0, batch=0)])
    assert guard.failure
    for now, then in zip(model.get_weights(), initial, strict=True):
        np.testing.assert_array_equal(now, then)


def test_notices_weights_that_are_not_finite_though_every_metric_is(create, images):
    class SpoilAtEnd(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.weights[0].assign(np.full(self.model.weights[0].shape, np.inf))

    model = create("ae")
    model.compile(keras.optimizers.SGD(1e-6))
    guard = FiniteGuard()
    model.fit(images, batch_size=4, epochs=3, verbose=0, callbacks=[SpoilAtEnd(), guard])
    assert guard.failure == "a weight is not finite after epoch 1"
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_a_later_training_starts_afresh(create, images):
    model = create("ae")
    model.compile(keras.optimizers.SGD(1e-6))
    guard = FiniteGuard()
    model.fit(images, batch_size=4, verbose=0, callbacks=[guard, Spoil(epoch=0, batch=0)])
    model.fit(images, batch_size=4, verbose=0, callbacks=[guard])
    assert guard.failure is None
