"""One adapter per Keras backend: differentiation, fused kernels, the form of Keras's train step."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol, cast

import keras

ADAPTERS = ("tensorflow", "jax", "torch")


class Adapter(Protocol):
    """What every adapter module has.

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
        """Evaluates a loss and differentiates it by variables.

        Args:
            loss: returns the scalar to minimize and the metrics to report.
            variables: what to differentiate by.
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
        """Updates variables with an optimizer.

        Args:
            optimizer: built for these variables.
            gradients: one for each variable, scaled as the optimizer scaled the loss.
            variables: those to update.
        """

    def fuse_updates(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Lets an optimizer update each variable by one kernel, if the backend has it.

        Args:
            optimizer: not wrapped for loss scaling; its updates stay the same but for rounding.
        """

    def input_gradient(self, function: Callable[[Any], Any], inputs: Any) -> Any:
        """Differentiates the sum of a function's outputs by its inputs, differentiably.

        Args:
            function: maps inputs of shape `(batch, ...)` to outputs of shape `(batch, ...)`, each
                row for itself.
            inputs: where to differentiate.

        Returns:
            A tensor of the shape of `inputs`.
        """

    def pruned(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function of tensors that computes nothing its result does not need.

        Args:
            function: of tensors, without side effects.
        """

    def normalize_by_batch(
        self, inputs: Any, gamma: Any, beta: Any, epsilon: float
    ) -> tuple[Any, Any, Any]:
        """Normalizes feature maps by the mean and variance of each channel over the batch.

        Args:
            inputs: tensor of shape `(batch, height, width, channels)`, of at most 32 bits.
            gamma: float32 factors of the normalized channels.
            beta: float32 numbers added to them.
            epsilon: added to the variances.

        Returns:
            A tensor like `inputs`, and the float32 means and biased variances.
        """

    def outside_step(self) -> AbstractContextManager[None]:
        """Lets `value_and_gradients` be called outside of a training step, which changes nothing.

        Moving statistics that the loss changes are the caller's to put back where variables change
        in place.
        """

    def repeatable(self) -> AbstractContextManager[None]:
        """Lets a training on a CPU give the same bits each time."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Returns whether an error says that memory ran out."""


def adapter() -> Adapter:
    """Returns the adapter module of the active Keras backend.

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
