"""Batch normalisation by fused kernels against Keras's composition of elementary operations."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import BatchNormalization

SHAPE = (4, 6, 5, 3)


def arrays(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.normal(0.5, 2.0, size=shape).astype("float32") for shape in shapes]


def pair(dtype="float32", shape=SHAPE):
    """The package's layer and Keras's, with equal weights."""
    layers = [
        kind(momentum=0.9, epsilon=1e-5, dtype=dtype)
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    gamma, beta, mean, variance = arrays(1, *[shape[-1:]] * 4)
    for layer in layers:
        layer.build(shape)
        layer.set_weights([gamma, beta, mean, variance**2])
    return layers


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 2e-2), ("mixed_float16", 2e-3)]
)
def test_outputs_and_moving_statistics_are_those_of_keras(dtype, tolerance):
    (images,) = arrays(0, SHAPE)
    layers = pair(dtype)
    fused, composed = [layer(images, training=True) for layer in layers]
    assert keras.backend.standardize_dtype(fused.dtype) == layers[1].compute_dtype
    fused, composed = [ops.convert_to_numpy(ops.cast(y, "float32")) for y in (fused, composed)]
    np.testing.assert_allclose(fused, composed, rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(*(layer.get_weights() for layer in layers), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_gradients_are_those_of_keras():
    images, weights = map(ops.convert_to_tensor, arrays(0, SHAPE, SHAPE))
    gradients = [
        ops.convert_to_numpy(
            adapter().input_gradient(
                lambda x, layer=layer: layer(x, training=True) ** 2 * weights, images
            )
        )
        for layer in pair()
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("shape", "training"), [(SHAPE, False), ((4, 3), True)])
def test_elsewhere_it_is_the_layer_of_keras(shape, training):
    (inputs,) = arrays(0, shape)
    fused, composed = [layer(inputs, training=training) for layer in pair(shape=shape)]
    np.testing.assert_array_equal(ops.convert_to_numpy(fused), ops.convert_to_numpy(composed))


def test_frozen_it_uses_moving_statistics():
    (images,) = arrays(0, SHAPE)
    layer, _ = pair()
    layer.trainable = False
    before = layer.get_weights()
    layer(images, training=True)
    np.testing.assert_array_equal(before, layer.get_weights())


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_runs_compiled_by_xla(dtype):
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch has no XLA here")
    (images,) = arrays(0, SHAPE)
    layers = pair(dtype)
    for layer in layers:
        model = keras.Sequential([keras.Input(SHAPE[1:]), layer])
        model.compile("sgd", "mse", jit_compile=True)
        model.fit(images, images, batch_size=4, epochs=1, verbose=0)
    for ours, theirs in zip(*(layer.get_weights() for layer in layers), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-2, atol=2e-2)
