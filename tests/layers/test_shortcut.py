"""Shortcuts without weights."""

import numpy as np
import pytest
from keras import ops

from keras_resgen.layers import StridedIdentity


@pytest.mark.parametrize(("filters", "strides"), [(3, 1), (5, 1), (3, 2), (5, 2), (4, 3)])
@pytest.mark.parametrize("height", [6, 7])
def test_keeps_every_nth_pixel_and_adds_zeros(filters, strides, height):
    x = np.random.default_rng(0).normal(size=(2, height, 4, 3)).astype("float32")
    layer = StridedIdentity(filters, strides=strides)
    y = ops.convert_to_numpy(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape)
    assert not layer.weights
    np.testing.assert_array_equal(y[..., :3], x[:, ::strides, ::strides])
    assert not y[..., 3:].any()


def test_every_constructor_argument_comes_back():
    layer = StridedIdentity(4, strides=2, name="carry")
    again = StridedIdentity.from_config(layer.get_config())
    assert (again.filters, again.strides, again.name) == (4, 2, "carry")
    assert again.get_config() == layer.get_config()
