"""The TensorFlow adapter."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from keras_resgen.backends import common
from keras_resgen.backends.common import Metrics

apply_gradients = common.apply_gradients
outside_step = common.outside_step


def value_and_gradients(
    loss: Callable[[], tuple[Any, Metrics]],
    variables: Sequence[keras.Variable],
    scale: Callable[[Any], Any],
) -> tuple[Metrics, list[Any]]:
    """Compute a loss and its gradients with respect to variables; see `Adapter`."""
    tensors = [v.value for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value, metrics = loss()
        # Optimizers sum the replicas' gradients; the loss of a phase is the mean over replicas.
        scaled = scale(value / tf.distribute.get_strategy().num_replicas_in_sync)
    return metrics, tape.gradient(scaled, tensors)


def input_gradient(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Return the gradient of the sum of a function's outputs; see `Adapter`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs)


def pruned(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as a graph; see `Adapter`.

    Eager gradients with respect to inputs compute those of the weights too, in twice the time, and
    oneDNN's kernel for 1x1 convolutions with strides and few channels writes out of bounds there
    (TensorFlow 2.21).
    """
    graph = tf.function(function, autograph=False)
    # Calling the function itself would warn about many functions from one line.
    return lambda *tensors: graph.get_concrete_function(*tensors)(*tensors)


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize feature maps by the batch's statistics; see `Adapter`."""
    if GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        # XLA fuses these operations, and its version of the kernel computes the variance as a
        # difference of squares, which can be negative.
        return common.normalize_by_batch(inputs, gamma, beta, epsilon)
    outputs, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs, scale=gamma, offset=beta, mean=[], variance=[], epsilon=epsilon, is_training=True
    )
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), "float32")
    # A difference, since TensorFlow reorders products with constants once shapes are known.
    return outputs, mean, unbiased - unbiased / count


def fuse_updates(optimizer: keras.optimizers.Optimizer) -> None:
    """Make Adam update each variable by one kernel instead of thirty; see `Adapter`."""
    is_adam = type(optimizer).update_step is keras.optimizers.Adam.update_step
    if is_adam and not optimizer.amsgrad:
        optimizer.update_step = partial(_adam_step, optimizer)


def _adam_step(
    optimizer: keras.optimizers.Adam, gradient: Any, variable: Any, learning_rate: Any
) -> None:
    index = optimizer._get_variable_index(variable)
    numbers = (
        optimizer.beta_1,
        optimizer.beta_2,
        optimizer.epsilon,
        learning_rate,
        optimizer.iterations + 1,
    )
    beta_1, beta_2, epsilon, rate, updates = (tf.cast(n, variable.dtype) for n in numbers)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=optimizer._momentums[index].value.handle,
        v=optimizer._velocities[index].value.handle,
        beta1_power=beta_1**updates,
        beta2_power=beta_2**updates,
        lr=rate,
        beta1=beta_1,
        beta2=beta_2,
        epsilon=epsilon,
        grad=tf.cast(gradient, variable.dtype),
    )


@contextmanager
def repeatable() -> Iterator[None]:
    """Make training on a CPU bitwise reproducible, at no cost in speed.

    With TensorFlow's graph optimizer the gradients of larger models differ in their last bits from
    run to run, also under `enable_op_determinism`.
    """
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, tf.errors.ResourceExhaustedError)


class PhasedTrainer(common.PhasedTrainer):
    """Keras's train and test steps, on one replica or many."""

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: a compiled model is built, and a batch of many hosts has no shape."""
