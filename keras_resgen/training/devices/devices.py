"""How a model's batches are divided: not at all, unless an engine says otherwise."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_resgen.training.devices.hosts import current_hosts


class Devices:
    """The one device of a model that is not distributed; engines have a class of their own.

    Attributes:
        count: among how many devices, on all hosts, a batch is divided.
        host_count: on how many hosts they are.

    Example:

    >>> Devices().count
    1
    """

    count = 1
    host_count = 1

    def check(self, optimizers: Sequence[Any], jit_compile: str | bool) -> None:
        """Raises a ValueError if many devices cannot train as is asked; one device can."""

    def rows(self, draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
        """Draws random numbers of which every replica of a step gets rows of its own.

        Args:
            draw: from a shape to numbers, the same on every replica.
            shape: of one replica's numbers.

        Returns:
            This replica's rows of what is drawn for all of them.
        """
        return draw(tuple(shape))

    def metrics(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Returns a step's metrics in the shape that Keras's trainer expects."""
        return metrics

    def own_batches(self, data: Any, steps: int | None) -> tuple[Any, int | None]:
        """Returns what `fit` and `evaluate` take of the data that every host is given.

        Args:
            data: on one host anything they take; on many hosts a `tf.data.Dataset`, the same on
                each.
            steps: how many batches of it; all if None.

        Returns:
            This host's rows of every batch, and the steps to give with them.

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
        """Returns a host's own rows as its engine takes them, and the steps to give with them."""
        return own, steps


def _part(rows: Any, index: int, count: int) -> Any:
    """One of equal parts of a TensorFlow tensor's rows, whose number a graph may not know."""
    import tensorflow as tf

    return tf.split(rows, count)[index]
