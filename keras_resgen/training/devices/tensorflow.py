"""Many devices on TensorFlow."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from keras_resgen.training.devices import check_count


@contextmanager
def local_devices(count: int) -> Iterator[None]:
    """Replicates models on devices of this machine; see `keras_resgen.training.distributed`."""
    gpus = tf.config.list_logical_devices("GPU")
    found = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
    check_count(count, found, ", or make more with tf.config.set_logical_device_configuration")
    # What CPUs else reduce by cannot run several steps in one call.
    reduction = None if gpus else tf.distribute.ReductionToOneDevice()
    with tf.distribute.MirroredStrategy(found[:count], reduction).scope():
        yield
