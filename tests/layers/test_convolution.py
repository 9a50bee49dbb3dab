"""The one convolution whose gradients do harm in oneDNN."""

import ctypes.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_resgen.layers import Conv2D

CHECKER = "libc_malloc_debug.so.0"  # of glibc; with it, a heap that was written outside of aborts


@pytest.mark.parametrize("channels", [4, 15, 16])
@pytest.mark.parametrize("filters", [8, 17])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("kernel", "strides", "size"), [(1, 2, 8), (1, 2, 7), (1, 3, 8), (3, 2, 8)]
)
def test_it_computes_what_that_of_keras_computes(channels, filters, padding, kernel, strides, size):
    options = {"strides": strides, "padding": padding}
    layer, peer = (kind(filters, kernel, **options) for kind in (Conv2D, keras.layers.Conv2D))
    images = np.random.default_rng(0).normal(size=(2, size, size, channels)).astype("float32")
    layer.build(images.shape)
    peer.build(images.shape)
    peer.set_weights(layer.get_weights())
    outputs, expected = (keras.ops.convert_to_numpy(kind(images)) for kind in (layer, peer))
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


SCRIPT = """
import keras
from keras_resgen.layers import ResidualBlock, ResNetBlock

block = {block}
images = keras.random.normal((1, 56, 56, 8))
model = keras.Sequential([block, keras.layers.Flatten()])
targets = keras.ops.zeros(model(images).shape)
model.compile("sgd", "mse", jit_compile=False)
model.fit(images, targets, batch_size=1, epochs=30, verbose=0)
"""


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="seen in TensorFlow")
@pytest.mark.skipif(not ctypes.util.find_library("c_malloc_debug"), reason=f"needs {CHECKER}")
@pytest.mark.parametrize(
    "block",
    [
        'ResidualBlock(8, resample="down")',
        'ResidualBlock(16, resample="down", normalization="spectral")',
        'ResNetBlock(16, strides=2, shortcut="B")',
        'ResNetBlock(16, kind="bottleneck", strides=2, strided_kernel="1x1")',
    ],
)
def test_training_a_narrow_block_writes_nowhere_else(block):
    environment = {**os.environ, "LD_PRELOAD": CHECKER, "MALLOC_CHECK_": "3"}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(block=block)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]
