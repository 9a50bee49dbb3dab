"""`compile`: optimizers per phase, metrics and execution settings."""

import keras
import numpy as np
import pytest

from keras_resgen.precision import precision
from keras_resgen.training import PhaseOptimizer
from keras_resgen.training.optimizer import optimizer_per_phase
from tests.backends import only_on


def train(model, images, **settings):
    """Train two steps from the same weights each time, and return the weights."""
    model.compile(keras.optimizers.SGD(1e-3), **settings)
    model.fit(images[:8], batch_size=4, shuffle=False, verbose=0)
    return model.get_weights()


def assert_close(weights, others, tolerance=1e-5):
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.fixture(scope="module")
def weights_of(create, images):
    """`weights_of(family, **settings)`: after training from the seed's initial weights."""

    def of(family, network="plain", **settings):
        keras.utils.set_random_seed(5)
        return train(create(family, network=network), images, **settings)

    return of


def test_every_phase_gets_a_copy_of_one_optimizer(create):
    model = create("aae")
    given = keras.optimizers.Adam(3e-4, beta_1=0.25, clipnorm=2.0)
    model.compile(given)
    inner = model.optimizer.phase_optimizers
    assert list(inner) == ["reconstruction", "discriminator", "regularization"]
    assert [o.name for o in inner.values()] == list(inner)
    assert len({id(o) for o in inner.values()} | {id(given)}) == 4
    assert not given.built
    for optimizer in inner.values():
        config = {**optimizer.get_config(), "name": None}
        assert config == {**given.get_config(), "name": None}


def test_a_mapping_gives_each_phase_its_optimizer(create):
    model = create("gan")
    model.compile({"generator": "sgd", "discriminator": keras.optimizers.RMSprop(0.5)})
    inner = model.optimizer.phase_optimizers
    assert isinstance(inner["generator"], keras.optimizers.SGD)
    assert isinstance(inner["discriminator"], keras.optimizers.RMSprop)
    assert float(inner["discriminator"].learning_rate) == 0.5


@pytest.mark.parametrize("wrap", [dict, PhaseOptimizer])
def test_a_mapping_must_name_exactly_the_phases(create, wrap):
    model = create("gan")
    for names in (("generator",), ("generator", "critic"), ("generator", "discriminator", "x")):
        optimizer = wrap({name: keras.optimizers.SGD() for name in names})
        with pytest.raises(ValueError, match=r"\['discriminator', 'generator'\].*Received: .*Give"):
            model.compile(optimizer)


def test_the_default_optimizer_is_the_familys(create):
    model = create("wgan-gp")
    model.compile()
    assert isinstance(model.optimizer, PhaseOptimizer)
    for optimizer in model.optimizer.optimizers:
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(1e-4)
        assert (config["beta_1"], config["beta_2"]) == (0.0, 0.9)


def test_an_optimizer_class_unknown_to_keras_is_copied_too():
    class Unregistered(keras.optimizers.SGD):
        pass

    copies = optimizer_per_phase(Unregistered(0.5), ("a", "b"))
    assert [type(o) for o in copies.values()] == [Unregistered, Unregistered]


def test_learning_rate_schedules_are_copied():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    copies = optimizer_per_phase(keras.optimizers.SGD(schedule), ("a", "b"))
    for optimizer in copies.values():
        assert optimizer.get_config()["learning_rate"]["config"] == schedule.get_config()


@only_on("tensorflow", "jax")
def test_the_first_steps_are_traced_once(create, images):
    model = create("aae")
    model.compile("adam")
    calls, step = [], model.run_train_step
    model.run_train_step = lambda data: calls.append(1) or step(data)
    model.fit(images, batch_size=4, epochs=2, verbose=0)
    model.fit(images, batch_size=4, verbose=0)
    assert len(calls) == 1
    assert [int(o.iterations) for o in model.optimizer.optimizers] == [9, 9, 9]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"run_eagerly": True}, marks=only_on("tensorflow")),  # slow on JAX
        pytest.param({"steps_per_execution": 2}, marks=only_on("tensorflow", "jax")),
    ],
    ids=["eager", "two_steps"],
)
@pytest.mark.parametrize("family", ["vae", "wgan-gp"])
def test_other_execution_settings_give_the_same_weights(family, settings, weights_of):
    assert_close(weights_of(family, **settings), weights_of(family))


@only_on("tensorflow")
@pytest.mark.parametrize("network", ["plain", pytest.param("resnet", marks=pytest.mark.slow)])
def test_xla_gives_the_same_weights(network, weights_of):
    # The autoencoder alone draws no noise, of which XLA would draw another.
    compiled = weights_of("ae", network=network, jit_compile=True)
    assert_close(compiled, weights_of("ae", network=network), tolerance=1e-4)


@pytest.mark.slow
@only_on("tensorflow")
@pytest.mark.parametrize("network", ["plain", "resnet"])
@pytest.mark.parametrize("family", ["vae", "aae", "gan", "wgan-gp"])
def test_xla_trains_the_other_families(family, network, weights_of):
    compiled = weights_of(family, network=network, jit_compile=True)
    assert all(np.isfinite(weights).all() for weights in compiled)


