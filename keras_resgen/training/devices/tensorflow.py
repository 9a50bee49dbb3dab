"""Many devices on TensorFlow."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_resgen.training.devices import check_count
from keras_resgen.training.devices.devices import Devices

# A process can become a worker only once.
_workers: list[tf.distribute.MultiWorkerMirroredStrategy] = []


class Replicas(Devices):
    """Devices that each run the step on their own rows of a batch."""

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self.strategy = strategy
        self.count = strategy.num_replicas_in_sync
        self.host_count = self.count if strategy in _workers else 1

    def check(self, optimizers: Sequence[Any], jit_compile: str | bool) -> None:
        """Raise a ValueError for settings that fail in `tf.distribute` with unclear errors."""
        asked = {
            "jit_compile": jit_compile is True,
            "gradient_accumulation_steps": any(o.gradient_accumulation_steps for o in optimizers),
            "ema_overwrite_frequency": any(o.ema_overwrite_frequency for o in optimizers),
        }
        if any(asked.values()):
            raise ValueError(
                f"TensorFlow cannot use {', '.join(asked)} on many devices. Received: "
                f"{', '.join(name for name, found in asked.items() if found)} on "
                f"{self.count} devices. Leave it out, or train on JAX or on one device."
            )

    def rows(self, draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
        """Draw the numbers of all replicas, and return the rows of this one."""
        replica = tf.distribute.get_replica_context()
        if replica is None:
            return draw(tuple(shape))
        rows, *rest = shape
        first = replica.replica_id_in_sync_group * rows
        return draw((self.count * rows, *rest))[first : first + rows]

    def metrics(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Return metrics with an axis on many hosts, along which Keras averages them."""
        if self.host_count == 1:
            return metrics
        return {name: tf.reshape(metric, (1,)) for name, metric in metrics.items()}

    def _fed(self, own: Any, steps: int | None) -> tuple[Any, int | None]:
        """Return a distributed data set, which has no length, and its number of steps."""
        length = int(own.cardinality())
        if steps is None and length < 0:
            raise ValueError(
                "Many hosts on TensorFlow need to know how many batches there are. Received: a "
                "data set without a length. Give steps_per_epoch, or validation_steps, too."
            )
        return self.strategy.distribute_datasets_from_function(
            lambda _: own.repeat()
        ), steps or length


def current_devices() -> Devices:
    """Return the devices of the models that are built here.

    Raises:
        ValueError: for distributions that would silently train wrongly or on one device.
    """
    strategy = tf.distribute.get_strategy()
    if keras.distribution.distribution() is not None:
        raise ValueError(
            "keras.distribution has no effect on TensorFlow. Received: "
            f"{type(keras.distribution.distribution()).__name__}. Build the model within "
            "keras_resgen.training.distributed, or set KERAS_BACKEND=jax."
        )
    of_one_process = (tf.distribute.MirroredStrategy, tf.distribute.OneDeviceStrategy)
    known = isinstance(strategy, of_one_process) or strategy in _workers
    if tf.distribute.has_strategy() and not known:
        raise ValueError(
            "On TensorFlow models train under tf.distribute.MirroredStrategy, or on many hosts. "
            f"Received: {type(strategy).__name__}. Build the model within "
            "keras_resgen.training.distributed."
        )
    return Replicas(strategy) if strategy.num_replicas_in_sync > 1 else Devices()


@contextmanager
def local_devices(count: int) -> Iterator[None]:
    """Replicate models on devices of this machine; see `keras_resgen.training.distributed`."""
    gpus = tf.config.list_logical_devices("GPU")
    found = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
    check_count(count, found, ", or make more with tf.config.set_logical_device_configuration")
    # The default reduction on CPUs cannot run several steps in one call.
    reduction = None if gpus else tf.distribute.ReductionToOneDevice()
    with tf.distribute.MirroredStrategy(found[:count], reduction).scope():
        yield


def join(hosts: Sequence[str], host: int) -> Callable:
    """Connect with other hosts."""
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(hosts)}),
        task_type="worker",
        task_id=host,
        rpc_layer="grpc",
    )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except RuntimeError as error:
        raise ValueError(
            "A process must join other hosts before it uses TensorFlow. Received: a process that "
            f"has used it ({error}). Enter distributed() first."
        ) from error
    if strategy.num_replicas_in_sync > len(hosts):
        raise ValueError(
            "On many hosts TensorFlow uses one device in each process. Received: "
            f"{strategy.num_replicas_in_sync} devices for {len(hosts)} hosts. "
            "Set CUDA_VISIBLE_DEVICES to one of them, and start a process for each."
        )
    _workers.append(strategy)

    @tf.function(reduce_retracing=True)
    def gather(numbers: tf.Tensor) -> tf.Tensor:
        return strategy.gather(numbers, axis=0)

    return lambda numbers: gather(tf.constant(np.asarray(numbers)[None]))


@contextmanager
def devices_of_hosts(count: int) -> Iterator[None]:
    """Replicate models on all hosts."""
    check_count(count, ["of this process"], ", and start a process for each device")
    with _workers[0].scope():
        yield
