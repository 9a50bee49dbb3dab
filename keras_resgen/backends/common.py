"""What adapters share: each takes what it needs in no other form; `Adapter` says what it is for."""

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
    """Updates variables with an optimizer; see `Adapter`."""
    optimizer.apply(list(gradients), list(variables))


def fuse_updates(optimizer: keras.optimizers.Optimizer) -> None:
    """Does nothing: Keras's updates are fused already; see `Adapter`."""


def pruned(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function: gradients are only computed of what is asked for; see `Adapter`."""
    return function


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalizes feature maps as Keras does: XLA fuses these operations by itself."""
    values = ops.cast(inputs, "float32")
    mean, variance = ops.moments(values, (0, 1, 2))
    outputs = ops.batch_normalization(values, mean, variance, -1, beta, gamma, epsilon)
    return ops.cast(outputs, inputs.dtype), mean, variance


class PhasedTrainer:
    """Keras's train and test steps, for backends whose variables change in place."""

    run_train_step: Callable[[Any], Metrics]
    run_test_step: Callable[[Any], Metrics]

    def train_step(self, data: Any) -> Metrics:
        """Runs every phase on one batch and returns the running means of the metrics."""
        return self.run_train_step(data)

    def test_step(self, data: Any) -> Metrics:
        """Evaluates every phase on one batch and returns the running means of the metrics."""
        return self.run_test_step(data)
