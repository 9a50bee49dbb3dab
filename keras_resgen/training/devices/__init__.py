"""Training on many devices, by the engines that Keras's backends have for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import keras

ENGINES = ("tensorflow", "jax")


@contextmanager
def distributed(devices: int) -> Iterator[None]:
    """Lets models that are built, compiled and trained within use several devices of this machine.

    Every device has all weights and a share of each batch; gradients are averaged. On TensorFlow
    the engine is `tf.distribute.MirroredStrategy`, on JAX `keras.distribution.DataParallel`. From
    the same seed, k devices take the steps that one device takes with the whole batch, noise
    included, for networks without batch normalisation. With it TensorFlow's replicas normalise
    their own images alone, unless the networks are built with `normalization="synchronized"`; on
    JAX it is always over the whole batch.

    Args:
        devices: how many; GPUs if there are any, else what TensorFlow or JAX calls CPU devices, of
            which there is one unless they are told otherwise.

    Raises:
        ValueError: if there are fewer devices, or the backend has no such engine.

    Example:

    >>> from keras_resgen.models import GAN
    >>> with distributed(devices=1):
    ...     model = GAN.create(image_size=32, latent_dim=8, width=4)
    ...     model.compile()
    """
    if devices < 1:
        raise ValueError(f"devices must be 1 or more. Received: {devices}. Give a count.")
    if devices == 1:
        yield
        return
    backend = keras.backend.backend()
    if backend not in ENGINES:
        raise ValueError(
            f"Many devices need one of the Keras backends {ENGINES}. Received: {backend!r}. "
            "Set KERAS_BACKEND, or train on one device."
        )
    with import_module(f"{__name__}.{backend}").local_devices(devices):
        yield


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
