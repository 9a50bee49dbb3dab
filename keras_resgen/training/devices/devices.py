"""The division of a model's batches among devices; by default they are not divided."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_resgen.training.devices.hosts import current_hosts


class Devices:
    """The single device of a model that is not distributed; engines have subclasses.

    Attributes:
        count: number of devices on all hosts that a batch is divided among.
        host_count: number of hosts.

    Example:

    >>> Devices().count
    1
    """

    count = 1
    host_count = 1

    def check(self, optimizers: Sequence[Any], jit_compile: str | bool) -> None:
        """Raise a ValueError for settings that many devices do not support; one supports all."""

    def rows(self, draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
        """Draw random numbers, different rows on every replica.

        Args:
            draw: maps a shape to random numbers, the same on every replica.
            shape: shape of one replica's numbers.

        Returns:
            This replica's rows of the numbers for all replicas.
        """
        return draw(tuple(shape))

    def metrics(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Return a step's metrics in the shape that Keras's trainer expects."""
        return metrics

    def own_batches(self, data: Any, steps: int | None) -> tuple[Any, int | None]:
        """Return this host's part of the data that `fit` and `evaluate` received.

        Args:
            data: on one host any data that they take; on many hosts a `tf.data.Dataset`, the same
                on each.
            steps: number of batches; None for all.

        Returns:
            This host's rows of every batch, and the number of steps to pass to Keras.

        Raises:
            ValueError: if the data are for many hosts and are no `tf.data.Dataset`.
        """
        if self.host_count == 1:
            return data, steps
        if not hasattr(data, "element_spec"):
            raise ValueError(
                "Many hosts need a tf.data.Dataset, the same on each, of which they take rows of "
                f"their own. Received: {type(data).__name__}. "
                "Give tf.data.Dataset.from_tensor_slices(images).batch(size)."
            )
        hosts = current_hosts()

        def own_rows(*batch: Any) -> Any:
            own = keras.tree.map_structure(
                lambda rows: _part(rows, hosts.index, self.host_count), batch
            )
            return own if len(own) > 1 else own[0]

        return self._fed(data.map(own_rows), steps)

    def _fed(self, own: Any, steps: int | None) -> tuple[Any, int | None]:
        """Return a host's own rows as its engine takes them, and the number of steps."""
        return own, steps


def _part(rows: Any, index: int, count: int) -> Any:
    """Return one of `count` equal parts of the rows of a TensorFlow tensor."""
    import tensorflow as tf

    return tf.split(rows, count)[index]
