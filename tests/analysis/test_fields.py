"""Receptive fields by the layers' own gradients: which pixels change what a position sees."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_resgen.analysis import trace
from keras_resgen.layers import NearestUpsampling, PartialConv2D, StridedIdentity, Subsampling

SIZE = 33


def ones(layer):
    layer.set_weights([np.ones_like(weight) for weight in layer.get_weights()])


def seen(network, position):
    """First and last row and column of the pixels that the output at a position depends on.

    With positive kernels and non-negative images nothing cancels.
    """
    pixels = np.concatenate(
        [np.eye(SIZE, dtype="float32")[:, :, None, None], np.zeros((1, SIZE, 1, 1), "float32")]
    )
    channels = network.input_shape[-1]
    spans = []
    for axis in (1, 2):
        impulses = np.moveaxis(np.broadcast_to(pixels, (SIZE + 1, SIZE, SIZE, 1)), 1, axis)
        images = np.repeat(impulses, channels, axis=-1)
        outputs = ops.convert_to_numpy(network(images))[:, position, position]
        (changing,) = np.nonzero((outputs[:-1] != outputs[-1]).any(axis=-1))
        spans.append((changing.min(), changing.max()))
    return spans


NETWORKS = {
    "valid": [layers.Conv2D(1, 3), layers.Conv2D(1, (5, 3))],
    "same, odd": [layers.Conv2D(1, 3, padding="same"), layers.Conv2D(1, 5, padding="same")],
    "same, even": [layers.Conv2D(1, 4, padding="same"), layers.Conv2D(1, 2, padding="same")],
    "strided": [layers.Conv2D(1, 3, strides=2, padding="same"), layers.Conv2D(1, 3)],
    "dilated": [layers.Conv2D(1, 3, dilation_rate=3), layers.Conv2D(1, 3, dilation_rate=(1, 2))],
    "depthwise": [layers.DepthwiseConv2D(3), layers.SeparableConv2D(2, 5)],
    "padding": [layers.ZeroPadding2D(((3, 0), (0, 2))), layers.Conv2D(1, 5, strides=2)],
    "cropping": [layers.Cropping2D(((4, 1), (1, 0))), layers.Conv2D(1, 3)],
    "pooling": [layers.AveragePooling2D(3, strides=2), layers.AveragePooling2D(2, padding="same")],
    "lenet": [Subsampling(2), PartialConv2D([[0], [0]], 5)],
    "identity": [StridedIdentity(2, strides=2), layers.Conv2D(1, 3)],
    "pointwise": [layers.Conv2D(2, 3), layers.BatchNormalization(), layers.ReLU()],
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_positions_see(name):
    network = keras.Sequential([keras.Input((SIZE, SIZE, 1)), *NETWORKS[name]])
    for layer in network.layers:
        ones(layer)
    row = trace(network)[-1]
    position = row.shape[0] // 2
    for axis, (first, last) in enumerate(seen(network, position)):
        start = row.start[axis] + position * row.jump[axis]
        assert (first, last) == (start, start + row.receptive_field[axis] - 1)


@pytest.mark.parametrize(
    "upsampling",
    [
        NearestUpsampling(2),
        layers.UpSampling2D(2),
        layers.UpSampling2D(2, interpolation="bilinear"),
        layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(1, 5, strides=2),
        layers.Conv2DTranspose(1, 2, strides=2),
    ],
    ids=lambda layer: layer.name,
)
@pytest.mark.parametrize("kernel", [1, 3])
def test_what_positions_see_after_upsampling_at_most(upsampling, kernel):
    parts = [layers.Conv2D(1, 3, strides=2, padding="same"), upsampling]
    network = keras.Sequential(
        [keras.Input((SIZE, SIZE, 1)), *parts, layers.Conv2D(1, kernel, padding="same")]
    )
    for layer in network.layers:
        ones(layer)
    row = trace(network)[-1]
    assert row.jump == (1, 1)
    spans = {position: seen(network, position)[0] for position in range(14, 18)}
    assert max(last - first + 1 for first, last in spans.values()) == row.receptive_field[0]
    # They lie where they are said to, within the pixel by which neighbors differ.
    middle = row.start[0] + (row.receptive_field[0] - 1) / 2
    offsets = [(first + last) / 2 - position for position, (first, last) in spans.items()]
    assert abs(np.mean(offsets) - middle) <= 0.5


def test_branches_see_the_largest():
    images = keras.Input((SIZE, SIZE, 1))
    small = layers.Conv2D(1, 3, padding="same")(images)
    large = layers.Conv2D(1, 7, padding="same")(images)
    (row,) = trace(keras.Model(images, layers.Concatenate()([small, large])))[2:]
    assert (row.receptive_field, row.start) == ((7, 7), (-3, -3))


@pytest.mark.parametrize(
    "mixing", [layers.GlobalAveragePooling2D(keepdims=True), layers.GroupNormalization(1)]
)
def test_a_field_of_all_pixels_is_none(mixing):
    network = keras.Sequential(
        [keras.Input((9, 9, 2)), layers.Conv2D(2, 3, padding="same"), mixing, layers.ReLU()]
    )
    assert [row.receptive_field for row in trace(network)] == [(3, 3), None, None]


def test_a_layer_without_a_rule_is_named():
    network = keras.Sequential([keras.Input((8, 8, 1)), layers.Resizing(4, 4, name="smaller")])
    with pytest.raises(ValueError, match=r"Received: Resizing, \(8, 8\) to \(4, 4\)"):
        trace(network)