@pytest.mark.parametrize("family", ["ae", "gan"])
def test_metrics_are_evaluated_on_images_in_validation(family, create, images):
    model = create(family)
    metrics = [keras.metrics.MeanSquaredError(name="mse"), "mae"]
    model.compile(keras.optimizers.SGD(1e-4), metrics=metrics)
    history = model.fit(images[:8], batch_size=4, verbose=0, validation_data=images[8:]).history
    metrics = [metric for phase in model.phases for metric in phase.logged]
    assert set(history) == {*metrics, *(f"val_{n}" for n in [*metrics, "mse", "mae"])}
    report = model.evaluate(images[8:], verbose=0, return_dict=True)
    assert report["mse"] == pytest.approx(history["val_mse"][0], rel=1e-5)
    if family == "ae":
        expected = np.mean((model.predict(images[8:], verbose=0) - images[8:]) ** 2)
        assert report["mse"] == pytest.approx(float(expected), rel=1e-4)


# Callbacks that reach for the optimizer


def test_learning_rate_scheduler_reaches_every_phase(create, images):
    model = create("aae")
    model.compile({p.name: keras.optimizers.SGD(10.0**-i) for i, p in enumerate(model.phases, 3)})
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = model.fit(images, batch_size=4, epochs=2, verbose=0, callbacks=[halve]).history
    for i, phase in enumerate(model.phases, 3):
        rates = [10.0**-i / 2, 10.0**-i / 4]
        assert history[f"learning_rate_{phase.name}"] == pytest.approx(rates)
        optimizer = model.optimizer.phase_optimizers[phase.name]
        assert float(optimizer.learning_rate) == pytest.approx(rates[-1])


def test_reduce_lr_on_plateau_reaches_every_phase(create, images):
    model = create("gan")
    model.compile(keras.optimizers.SGD(1e-3))
    reduce = keras.callbacks.ReduceLROnPlateau(
        "generator_loss", factor=0.1, patience=1, min_delta=1e9, mode="min"
    )
    model.fit(images, batch_size=4, epochs=2, verbose=0, callbacks=[reduce])
    rates = [float(optimizer.learning_rate) for optimizer in model.optimizer.optimizers]
    assert rates == pytest.approx([1e-4, 1e-4])


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_moving_averages_of_weights_are_evaluated(policy, create, images):
    with precision(policy):
        model = create("ae")
    inner = keras.optimizers.SGD(1e-4, use_ema=True, ema_momentum=0.5)
    if policy == "mixed_float16":
        inner = keras.optimizers.LossScaleOptimizer(inner, initial_scale=1.0)
    model.compile(inner)
    for batch in np.split(images, 3):
        model.train_on_batch(batch)
    latest = model.get_weights()[0]
    codes, loss = model.encode(images), model.evaluate(images, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], latest)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    average = keras.ops.convert_to_numpy(model.optimizer.averages[0][1])
    np.testing.assert_array_equal(model.get_weights()[0], average)
    assert not np.array_equal(average, latest)
    model.compile("sgd")
    np.testing.assert_allclose(model.encode(images), codes, rtol=1e-5, atol=1e-6)
    assert model.evaluate(images, verbose=0) == pytest.approx(loss, rel=1e-5)


# Loss scaling


def half_precision(create, family):
    with precision("mixed_float16"):
        return create(family)


def test_mixed_float16_scales_the_loss_of_every_phase(create, images):
    model = half_precision(create, "aae")
    model.compile(keras.optimizers.SGD(1e-4))
    for name, optimizer in model.optimizer.phase_optimizers.items():
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert optimizer.name == optimizer.inner_optimizer.name == name
    before = model.encoder.get_weights()[0]
    history = model.fit(images, batch_size=4, epochs=5, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(int(o.iterations) > 0 for o in model.optimizer.optimizers)
    assert not np.array_equal(model.encoder.get_weights()[0], before)
    assert all(v.dtype == "float32" for v in model.trainable_variables)


def test_a_given_loss_scale_is_kept_and_removed_from_gradients(create, images):
    model = half_precision(create, "ae")
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1e-4), initial_scale=8.0)
    model.compile(scaled)
    (optimizer,) = model.optimizer.phase_optimizers.values()
    assert isinstance(optimizer.inner_optimizer, keras.optimizers.SGD)
    assert optimizer.initial_scale == 8.0
    weights = model.get_weights()
    model.fit(images[:4], batch_size=4, verbose=0)
    once = model.get_weights()

    other = half_precision(create, "ae")
    other.set_weights(weights)
    other.compile(
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1e-4), initial_scale=1.0)
    )
    other.fit(images[:4], batch_size=4, verbose=0)
    for a, b, old in zip(once, other.get_weights(), weights, strict=True):
        np.testing.assert_allclose(a - old, b - old, atol=0.05 * np.abs(b - old).max() + 1e-7)


def test_float32_is_not_scaled(create):
    model = create("ae")
    model.compile("sgd")
    assert isinstance(model.optimizer.phase_optimizers["reconstruction"], keras.optimizers.SGD)
