"""Many devices on JAX."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import jax
import keras
from jax.experimental import multihost_utils

from keras_resgen.training.devices import check_count
from keras_resgen.training.devices.devices import Devices
from keras_resgen.training.devices.hosts import answer_probes


class DataParallelDevices(Devices):
    """Devices among which JAX divides the arrays of a step."""

    def __init__(self, distribution: keras.distribution.DataParallel) -> None:
        devices = distribution.device_mesh.devices.flat
        self.count = len(devices)
        self.host_count = len({device.process_index for device in devices})


def current_devices() -> Devices:
    """Return the devices of the models that are built here.

    Raises:
        ValueError: for a distribution other than `DataParallel`.
    """
    distribution = keras.distribution.distribution()
    if distribution is None:
        return Devices()
    if not isinstance(distribution, keras.distribution.DataParallel):
        raise ValueError(
            "On JAX models train under keras.distribution.DataParallel. Received: "
            f"{type(distribution).__name__}. Build the model within "
            "keras_resgen.training.distributed."
        )
    return DataParallelDevices(distribution)


@contextmanager
def local_devices(count: int) -> Iterator[None]:
    """Divide batches among devices of this machine; see `keras_resgen.training.distributed`."""
    with _data_parallel(_first_devices(jax.process_index(), count)):
        yield


def join(hosts: Sequence[str], host: int) -> Callable:
    """Connect with other hosts; the first one coordinates."""
    if host > 0:
        answer_probes(hosts[host])
    # Otherwise JAX aborts the process in place of raising an error.
    jax.config.update("jax_enable_recoverability", True)
    keras.distribution.initialize(",".join(hosts), len(hosts), host)
    return multihost_utils.process_allgather


@contextmanager
def devices_of_hosts(count: int) -> Iterator[None]:
    """Divide batches among `count` devices of each host."""
    by_host = [_first_devices(process, count) for process in range(jax.process_count())]
    with _data_parallel([device for own in by_host for device in own]):
        yield


def _first_devices(process: int, count: int) -> list:
    own = [device for device in jax.devices() if device.process_index == process]
    check_count(count, own, ", or make more with XLA_FLAGS or jax.config jax_num_cpu_devices")
    return own[:count]


@contextmanager
def _data_parallel(devices: list) -> Iterator[None]:
    before = keras.distribution.distribution()
    # Keras would distribute whole batches; here each host takes its rows of every batch.
    distribution = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    keras.distribution.set_distribution(distribution)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)
