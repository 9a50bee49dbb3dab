"""The TensorFlow adapter."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from keras_resgen.backends import common
from keras_resgen.backends.common import apply_gradients

__all__ = [
    "PhasedTrainer",
    "apply_gradients",
    "input_gradient",
    "is_out_of_memory",
    "repeatable",
    "value_and_gradients",
]

Figures = dict[str, Any]


def value_and_gradients(
    loss: Callable[[], tuple[Any, Figures]],
    variables: Sequence[keras.Variable],
    scale: Callable[[Any], Any],
) -> tuple[Figures, list[Any]]:
    """Evaluates a loss and differentiates it by variables.

    Args:
        loss: returns the scalar to minimise and the figures to report.
        variables: what to differentiate by.
        scale: applied to the scalar before differentiation (loss scaling).

    Returns:
        The figures, and one gradient for each variable.
    """
    tensors = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value, figures = loss()
        # Optimizers add up the replicas' gradients; the phase's loss is a mean over all of them.
        scaled = scale(value / tf.distribute.get_strategy().num_replicas_in_sync)
    return figures, tape.gradient(scaled, tensors)


def input_gradient(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Differentiates the sum of a function's outputs by its inputs, differentiably.

    Args:
        function: maps inputs of shape `(batch, ...)` to outputs of shape `(batch, ...)`, each
            row for itself.
        inputs: where to differentiate.

    Returns:
        A tensor of the shape of `inputs`.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs)


@contextmanager
def repeatable() -> Iterator[None]:
    """Lets a training on a CPU give the same bits each time, at no cost in speed.

    TensorFlow's rewriting of graphs lets the gradients of larger models differ in their last bits
    from run to run, also under `enable_op_determinism`.
    """
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether an error says that memory ran out."""
    return isinstance(error, tf.errors.ResourceExhaustedError)


class PhasedTrainer(common.PhasedTrainer):
    """Keras's train and test steps, on one replica or many."""

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing: a compiled model is built, and a batch of many hosts has no shape."""
