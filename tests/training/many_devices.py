"""Compare training on one device and on two virtual devices: `many_devices.py CASE...`."""

import os
import sys
from unittest import mock

if os.environ["KERAS_BACKEND"] == "jax":
    import jax

    jax.config.update("jax_num_cpu_devices", 2)
else:
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )

import keras
import numpy as np

from keras_resgen.layers import normalization
from keras_resgen.models import FAMILIES
from keras_resgen.training import distributed
from tests.training import tiny


def train(devices, case):
    """Return the weights and metrics of two epochs of three steps, and samples."""
    data = tiny.data(case)
    with distributed(devices):
        model = tiny.create(case)
        model.compile(tiny.optimizer(), steps_per_execution=3)
        history = model.fit(
            *data,
            batch_size=8,
            epochs=2,
            shuffle=False,
            verbose=0,
            validation_data=tuple(part[:8] for part in data) if len(data) > 1 else data[0][:8],
        ).history
        return model.get_weights(), history, tiny.samples(model)


def compare(case):
    """Raise unless two devices equal one, or equal Keras's normalization on two devices.

    Each device normalizes its own images with "batch", so that one device is no measure of it.
    """
    if ":batch" in case:
        keras_layer = keras.layers.BatchNormalization
        with mock.patch.object(normalization, "BatchNormalization", keras_layer):
            one = train(2, case)
    else:
        one = train(1, case)
    two = train(2, case)
    np.testing.assert_allclose(two[2], one[2], rtol=1e-4, atol=1e-5)
    assert one[1].keys() == two[1].keys()
    for name, values in one[1].items():
        np.testing.assert_allclose(two[1][name], values, rtol=1e-4, err_msg=name)
    for a, b in zip(one[0], two[0], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-6)


def refused(backend):
    """Print the errors for settings that two devices do not support."""
    with distributed(2):
        model = FAMILIES["ae"].create(image_size=32, latent_dim=4, width=2, network="plain")
        model.compile("sgd")
        images = np.zeros((9, 32, 32, 3), "float32")
        attempts = [
            lambda: model.fit(images, batch_size=3),
            lambda: model.evaluate(images, batch_size=4),
        ]
        if backend == "tensorflow":
            accumulating = keras.optimizers.SGD(gradient_accumulation_steps=2)
            attempts += [
                lambda: model.compile(accumulating),
                lambda: model.compile("sgd", jit_compile=True),
            ]
        for attempt in attempts:
            try:
                attempt()
            except ValueError as error:
                print(error)
    try:
        with distributed(3):
            pass
    except ValueError as error:
        print(error)


if __name__ == "__main__":
    for case in sys.argv[1:]:
        compare(case)
    refused(keras.backend.backend())
