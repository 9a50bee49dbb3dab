"""Many devices on JAX."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import keras

from keras_resgen.training.devices import check_count


@contextmanager
def local_devices(count: int) -> Iterator[None]:
    """Divides batches among devices of this machine; see `keras_resgen.training.distributed`."""
    found = jax.local_devices()
    check_count(count, found, ", or make more with XLA_FLAGS or jax.config jax_num_cpu_devices")
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=found[:count]))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)
