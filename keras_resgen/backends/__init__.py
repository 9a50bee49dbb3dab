"""One adapter per Keras backend: differentiation, fused kernels, signatures of train steps."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol, cast

import keras

ADAPTERS = ("tensorflow", "jax", "torch")


class Adapter(Protocol):
    """The interface of every adapter module.

    Attributes:
        PhasedTrainer: a mix-in whose `train_step` and `test_step` have the backend's signature and
            call `run_train_step(data)` and `run_test_step(data)`.
    """

    PhasedTrainer: type

    def value_and_gradients(
        self,
        loss: Callable[[], tuple[Any, dict[str, Any]]],
        variables: Sequence[keras.Variable],
        scale: Callable[[Any], Any],
    ) -> tuple[dict[str, Any], list[Any]]:
        """Compute a loss and its gradients with respect to variables.

        Args:
            loss: returns the scalar to minimize and the metrics to report.
            variables: the variables of the gradients.
            scale: applied to the scalar before differentiation (loss scaling).

        Returns:
            The metrics, and one gradient for each variable.
        """

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: Sequence[Any],
        variables: Sequence[keras.Variable],
    ) -> None:
        """Update variables with an optimizer.

        Args:
            optimizer: an optimizer that was built for these variables.
            gradients: one for each variable, scaled as the optimizer scaled the loss.
            variables: the variables to update.
        """

    def fuse_updates(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Make an optimizer update each variable by one kernel, if the backend has it.

        Args:
            optimizer: without `LossScaleOptimizer`; its updates stay the same up to rounding.
        """

    def input_gradient(self, function: Callable[[Any], Any], inputs: Any) -> Any:
        """Return the gradient of the sum of a function's outputs, which is differentiable again.

        Args:
            function: maps inputs of shape `(batch, ...)` to outputs of shape `(batch, ...)`, each
                row independently.
            inputs: where to differentiate.

        Returns:
            A tensor of the shape of `inputs`.
        """

    def pruned(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function without the operations that its result does not need.

        Args:
            function: a function of tensors without side effects.
        """

    def normalize_by_batch(
        self, inputs: Any, gamma: Any, beta: Any, epsilon: float
    ) -> tuple[Any, Any, Any]:
        """Normalize feature maps by the mean and variance of each channel over the batch.

        Args:
            inputs: tensor of shape `(batch, height, width, channels)`, of at most 32 bits.
            gamma: float32 scales of the channels.
            beta: float32 offsets of the channels.
            epsilon: number added to the variances.

        Returns:
            A tensor like `inputs`, and the float32 means and biased variances.
        """

    def outside_step(self) -> AbstractContextManager[None]:
        """Allow `value_and_gradients` outside of a training step, without changing variables.

        If variables change in place, the caller must restore the moving statistics.
        """

    def repeatable(self) -> AbstractContextManager[None]:
        """Make training on a CPU bitwise reproducible."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Return whether an error says that memory ran out."""


def adapter() -> Adapter:
    """Return the adapter module of the active Keras backend.

    Raises:
        RuntimeError: if there is no adapter for it.

    Example:

    >>> adapter().__name__.split(".")[-1] == keras.backend.backend()
    True
    """
    backend = keras.backend.backend()
    if backend not in ADAPTERS:
        raise RuntimeError(
            f"Training needs one of the Keras backends {ADAPTERS}. Received: {backend!r}. "
            "Set the environment variable KERAS_BACKEND before keras is imported."
        )
    return cast(Adapter, import_module(f"{__name__}.{backend}"))
