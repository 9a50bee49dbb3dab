"""`PhaseOptimizer` without a model."""

import keras
import numpy as np
import pytest

from keras_resgen.training import PhaseOptimizer
from tests.backends import only_on


def two_phases(**settings):
    return PhaseOptimizer(
        {
            "one": keras.optimizers.SGD(0.5, name="one", **settings),
            "two": keras.optimizers.Adam(0.25, name="two", **settings),
        },
        name="both",
    )


@pytest.fixture
def variable():
    return keras.Variable(np.ones((2,), "float32"))


def test_two_phases_can_train_one_variable(variable):
    optimizer = two_phases()
    optimizer.build_phases({"one": [variable], "two": [variable]})
    optimizer.apply_phase("one", [keras.ops.ones(2)], [variable])
    np.testing.assert_allclose(variable.numpy(), 0.5)
    optimizer.apply_phase("two", [keras.ops.ones(2)], [variable])
    np.testing.assert_allclose(variable.numpy(), 0.25, rtol=1e-5)
    assert [int(inner.iterations) for inner in optimizer.optimizers] == [1, 1]


def test_all_inner_variables_are_listed(variable):
    optimizer = two_phases()
    optimizer.build_phases({"one": [variable], "two": [variable]})
    own = {id(v) for v in optimizer.variables}
    for inner in optimizer.optimizers:
        assert {id(v) for v in inner.variables} <= own
    assert len(own) == len(optimizer.variables)


@pytest.mark.parametrize("scaled", [False, True])
def test_configuration_round_trip(scaled):
    optimizer = two_phases(clipnorm=3.0)
    if scaled:
        inner = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=8.0)
        optimizer = PhaseOptimizer({"one": inner}, name="both")
    config = optimizer.get_config()
    again = PhaseOptimizer.from_config(optimizer.get_config())  # Keras empties what it reads
    assert again.get_config() == config
    assert again.name == "both"
    restored = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(restored, PhaseOptimizer)
    assert restored.get_config() == config


def test_learning_rate_is_set_in_every_phase():
    optimizer = two_phases()
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate = 0.125
    assert [float(inner.learning_rate) for inner in optimizer.optimizers] == [0.125, 0.125]


def test_only_weights_with_moving_averages_are_overwritten(variable):
    other = keras.Variable(np.ones((2,), "float32"))
    optimizer = PhaseOptimizer(
        {
            "averaged": keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5),
            "plain": keras.optimizers.SGD(1.0),
        }
    )
    optimizer.build_phases({"averaged": [variable], "plain": [other]})
    for name, trained in 2 * (("averaged", variable), ("plain", other)):
        optimizer.apply_phase(name, [keras.ops.ones(2)], [trained])
    optimizer.finalize_variable_values([variable, other])
    # The weights were 0, then -1; the average starts from the first.
    np.testing.assert_allclose(variable.numpy(), -0.5)
    np.testing.assert_allclose(other.numpy(), -1.0)


def test_optimizers_are_listed_without_loss_scaling():
    inner = keras.optimizers.SGD(1.0)
    optimizer = PhaseOptimizer({"only": keras.optimizers.LossScaleOptimizer(inner)})
    assert optimizer.optimizers == [inner]


def test_an_optimizer_without_phases_is_refused():
    with pytest.raises(ValueError, match=r"at least one phase.*Received: an empty.*Give"):
        PhaseOptimizer({})


@pytest.mark.parametrize(
    "create",
    [
        lambda: keras.optimizers.Adam(0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-3),
        lambda: keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(0.1, 20), global_clipnorm=1.0, use_ema=True
        ),
        lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1, gradient_accumulation_steps=2),
        lambda: keras.optimizers.Adam(0.1, amsgrad=True),
        lambda: keras.optimizers.Nadam(0.1),
    ],
    ids=["adam", "clipped", "adamw", "amsgrad", "nadam"],
)
def test_updates_are_those_of_keras(create):
    gradients = np.random.default_rng(0).normal(size=(12, 3, 4)).astype("float32")
    of_keras, own = [keras.Variable(np.ones((3, 4), "float32")) for _ in range(2)]
    alone = create()
    alone.build([of_keras])
    optimizer = PhaseOptimizer({"one": create()})
    optimizer.build_phases({"one": [own]})
    for gradient in gradients:
        alone.apply([keras.ops.convert_to_tensor(gradient)], [of_keras])
        optimizer.apply_phase("one", [keras.ops.convert_to_tensor(gradient)], [own])
    np.testing.assert_allclose(own.numpy(), of_keras.numpy(), rtol=1e-4)
    slots = optimizer.optimizers[0].variables
    for a, b in zip(slots, alone.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-7)


@only_on("tensorflow")
def test_adam_updates_a_variable_by_one_kernel(variable):
    import tensorflow as tf

    optimizer = PhaseOptimizer({"one": keras.optimizers.Adam()})
    optimizer.build_phases({"one": [variable]})
    graph = tf.function(
        lambda: optimizer.apply_phase("one", [keras.ops.ones(2)], [variable])
    ).get_concrete_function()
    kinds = [operation.type for operation in graph.graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 1
    assert kinds.count("AssignVariableOp") == 1, "nothing else changes but the count of updates"


class HalvedAdam(keras.optimizers.Adam):
    """An optimizer with its own update step."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate / 2)


def test_a_subclass_keeps_its_own_update_step(variable):
    optimizer = PhaseOptimizer({"one": HalvedAdam(0.5)})
    optimizer.build_phases({"one": [variable]})
    optimizer.apply_phase("one", [keras.ops.ones(2)], [variable])
    np.testing.assert_allclose(variable.numpy(), 0.75, rtol=1e-5)
