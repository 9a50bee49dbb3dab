"""What adapters share: each takes what it needs no other form of."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import keras

Figures = dict[str, Any]

repeatable = nullcontext


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Any],
    variables: Sequence[keras.Variable],
) -> None:
    """Updates variables with an optimizer.

    Args:
        optimizer: built for these variables.
        gradients: one for each variable, scaled as the optimizer scaled the loss.
        variables: those to update.
    """
    optimizer.apply(list(gradients), list(variables))


class PhasedTrainer:
    """Keras's train and test steps, for backends whose variables change in place."""

    run_train_step: Callable[[Any], Figures]
    run_test_step: Callable[[Any], Figures]

    def train_step(self, data: Any) -> Figures:
        """Runs every phase on one batch and returns the running means of the figures."""
        return self.run_train_step(data)

    def test_step(self, data: Any) -> Figures:
        """Evaluates every phase on one batch and returns the running means of the figures."""
        return self.run_test_step(data)
