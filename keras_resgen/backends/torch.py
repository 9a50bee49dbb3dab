"""The PyTorch adapter."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch

from keras_resgen.backends import common
from keras_resgen.backends.common import Metrics

PhasedTrainer = common.PhasedTrainer
apply_gradients = common.apply_gradients
outside_step = common.outside_step
repeatable = common.repeatable
fuse_updates = common.fuse_updates
pruned = common.pruned


def value_and_gradients(
    loss: Callable[[], tuple[Any, Metrics]],
    variables: Sequence[keras.Variable],
    scale: Callable[[Any], Any],
) -> tuple[Metrics, list[Any]]:
    """Compute a loss and its gradients with respect to variables; see `Adapter`."""
    value, metrics = loss()
    gradients = torch.autograd.grad(scale(value), [v.value for v in variables], allow_unused=True)
    # Metrics with a graph would keep every batch of an epoch in memory.
    return {name: torch.as_tensor(metric).detach() for name, metric in metrics.items()}, [
        *gradients
    ]


def input_gradient(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Return the gradient of the sum of a function's outputs; see `Adapter`."""
    with torch.enable_grad():  # `evaluate` disables it
        points = inputs.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(function(points).sum(), points, create_graph=True)
    return gradient


def normalize_by_batch(inputs: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize feature maps by the batch's statistics; see `Adapter`."""
    channels_first = inputs.permute(0, 3, 1, 2)  # a view, in PyTorch's channels_last memory format
    outputs, mean, inverse = torch.native_batch_norm(
        channels_first, gamma, beta, None, None, True, 0.0, epsilon
    )
    # Equal to the divisor of inference up to the last bits; a variance of 0 may round below 0.
    variance = (inverse**-2 - epsilon).clamp(min=0.0)
    return outputs.permute(0, 2, 3, 1), mean.detach(), variance.detach()


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    )
