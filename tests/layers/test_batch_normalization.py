"""Batch normalization by fused kernels against Keras's composition of elementary operations."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import BatchNormalization, normalization
from tests.backends import only_on

SHAPE = (4, 6, 5, 3)


def arrays(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.normal(0.5, 2.0, size=shape).astype("float32") for shape in shapes]


def numbers(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def pair(dtype="float32", shape=SHAPE, **options):
    """The package's layer and Keras's, with equal weights."""
    layers = [
        kind(**{"momentum": 0.9, "epsilon": 1e-5, "dtype": dtype, **options})
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    gamma, beta, mean, variance = arrays(1, *[shape[-1:]] * 4)
    for layer in layers:
        layer.build(shape)
        layer.set_weights([gamma, beta, mean, variance**2])
    return layers


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [
        ("float32", 1e-5),
        ("mixed_bfloat16", 2e-2),
        ("mixed_float16", 2e-3),
        ("bfloat16", 2e-2),
        ("float16", 2e-3),
    ],
)
def test_outputs_and_moving_statistics_are_those_of_keras(dtype, tolerance):
    (images,) = arrays(0, SHAPE)
    layers = pair(dtype)
    fused, composed = [layer(images, training=True) for layer in layers]
    assert keras.backend.standardize_dtype(fused.dtype) == layers[1].compute_dtype
    np.testing.assert_allclose(numbers(fused), numbers(composed), rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(*(layer.weights for layer in layers), strict=True):
        np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=tolerance, atol=tolerance)


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


@only_on("tensorflow", "torch")  # JAX differentiates within a step alone, where Keras's code runs
def test_second_derivatives_are_those_of_keras():
    images, weights = map(ops.convert_to_tensor, arrays(0, SHAPE, SHAPE))
    gradients = []
    for layer in pair():

        def loss(layer=layer):
            gradient = adapter().input_gradient(
                lambda x: ops.sin(layer(x, training=True)) * weights, images
            )
            return ops.sum(ops.square(gradient)), {}

        _, found = adapter().value_and_gradients(loss, layer.trainable_variables, lambda x: x)
        gradients.append(found)
    for ours, theirs in zip(*gradients, strict=True):
        assert np.abs(numbers(theirs)).max() > 0.1
        np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=1e-4, atol=1e-4)


def test_one_pixel_has_no_variance():
    (images,) = arrays(0, (1, 1, 1, 3))
    layers = pair(shape=(1, 1, 1, 3), momentum=0.0)
    fused, composed = [layer(images, training=True) for layer in layers]
    np.testing.assert_allclose(numbers(fused), numbers(composed), atol=1e-4)
    for layer in layers:
        np.testing.assert_allclose(numbers(layer.moving_variance), 0.0, atol=1e-11)


# What XLA compiles is not the kernel; elsewhere than on TensorFlow it makes no difference.
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=only_on("tensorflow"))])
@pytest.mark.parametrize("epsilon", [1e-5, 1e-3])
@pytest.mark.parametrize("deviation", [1.0, 1e-2, 1e-4, 0.0])
def test_variances_far_below_the_mean_are_kept(deviation, epsilon, compiled):
    """As exactly as the outputs depend on them, and never below 0."""
    (noise,) = arrays(0, SHAPE)
    images = (1.0 + deviation * noise).astype("float32")
    layer, _ = pair(momentum=0.0, epsilon=epsilon)
    normalize = layer
    if compiled:
        import tensorflow as tf

        normalize = tf.function(layer, jit_compile=True)
    assert np.isfinite(numbers(normalize(images, training=True))).all()
    variance, expected = numbers(layer.moving_variance), images.astype("float64").var((0, 1, 2))
    assert variance.min() >= 0.0
    np.testing.assert_allclose(variance + epsilon, expected + epsilon, rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "training", "options"),
    [
        (SHAPE, False, {}),
        ((4, 3), True, {}),
        (SHAPE, True, {"scale": False}),
        (SHAPE, True, {"center": False}),
        (SHAPE, True, {"renorm": True}),
        pytest.param(SHAPE, True, {"dtype": "float64"}, marks=only_on("tensorflow", "torch")),
    ],
)
def test_elsewhere_it_is_the_layer_of_keras(shape, training, options):
    (inputs,) = arrays(0, shape)
    layers = [
        kind(momentum=0.9, epsilon=1e-5, **options)
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    fused, composed = [layer(inputs, training=training) for layer in layers]
    np.testing.assert_array_equal(numbers(fused), numbers(composed))
    for ours, theirs in zip(*(layer.weights for layer in layers), strict=True):
        np.testing.assert_array_equal(numbers(ours), numbers(theirs))


def test_frozen_it_uses_moving_statistics():
    (images,) = arrays(0, SHAPE)
    layer, _ = pair()
    layer.trainable = False
    before = layer.get_weights()
    layer(images, training=True)
    np.testing.assert_array_equal(before, layer.get_weights())


@only_on("tensorflow", "jax")
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_runs_compiled_by_xla(dtype):
    (images,) = arrays(0, SHAPE)
    layers = pair(dtype)
    for layer in layers:
        model = keras.Sequential([keras.Input(SHAPE[1:]), layer])
        model.compile("sgd", "mse", jit_compile=True)
        model.fit(images, images, batch_size=4, epochs=1, verbose=0)
    for ours, theirs in zip(*(layer.get_weights() for layer in layers), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-2, atol=2e-2)


def build_with_keras(create, monkeypatch, family, network):
    """A family's model as it was before the package had a layer of its own."""
    with monkeypatch.context() as patch:
        patch.setattr(normalization, "BatchNormalization", keras.layers.BatchNormalization)
        model = create(family, network=network)
    rng = np.random.default_rng(0)
    for part in model.networks.values():
        part.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in part.get_weights()])
    return model


@pytest.mark.parametrize(("family", "network"), [("vae", "resnet"), ("gan", "plain")])
def test_what_the_layer_of_keras_wrote_is_read(family, network, create, monkeypatch, tmp_path):
    old = build_with_keras(create, monkeypatch, family, network)
    old.save_weights(tmp_path / "old.weights.h5")
    old.save(tmp_path / "old.keras")
    new = create(family, network=network)
    for name, part in new.networks.items():
        assert [v.path for v in part.variables] == [v.path for v in old.networks[name].variables]
    new.load_weights(tmp_path / "old.weights.h5")
    new.save_weights(tmp_path / "new.weights.h5")
    old.set_weights([np.zeros_like(w) for w in old.get_weights()])
    old.load_weights(tmp_path / "new.weights.h5")
    for model in (old, keras.saving.load_model(tmp_path / "old.keras")):
        for read, weight in zip(model.get_weights(), new.get_weights(), strict=True):
            np.testing.assert_array_equal(read, weight)
