"""Functions that several adapters share; `Adapter` documents them."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import keras
from keras import ops

Metrics = dict[str, Any]

repeatable = nullcontext
outside_step = nullcontext


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Any],
    variables: Sequence[keras.Variable],
) -> None:
    """Update variables with an optimizer; see `Adapter`."""
    optimizer.apply(list(gradients), list(variables))


def fuse_updates(optimizer: keras.optimizers.Optimizer) -> None:
    """Do nothing, since the backend fuses Keras's updates; see `Adapter`."""


def pruned(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, since the backend computes no unused gradients; see `Adapter`."""
    return function


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize feature maps with Keras's operations, which XLA fuses; see `Adapter`."""
    values = ops.cast(inputs, "float32")
    mean, variance = ops.moments(values, (0, 1, 2))
    outputs = ops.batch_normalization(values, mean, variance, -1, beta, gamma, epsilon)
    return ops.cast(outputs, inputs.dtype), mean, variance


class PhasedTrainer:
    """Keras's train and test steps on backends whose variables change in place."""

    run_train_step: Callable[[Any], Metrics]
    run_test_step: Callable[[Any], Metrics]

    def train_step(self, data: Any) -> Metrics:
        """Run every phase on one batch and return the running means of the metrics."""
        return self.run_train_step(data)

    def test_step(self, data: Any) -> Metrics:
        """Evaluate every phase on one batch and return the running means of the metrics."""
        return self.run_test_step(data)
