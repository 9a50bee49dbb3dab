"""Analyses run networks in training mode without changing their state."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops


@contextmanager
def restore_state(network: keras.Model) -> Iterator[None]:
    """Restore moving statistics and seeds of a network at the end.

    Example:

    >>> network = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    >>> with restore_state(network):
    ...     _ = network(keras.ops.ones((3, 2)), training=True)
    >>> network.layers[0].moving_mean.numpy().tolist()
    [0.0, 0.0]
    """
    before = [(v, ops.convert_to_numpy(v)) for v in network.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)
