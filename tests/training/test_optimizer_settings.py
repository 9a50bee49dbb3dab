"""Schedules, clipping, decay, accumulation and averages work for each phase separately.

Two linear networks, one a phase, whose gradients are the inputs: every expected weight is computed
by a few lines of numpy.
"""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.training import Phase, PhasedModel

STEPS = 6
RATE = 0.5
INPUTS = np.random.default_rng(0).random((STEPS, 3, 4, 4, 1)).astype("float32")
GRADIENTS = INPUTS.mean(axis=1).reshape(STEPS, 16)


class TwoLines(PhasedModel):
    """Each phase minimizes the mean output of its network."""

    def __init__(self):
        super().__init__((4, 4, 1))
        for name in ("first", "second"):
            images = keras.Input((4, 4, 1))
            outputs = keras.layers.Dense(1)(keras.layers.Flatten()(images))
            setattr(self, name, keras.Model(images, outputs, name=name))
        self.declare(
            ("first", "second"),
            [
                Phase("one", self.mean_of("first"), networks=("first",), loss="one_loss"),
                Phase("two", self.mean_of("second"), networks=("second",), loss="two_loss"),
            ],
        )

    def mean_of(self, name):
        network = name.replace("_loss", "")
        loss = {"first": "one_loss", "second": "two_loss"}[network]
        return lambda images, training: {
            loss: ops.mean(getattr(self, network)(images, training=training))
        }

    def call(self, images, training=None):
        return self.first(images, training=training)


def fit(model, **settings):
    """Train the first phase with settings and the second without, on one batch a step."""
    model.compile(
        {
            "one": keras.optimizers.SGD(**{"learning_rate": RATE, **settings}),
            "two": keras.optimizers.SGD(RATE),
        }
    )
    start = kernels(model)
    model.fit(INPUTS.reshape(-1, 4, 4, 1), batch_size=3, shuffle=False, verbose=0)
    return start


def kernels(model):
    return [network.get_weights()[0].ravel() for network in (model.first, model.second)]


def assert_kernels(model, start, first):
    """Compare the first kernel with an expected one, and the second with plain descent."""
    np.testing.assert_allclose(kernels(model)[0], first, rtol=1e-5, atol=1e-6)
    plain = start[1] - RATE * GRADIENTS.sum(axis=0)
    np.testing.assert_allclose(kernels(model)[1], plain, rtol=1e-5, atol=1e-6)


def test_schedules():
    model = TwoLines()
    start = fit(model, learning_rate=keras.optimizers.schedules.CosineDecay(RATE, STEPS))
    rates = RATE * 0.5 * (1 + np.cos(np.pi * np.arange(STEPS) / STEPS))
    assert_kernels(model, start, start[0] - rates @ GRADIENTS)


@pytest.mark.parametrize("setting", ["clipnorm", "global_clipnorm"])
def test_clipping(setting):
    model = TwoLines()
    start = fit(model, **{setting: 0.5})
    norms = np.linalg.norm(GRADIENTS, axis=1)
    if setting == "global_clipnorm":
        norms = np.sqrt(norms**2 + 1)  # the bias's gradient is 1
    assert (norms > 0.5).all()
    clipped = 0.5 * GRADIENTS / norms[:, None]
    assert_kernels(model, start, start[0] - RATE * clipped.sum(axis=0))


def test_weight_decay_excludes_biases():
    model = TwoLines()
    start = fit(model, weight_decay=0.1)
    kernel = start[0]
    for gradient in GRADIENTS:
        kernel = kernel * (1 - 0.1 * RATE) - RATE * gradient
    assert_kernels(model, start, kernel)
    np.testing.assert_allclose(model.first.get_weights()[1], [-RATE * STEPS], rtol=1e-5)


def test_gradient_accumulation():
    model = TwoLines()
    start = fit(model, gradient_accumulation_steps=4)
    # Four of the six batches make one update; two wait for the next.
    assert_kernels(model, start, start[0] - RATE * GRADIENTS[:4].mean(axis=0))


def averaged(start, momentum):
    """Return the latest kernel and its moving average, which starts at the first update."""
    average, kernel = None, start
    for gradient in GRADIENTS:
        kernel = kernel - RATE * gradient
        average = kernel if average is None else momentum * average + (1 - momentum) * kernel
    return kernel, average


def test_averages_replace_weights_temporarily_and_after_fit():
    model = TwoLines()
    during = []

    class Recorder(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            during.append(kernels(self.model)[0])

        def on_epoch_end(self, epoch, logs=None):
            during.append(kernels(self.model)[0])
            with self.model.averaged_weights(), self.model.averaged_weights():
                during.append(kernels(self.model)[0])
            during.append(kernels(self.model)[0])

    start = kernels(model)
    model.compile(
        {
            "one": keras.optimizers.SGD(RATE, use_ema=True, ema_momentum=0.7),
            "two": keras.optimizers.SGD(RATE),
        }
    )
    model.fit(
        INPUTS.reshape(-1, 4, 4, 1),
        batch_size=3,
        shuffle=False,
        verbose=0,
        validation_data=INPUTS[0],
        callbacks=[Recorder()],
    )
    latest, average = averaged(start[0], 0.7)
    for found, wanted in zip(during, (average, latest, average, latest), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    assert_kernels(model, start, average)


def test_settings_and_averages_are_saved(create, images, tmp_path):
    model = create("gan")
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 50)
    settings = {"clipnorm": 1.0, "weight_decay": 1e-3, "gradient_accumulation_steps": 2}
    model.compile(
        {
            "discriminator": keras.optimizers.Adam(schedule, **settings),
            "generator": keras.optimizers.Adam(schedule, use_ema=True, ema_momentum=0.9),
        }
    )
    model.fit(images, batch_size=4, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for a, b in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))
    for one in (model, loaded):
        one.fit(images, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
    generators = [m.optimizer.phase_optimizers["generator"] for m in (model, loaded)]
    assert generators[0].get_config() == generators[1].get_config()
    assert len(loaded.optimizer.averages) == len(loaded.generator.trainable_variables)


def test_a_weight_that_two_phases_average_has_the_first_phases_average(create, images):
    model = create("aae")
    model.compile(keras.optimizers.SGD(1e-3, use_ema=True, ema_momentum=0.5))
    averages = model.optimizer.averages
    names = ("encoder", "decoder", "discriminator")
    trained = [v for name in names for v in model.networks[name].trainable_variables]
    assert {id(variable) for variable, _ in averages} == {id(v) for v in trained}
    assert len(averages) == len(trained)
    first = model.optimizer.optimizers[0]._model_variables_moving_average
    assert {id(v) for v in first} <= {id(average) for _, average in averages}
