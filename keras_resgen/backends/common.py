"""What adapters share: each takes what it needs in no other form; `Adapter` says what it is for."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import keras
from keras import ops

Figures = dict[str, Any]

repeatable = nullcontext


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Any],
    variables: Sequence[keras.Variable],
) -> None:
    """Updates variables with an optimizer; see `Adapter`."""
    optimizer.apply(list(gradients), list(variables))


def replica_rows(draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
    """Draws random numbers: a step is one program, whose arrays JAX divides among devices."""
    return draw(tuple(shape))


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalises feature maps as Keras does: XLA fuses these operations by itself."""
    values = ops.cast(inputs, "float32")
    mean, variance = ops.moments(values, (0, 1, 2))
    outputs = ops.batch_normalization(values, mean, variance, -1, beta, gamma, epsilon)
    return ops.cast(outputs, inputs.dtype), mean, variance


class PhasedTrainer:
    """Keras's train and test steps, for backends whose variables change in place."""

    run_train_step: Callable[[Any], Figures]
    run_test_step: Callable[[Any], Figures]

    @property
    def device_count(self) -> int:
        """Among how many devices a batch is divided."""
        return 1

    def check_engine(self, optimizers: Sequence[Any], jit_compile: str | bool) -> None:
        """Raises a ValueError if many devices cannot train as is asked; one device can."""

    def train_step(self, data: Any) -> Figures:
        """Runs every phase on one batch and returns the running means of the figures."""
        return self.run_train_step(data)

    def test_step(self, data: Any) -> Figures:
        """Evaluates every phase on one batch and returns the running means of the figures."""
        return self.run_test_step(data)
