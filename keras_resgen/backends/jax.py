"""The JAX adapter."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import keras
from jax import numpy as jnp

from keras_resgen.backends import common
from keras_resgen.backends.common import Metrics

normalize_by_batch = common.normalize_by_batch
repeatable = common.repeatable
fuse_updates = common.fuse_updates
pruned = common.pruned

# The scopes of the running steps. On JAX a step is a pure function from the values of all variables
# to their next values, which it reads and writes through a `keras.StatelessScope`.
_step_scopes: list[keras.StatelessScope] = []


def value_and_gradients(
    loss: Callable[[], tuple[Any, Metrics]],
    variables: Sequence[keras.Variable],
    scale: Callable[[Any], Any],
) -> tuple[Metrics, list[Any]]:
    """Compute a loss and its gradients with respect to variables; see `Adapter`."""
    step = _step_scopes[-1]

    def pure(values: list[Any]) -> tuple[Any, tuple[Metrics, dict[int, Any]]]:
        # Without collect_losses the penalties of regularizers and `add_loss` would be lost.
        with keras.StatelessScope(collect_losses=True) as scope:
            scope.state_mapping.update(step.state_mapping)
            scope.state_mapping.update(
                (id(v), value) for v, value in zip(variables, values, strict=True)
            )
            value, metrics = loss()
            scaled = scale(value)
        return scaled, (metrics, scope.state_mapping)

    gradients, (metrics, after) = jax.grad(pure, has_aux=True)([v.value for v in variables])
    step.state_mapping.update(after)
    return metrics, gradients


@contextmanager
def outside_step() -> Iterator[None]:
    """Allow `value_and_gradients` outside of a training step; see `Adapter`."""
    with keras.StatelessScope() as scope:
        _step_scopes.append(scope)
        try:
            yield
        finally:
            _step_scopes.pop()


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Any],
    variables: Sequence[keras.Variable],
) -> None:
    """Update variables with an optimizer; see `Adapter`."""
    # `LossScaleOptimizer.apply` assigns within branches, which JAX cannot trace.
    slots = optimizer.variables
    after = optimizer.stateless_apply(
        [v.value for v in slots], list(gradients), [v.value for v in variables]
    )
    for group, values in zip((variables, slots), after, strict=True):
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)


def input_gradient(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Return the gradient of the sum of a function's outputs; see `Adapter`."""
    return jax.grad(lambda points: jnp.sum(function(points)))(inputs)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)


class PhasedTrainer(common.PhasedTrainer):
    """Keras's train and test steps as the JAX trainer calls them, with explicit state."""

    trainable_variables: list[keras.Variable]
    non_trainable_variables: list[keras.Variable]
    metrics_variables: list[keras.Variable]
    optimizer: keras.optimizers.Optimizer

    def train_step(self, state: Any, data: Any) -> tuple[Metrics, Any]:  # type: ignore[override]
        """Run every phase on one batch and return the running means of the metrics and state."""
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )
        return _run(self.run_train_step, groups, state, data)

    def test_step(self, state: Any, data: Any) -> tuple[Metrics, Any]:  # type: ignore[override]
        """Evaluate every phase on one batch and return the same as `train_step`."""
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.metrics_variables,
        )
        return _run(self.run_test_step, groups, state, data)


def _run(
    step: Callable[[Any], Metrics], groups: Sequence[list[keras.Variable]], state: Any, data: Any
) -> tuple[Metrics, Any]:
    """Run a step on the values that Keras's trainer passes for groups of variables."""
    pairs = [
        pair
        for group, values in zip(groups, state, strict=True)
        for pair in zip(group, values, strict=True)
    ]
    with keras.StatelessScope(pairs) as scope:
        _step_scopes.append(scope)
        try:
            metrics = step(data)
        finally:
            _step_scopes.pop()
    return metrics, tuple([scope.get_current_value(v) for v in group] for group in groups)
