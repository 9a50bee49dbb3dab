"""Training on many devices and hosts, by the engines that Keras's backends have for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

import keras

from keras_resgen.training.devices.devices import Devices
from keras_resgen.training.devices.hosts import check_hosts, joined

ENGINES = ("tensorflow", "jax")


@contextmanager
def distributed(devices: int = 1, hosts: Sequence[str] = (), host: int = 0) -> Iterator[None]:
    """Lets models that are built, compiled and trained within use many devices, on many hosts.

    Every device has all weights and a share of each batch; gradients are averaged. On TensorFlow
    the engine is `tf.distribute.MirroredStrategy`, for many hosts `MultiWorkerMirroredStrategy`;
    on JAX `keras.distribution.DataParallel`, over all processes of `jax.distributed`. From the same
    seed, k devices take the steps that one device takes with the whole batch, noise included, for
    networks without batch normalization. With it TensorFlow's replicas normalize their own images
    alone, unless the networks are built with `normalization="synchronized"`; on JAX it is always
    over the whole batch.

    A host is a process. All run the same program, each with its own `host`, and enter this before
    they use TensorFlow or JAX for anything else. Each is given the same `tf.data.Dataset`s of whole
    batches, of which it trains on rows of its own, and has the same weights and metrics at the end.

    Args:
        devices: how many on each host; GPUs if there are any, else what TensorFlow or JAX calls CPU
            devices, of which there is one unless they are told otherwise. On many hosts TensorFlow
            uses one: start a process for each, with a port of its own.
        hosts: `name:port` of every host, where the others reach it; this process alone if fewer
            than two.
        host: index of this process in `hosts`.

    Raises:
        ValueError: if there are fewer devices, or the backend has no such engine.
        LostHostError: if another host ends before the others; the last checkpoints hold what was
            trained.

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
    """Returns the devices of the models that are built here.

    Example:

    >>> current_devices().count
    1
    """
    backend = keras.backend.backend()
    if backend not in ENGINES:
        return Devices()
    return import_module(f"{__name__}.{backend}").current_devices()


def check_count(wanted: int, found: list, how: str) -> None:
    """Raises unless there are as many devices as are wanted.

    Args:
        wanted: how many.
        found: the devices there are.
        how: what would make more of them.

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
