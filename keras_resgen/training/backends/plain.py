"""What JAX or PyTorch need not do, where TensorFlow must."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from keras import ops

repeatable = nullcontext


def replica_rows(draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
    """Draws random numbers: a step is one program, whose arrays JAX divides among devices."""
    return draw(tuple(shape))


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalises feature maps as Keras does: JAX fuses these operations by itself."""
    values = ops.cast(inputs, "float32")
    mean, variance = ops.moments(values, (0, 1, 2))
    outputs = ops.batch_normalization(values, mean, variance, -1, beta, gamma, epsilon)
    return ops.cast(outputs, inputs.dtype), mean, variance
