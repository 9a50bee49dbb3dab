"""Training on many devices and hosts, with the engines of Keras's backends."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

import keras

from keras_resgen.training.devices.devices import Devices
from keras_resgen.training.devices.hosts import check_hosts, joined

ENGINES = ("tensorflow", "jax")


@contextmanager
def distributed(devices: int = 1, hosts: Sequence[str] = (), host: int = 0) -> Iterator[None]:
    """Distribute models that are built, compiled and trained in the context over devices and hosts.

    Every device has all weights and a share of each batch; gradients are averaged. On TensorFlow
    the engine is `tf.distribute.MirroredStrategy`, for many hosts `MultiWorkerMirroredStrategy`;
    on JAX `keras.distribution.DataParallel`, over all processes of `jax.distributed`. For networks
    without batch normalization, k devices make the same updates from the same seed as one device
    with the whole batch, noise included. With batch normalization each TensorFlow replica
    normalizes its own images, unless the networks are built with `normalization="synchronized"`;
    JAX always normalizes over the whole batch.

    A host is a process. All hosts run the same program, each with its own `host`, and enter the
    context before they use TensorFlow or JAX for anything else. All receive the same
    `tf.data.Dataset`s of whole batches. Each trains on its own rows of every batch, and all have
    the same weights and metrics at the end.

    Args:
        devices: number of devices on each host: GPUs if there are any, otherwise the CPU devices of
            TensorFlow or JAX, one by default. On many hosts TensorFlow uses one: start a process
            for each device, with a port of its own.
        hosts: `name:port` of every host, where the others reach it; with fewer than two, this
            process trains alone.
        host: index of this process in `hosts`.

    Raises:
        ValueError: if there are fewer devices, or the backend has no such engine.
        LostHostError: if another host ends before the others; training can be resumed from the
            last checkpoints.

    Example:

    >>> from keras_resgen.models import GAN
    >>> with distributed(devices=1):
    ...     model = GAN.create(image_size=32, latent_dim=8, width=4)
    ...     model.compile()
    """
    if devices < 1:
        raise ValueError(f"devices must be 1 or more. Received: {devices}. Give a count.")
    check_hosts(hosts, host)
    if devices == 1 and len(hosts) < 2:
        yield
        return
    backend = keras.backend.backend()
    if backend not in ENGINES:
        raise ValueError(
            f"Many devices need one of the Keras backends {ENGINES}. Received: {backend!r}. "
            "Set KERAS_BACKEND, or train on one device."
        )
    engine = import_module(f"{__name__}.{backend}")
    if len(hosts) < 2:
        with engine.local_devices(devices):
            yield
    else:
        with joined(engine.join, hosts, host), engine.devices_of_hosts(devices):
            yield


def current_devices() -> Devices:
    """Return the devices of the models that are built here.

    Example:

    >>> current_devices().count
    1
    """
    backend = keras.backend.backend()
    if backend not in ENGINES:
        return Devices()
    return import_module(f"{__name__}.{backend}").current_devices()


def check_count(wanted: int, found: list, how: str) -> None:
    """Raise a ValueError if there are fewer devices than `wanted`.

    Args:
        wanted: number of devices.
        found: the devices that exist.
        how: how to make more of them, for the message.

    Raises:
        ValueError: if there are fewer.

    Example:

    >>> check_count(2, ["CPU:0", "CPU:1"], "")
    """
    if wanted > len(found):
        raise ValueError(
            f"devices must be at most {len(found)} here. Received: {wanted}, with "
            f"{[str(device) for device in found]}. Ask for fewer{how}."
        )
