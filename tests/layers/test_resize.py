"""Nearest-neighbor upsampling."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import NearestUpsampling


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 4, 4, 3), (1, 3, 5, 1)])
def test_equals_the_keras_layer(factor, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer = NearestUpsampling(factor)
    y = layer(x)
    assert tuple(y.shape) == layer.compute_output_shape(shape)
    np.testing.assert_array_equal(y, keras.layers.UpSampling2D(factor)(x))


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_the_gradient_is_the_sum_over_the_copies(factor):
    shape = (2, 3, 4, 5)
    x = ops.convert_to_tensor(np.random.default_rng(0).normal(size=shape).astype("float32"))
    weights = ops.convert_to_tensor(
        np.random.default_rng(1).normal(size=(2, 3 * factor, 4 * factor, 5)).astype("float32")
    )
    gradients = [
        ops.convert_to_numpy(
            adapter().input_gradient(lambda x, layer=layer: layer(x) ** 2 * weights, x)
        )
        for layer in (NearestUpsampling(factor), keras.layers.UpSampling2D(factor))
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-5)


def test_batch_may_be_unknown():
    images = keras.Input((4, 4, 3))
    assert NearestUpsampling()(images).shape == (None, 8, 8, 3)


def test_unknown_height_is_refused():
    with pytest.raises(ValueError, match=r"static height and width.*Received: .*None.*Give"):
        NearestUpsampling()(keras.Input((None, 4, 3)))


def test_every_constructor_argument_comes_back():
    layer = NearestUpsampling(factor=4, name="up")
    again = NearestUpsampling.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.factor, again.name) == (4, "up")
