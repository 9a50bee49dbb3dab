"""The layers of the LeNet-5 of 1998 against their definitions."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.layers import PartialConv2D, RadialBasisOutput, Subsampling, scaled_tanh

CONNECTIONS = [[0, 2], [1], [0, 1, 2]]


def arrays(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def randomized(layer, shape):
    layer.build(shape)
    layer.set_weights([arrays(*w.shape) for w in layer.get_weights()])
    return layer


def numbers(tensor):
    return ops.convert_to_numpy(tensor)


def test_the_squashing_is_1_at_1():
    x = arrays(5)
    np.testing.assert_allclose(numbers(scaled_tanh(x)), 1.7159 * np.tanh(2 * x / 3), rtol=1e-5)
    assert numbers(scaled_tanh(np.array([1.0, -1.0]))) == pytest.approx([1, -1], abs=1e-4)


@pytest.mark.parametrize("shape", [(2, 6, 4, 3), (2, 7, 5, 3)])
def test_subsampling_adds_squares(shape):
    x = arrays(*shape)
    layer = randomized(Subsampling(), x.shape)
    coefficient, bias = layer.get_weights()
    squares = x[:, :6, :4].reshape(2, 3, 2, 2, 2, 3).sum((2, 4))
    y = numbers(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_allclose(y, coefficient * squares + bias, rtol=1e-4, atol=1e-5)


def test_a_new_subsampling_takes_means():
    x = arrays(1, 2, 2, 3)
    np.testing.assert_allclose(numbers(Subsampling()(x))[:, 0, 0], x.mean((1, 2)), rtol=1e-5)


def test_outputs_see_the_maps_they_are_connected_to():
    x = arrays(2, 7, 6, 3)
    layer = randomized(PartialConv2D(CONNECTIONS, 3), x.shape)
    kernel, bias = layer.get_weights()
    assert (kernel.shape, layer.count_params()) == ((3, 3, 6), 6 * 9 + 3)
    y = numbers(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape) == (2, 5, 4, 3)
    used = 0
    for j, maps in enumerate(CONNECTIONS):
        own = kernel[:, :, used : used + len(maps), None]
        used += len(maps)
        expected = numbers(ops.conv(x[..., maps], own))[..., 0] + bias[j]
        np.testing.assert_allclose(y[..., j], expected, rtol=1e-4, atol=1e-5)


def test_connections_to_maps_there_are_not_are_refused():
    with pytest.raises(ValueError, match=r"to the 2 maps.*Received: \[\[0, 2\].*Leave out"):
        PartialConv2D(CONNECTIONS, 3).build((None, 5, 5, 2))


def test_outputs_are_negated_distances_from_codewords():
    x = arrays(4, 84)
    layer = RadialBasisOutput(10)
    y = numbers(layer(x))
    (words,) = layer.get_weights()
    assert set(np.unique(words)) == {-1.0, 1.0}
    np.testing.assert_allclose(y, -((x[:, None] - words) ** 2).sum(-1), rtol=1e-5)
    assert (numbers(layer(words)).argmax(1) == range(10)).all()
    other = RadialBasisOutput(10)
    other.build((None, 84))
    np.testing.assert_array_equal(other.get_weights()[0], words)
    # Any two differ in so many of their 84 places that no noise takes one for the other.
    distances = ((words[:, None] - words) ** 2).sum(-1) / 4
    assert distances[~np.eye(10, dtype=bool)].min() >= 28


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Subsampling(3), (6, 6, 3)),
        (PartialConv2D(CONNECTIONS, 3, kernel_initializer="lecun_uniform"), (6, 6, 3)),
        (RadialBasisOutput(4), (9,)),
        (keras.layers.Activation(scaled_tanh), (9,)),
    ],
    ids=lambda value: value.name if isinstance(value, keras.layers.Layer) else "",
)
def test_is_restored_and_saved(layer, shape, tmp_path):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.set_weights([w + 0.1 for w in model.get_weights()])
    model.save(tmp_path / "layer.keras")
    loaded = keras.saving.load_model(tmp_path / "layer.keras")
    x = arrays(2, *shape)
    np.testing.assert_array_equal(numbers(loaded(x)), numbers(model(x)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda **k: Subsampling(**k), (1, 6, 6, 3)),
        (lambda **k: PartialConv2D(CONNECTIONS, 3, **k), (1, 6, 6, 3)),
        (lambda **k: RadialBasisOutput(4, **k), (1, 9)),
    ],
)
def test_mixed_precision(layer, shape):
    x = arrays(*shape)
    exact, mixed = layer(dtype="float32"), layer(dtype="mixed_bfloat16")
    exact.build(shape)
    mixed.build(shape)
    mixed.set_weights(exact.get_weights())
    y = mixed(x)
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"
    np.testing.assert_allclose(
        numbers(ops.cast(y, "float32")), numbers(exact(x)), rtol=0.05, atol=0.05
    )
