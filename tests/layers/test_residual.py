"""The residual block against bare convolutions, and what it builds when."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.layers import ResidualBlock

CASES = [
    (filters, resample, normalization)
    for filters in (3, 5)
    for resample in ("none", "down", "up")
    for normalization in ("batch", "none")
]


def inputs(height=6, channels=3):
    return np.random.default_rng(1).normal(size=(2, height, height, channels)).astype("float32")


array = ops.convert_to_numpy


def batch_normalized(x, layer):
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    return array(layer.gamma) * (x - mean) / np.sqrt(variance + 1e-5) + array(layer.beta)


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def expected_output(block, x):
    """The block computed from its weights by `ops.conv` and numpy."""
    strides = 2 if block.resample == "down" else 1

    def convolve(layer, x, strides):
        x = ops.convert_to_tensor(x, "float32")
        y = array(ops.conv(x, layer.kernel, strides=strides, padding="same"))
        return y if layer.bias is None else y + array(layer.bias)

    def normalize(layer, x):
        return x if block.normalization == "none" else batch_normalized(x, layer)

    # Upsampled first and projected then: the block does it the other way round.
    if block.resample == "up":
        x = x.repeat(2, axis=1).repeat(2, axis=2)
    shortcut = x if block.projection is None else convolve(block.projection, x, strides)
    y = leaky(normalize(block.normalizations[0], convolve(block.convolutions[0], x, strides)))
    y = normalize(block.normalizations[1], convolve(block.convolutions[1], y, 1))
    return leaky(y + shortcut)


def randomized(block, shape):
    """The block, built, with random biases, scales and offsets, so that they count."""
    block.build(shape)
    rng = np.random.default_rng(2)
    for variable in block.trainable_variables:
        variable.assign(rng.normal(0.5, 0.3, variable.shape))
    return block


@pytest.mark.parametrize(("filters", "resample", "normalization"), CASES)
def test_equals_bare_convolutions(filters, resample, normalization):
    x = inputs()
    block = randomized(
        ResidualBlock(filters, resample=resample, normalization=normalization), x.shape
    )
    output = block(x, training=True)
    assert tuple(output.shape) == block.compute_output_shape(x.shape)
    np.testing.assert_allclose(array(output), expected_output(block, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("filters", "resample", "normalization"), CASES)
def test_projects_only_where_the_shape_changes(filters, resample, normalization):
    block = ResidualBlock(filters, resample=resample, normalization=normalization)
    block.build((None, 6, 6, 3))
    assert (block.projection is not None) == (filters != 3 or resample == "down")
    if block.projection is not None:
        assert block.projection.kernel.shape == (1, 1, 3, filters)
        assert not block.projection.use_bias
    has_bias = normalization == "none"
    assert [c.use_bias for c in block.convolutions] == [has_bias, has_bias]


def test_a_new_block_is_its_shortcut():
    x = inputs()
    np.testing.assert_allclose(array(ResidualBlock(3)(x, training=True)), leaky(x), rtol=1e-6)


def test_its_layers_have_its_precision():
    block = ResidualBlock(5, resample="up", dtype="mixed_bfloat16")
    block.build((None, 4, 4, 3))
    layers = [
        *block.convolutions,
        *block.normalizations,
        *block.activations,
        block.projection,
        block.upsampling,
    ]
    assert {layer.dtype_policy.name for layer in layers} == {"mixed_bfloat16"}
    output = ResidualBlock(3, dtype="mixed_bfloat16")(inputs())
    assert keras.backend.standardize_dtype(output.dtype) == "bfloat16"


def test_odd_sizes_going_down():
    block = ResidualBlock(4, resample="down")
    x = inputs(height=5)
    assert tuple(block(x).shape) == block.compute_output_shape(x.shape) == (2, 3, 3, 4)


def test_inference_uses_the_moving_statistics():
    x = inputs()
    block = randomized(ResidualBlock(4), x.shape)
    together = array(block(x, training=False))
    alone = [array(block(part, training=False)) for part in (x[:1], x[1:])]
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-5, atol=1e-6)
    assert not np.allclose(together, array(block(x, training=True)))


def test_every_constructor_argument_comes_back():
    block = ResidualBlock(
        7, resample="up", normalization="none", negative_slope=0.3, name="seventh", dtype="float64"
    )
    config = block.get_config()
    again = ResidualBlock.from_config(config)
    assert again.get_config() == config
    assert (again.filters, again.resample, again.normalization) == (7, "up", "none")
    assert (again.negative_slope, again.name) == (0.3, "seventh")
    assert again.compute_dtype == "float64"


def test_the_slope_is_used():
    block = ResidualBlock(2, negative_slope=0.7)
    block.build((None, 4, 4, 2))
    assert [a.negative_slope for a in block.activations] == [0.7, 0.7]


def test_is_saved_within_a_model(tmp_path):
    images = keras.Input((4, 4, 3))
    model = keras.Model(images, ResidualBlock(5, resample="down")(images))
    model.save(tmp_path / "block.keras")
    loaded = keras.saving.load_model(tmp_path / "block.keras")
    x = inputs(height=4)
    np.testing.assert_array_equal(array(loaded(x)), array(model(x)))


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"resample must be one of .*Received: 'left'.*Choose"):
        ResidualBlock(4, resample="left")
    with pytest.raises(ValueError, match=r"normalization must be one of .*Received: 'layer'"):
        ResidualBlock(4, normalization="layer")
