"""Multiply-adds of single layers and operations, by hand."""

import keras
import pytest
from keras import ops

from keras_resgen.analysis import trace
from keras_resgen.analysis.costs import einsum_multiply_adds, multiply_adds

MAPS = (1, 8, 6, 4)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (keras.layers.Conv2D(6, (3, 5)), MAPS, 6 * 2 * (3 * 5 * 4 * 6)),
        (keras.layers.Conv2D(6, 3, groups=2, padding="same"), MAPS, 8 * 6 * (9 * 2 * 6)),
        (keras.layers.Conv2D(6, 3, strides=2, padding="same"), MAPS, 4 * 3 * (9 * 4 * 6)),
        (keras.layers.Conv2D(6, 3, dilation_rate=2), MAPS, 4 * 2 * (9 * 4 * 6)),
        (keras.layers.DepthwiseConv2D(3), MAPS, 6 * 4 * (9 * 4)),
        (keras.layers.SeparableConv2D(5, 3), MAPS, 6 * 4 * (9 * 4 + 4 * 5)),
        (keras.layers.Conv2DTranspose(5, 4, strides=2), MAPS, 8 * 6 * (16 * 4 * 5)),
        (keras.layers.Dense(5), (1, 7), 7 * 5),
        (keras.layers.Dense(5), (1, 3, 7), 3 * 7 * 5),
        (keras.layers.EinsumDense("...x,xy->...y", output_shape=5), (1, 3, 7), 3 * 7 * 5),
        (keras.layers.BatchNormalization(), MAPS, 0),
        (keras.layers.MaxPooling2D(), MAPS, 0),
    ],
    ids=lambda value: value.name if isinstance(value, keras.Layer) else "",
)
def test_layers(layer, shape, expected):
    layer.build(shape)
    assert multiply_adds(layer, [shape], layer.compute_output_shape(shape)) == expected


def test_einsum():
    assert einsum_multiply_adds("bth,bsh->bts", (1, 5, 3), (1, 7, 3)) == 5 * 7 * 3


@pytest.mark.parametrize("product", [ops.matmul, lambda a, b: ops.einsum("bij,bjk->bik", a, b)])
def test_products_of_activations(product):
    left, right = keras.Input((5, 3)), keras.Input((3, 7))
    (row,) = trace(keras.Model([left, right], product(left, right)))
    assert row.multiply_adds == 5 * 3 * 7
