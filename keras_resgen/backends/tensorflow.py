"""The TensorFlow adapter."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from keras_resgen.backends import common
from keras_resgen.backends.common import Figures, apply_gradients

__all__ = [
    "PhasedTrainer",
    "apply_gradients",
    "input_gradient",
    "is_out_of_memory",
    "normalize_by_batch",
    "repeatable",
    "replica_rows",
    "value_and_gradients",
]


def value_and_gradients(
    loss: Callable[[], tuple[Any, Figures]],
    variables: Sequence[keras.Variable],
    scale: Callable[[Any], Any],
) -> tuple[Figures, list[Any]]:
    """Evaluates a loss and differentiates it by variables; see `Adapter`."""
    tensors = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value, figures = loss()
        # Optimizers add up the replicas' gradients; the phase's loss is a mean over all of them.
        scaled = scale(value / tf.distribute.get_strategy().num_replicas_in_sync)
    return figures, tape.gradient(scaled, tensors)


def replica_rows(draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
    """Draws random numbers of which every replica gets its own rows; see `Adapter`."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return draw(tuple(shape))
    rows, *rest = shape
    first = replica.replica_id_in_sync_group * rows
    return draw((replica.num_replicas_in_sync * rows, *rest))[first : first + rows]


def input_gradient(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Differentiates the sum of a function's outputs by its inputs; see `Adapter`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs)


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalises feature maps by the batch's statistics; see `Adapter`."""
    if GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        # XLA fuses by itself, and would compute the kernel's variance as a difference of squares,
        # which can be negative.
        return common.normalize_by_batch(inputs, gamma, beta, epsilon)
    outputs, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
    )
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), "float32")
    # A difference, since products with constants are reordered, and rounded, as shapes are known.
    return outputs, mean, unbiased - unbiased / count


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

    distribute_strategy: tf.distribute.Strategy

    @property
    def device_count(self) -> int:
        """Among how many replicas a batch is divided."""
        return self.distribute_strategy.num_replicas_in_sync

    def check_engine(self, optimizers: Sequence[Any], jit_compile: str | bool) -> None:
        """Raises a ValueError for what fails in `tf.distribute`, whose errors do not say so."""
        asked = {
            "jit_compile": jit_compile is True,
            "gradient_accumulation_steps": any(o.gradient_accumulation_steps for o in optimizers),
            "ema_overwrite_frequency": any(o.ema_overwrite_frequency for o in optimizers),
        }
        if self.device_count > 1 and any(asked.values()):
            raise ValueError(
                f"TensorFlow cannot use {', '.join(asked)} on many devices. Received: "
                f"{', '.join(name for name, found in asked.items() if found)} on "
                f"{self.device_count} devices. Leave it out, or train on JAX or on one device."
            )
