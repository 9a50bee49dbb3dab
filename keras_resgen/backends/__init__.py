"""One adapter per Keras backend: differentiation, and the shape of Keras's train step.

An adapter module has `value_and_gradients(loss, variables, scale)`, `apply_gradients(optimizer,
gradients, variables)`, `input_gradient(function, inputs)`, `normalize_by_batch(inputs, gamma, beta,
epsilon)`, `replica_rows(draw, shape)`,
`is_out_of_memory(error)`, a context `repeatable()` in which training gives the same bits each time,
and a mix-in `PhasedTrainer` whose `train_step` and `test_step` have the backend's signature and
call `run_train_step(data)` and `run_test_step(data)`.
"""

from importlib import import_module
from types import ModuleType

import keras

ADAPTERS = ("tensorflow", "jax", "torch")


def adapter() -> ModuleType:
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
    return import_module(f"{__name__}.{backend}")
