"""Saving and loading of weights, optimizer slots, counts and the state of the noise."""

import json

import keras
import numpy as np
import pytest

from keras_resgen.models import FAMILIES
from keras_resgen.training import PhaseOptimizer


def state(model):
    """Return everything that training continues from."""
    optimizer = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]
    return [
        *model.get_weights(),
        *optimizer,
        keras.ops.convert_to_numpy(model.seed_generator.state),
    ]


def assert_equal(some, others):
    for a, b in zip(some, others, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_loaded_model_continues_training_like_the_saved_one(family, trained, images, tmp_path):
    model, _ = trained(family)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert isinstance(loaded.optimizer, PhaseOptimizer)
    for one, other in ((loaded, model), (loaded.optimizer, model.optimizer)):
        assert json.dumps(one.get_config()) == json.dumps(other.get_config())
    assert_equal(state(loaded), state(model))
    assert [int(o.iterations) for o in loaded.optimizer.optimizers] == [
        3 * phase.updates for phase in model.phases
    ]
    for one in (model, loaded):
        one.fit(images, batch_size=4, shuffle=False, verbose=0)
    for a, b in zip(state(loaded), state(model), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("family", ["vae", "wgan-gp"])
def test_weights_files_hold_slots_and_noise(family, trained, create, images, tmp_path):
    model, _ = trained(family)
    model.save_weights(tmp_path / "model.weights.h5")
    other = create(family, seed=99)
    other.compile(keras.optimizers.Adam(1e-3))
    other.load_weights(tmp_path / "model.weights.h5")
    assert_equal(state(other), state(model))


def test_weights_load_without_compiling(trained, create, tmp_path):
    model, _ = trained("ae")
    model.save_weights(tmp_path / "model.weights.h5")
    other = create("ae")
    other.load_weights(tmp_path / "model.weights.h5")
    assert_equal(other.get_weights(), model.get_weights())


def test_compile_settings_are_restored(create, tmp_path):
    model = create("gan")
    metric = keras.metrics.MeanSquaredError(name="mse")
    model.compile(
        {"discriminator": "sgd", "generator": "adam"}, metrics=[metric], steps_per_execution=3
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.steps_per_execution == 3
    assert [type(o).__name__ for o in loaded.optimizer.optimizers] == ["SGD", "Adam"]
    assert [m.name for m in loaded._compile_metrics.metrics] == ["mse"]


def test_an_uncompiled_model_is_loaded_uncompiled(create, tmp_path):
    create("ae").save(tmp_path / "model.keras")
    assert not keras.saving.load_model(tmp_path / "model.keras").compiled


def test_loss_scale_is_saved(create, images, tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = create("ae")
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(1e-4))
    (optimizer,) = model.optimizer.phase_optimizers.values()
    optimizer.dynamic_scale.assign(64.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    (other,) = loaded.optimizer.phase_optimizers.values()
    assert isinstance(other, keras.optimizers.LossScaleOptimizer)
    assert float(other.dynamic_scale) == 64.0
    assert_equal(state(loaded), state(model))


def test_an_annealed_beta_is_saved(create, tmp_path):
    model = create("vae", beta=2.0)
    model.beta.assign(0.25)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.beta) == 0.25
    assert loaded.get_config()["beta"] == 2.0
