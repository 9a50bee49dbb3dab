"""Spectral normalization against numpy's singular values, and how training and exports treat it."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen import networks
from keras_resgen.backends import adapter
from keras_resgen.layers import SpectralConv2D, SpectralConv2DTranspose, SpectralDense
from keras_resgen.layers.spectral import (
    SpectralKernel,
    fold_spectral_normalization,
    has_spectral_normalization,
)
from tests.backends import only_on

KINDS = {
    "convolution": (lambda **k: SpectralConv2D(6, 3, strides=2, **k), (2, 8, 8, 4)),
    "transposed": (lambda **k: SpectralConv2DTranspose(6, 4, strides=2, **k), (2, 8, 8, 4)),
    "dense": (lambda **k: SpectralDense(6, **k), (2, 9)),
}


@pytest.fixture(params=KINDS)
def layer_and_inputs(request):
    make, shape = KINDS[request.param]
    layer = make(bias_initializer="random_normal")
    layer.build((None, *shape[1:]))
    return layer, np.random.default_rng(0).standard_normal(shape).astype("float32")


def spectral_layers(network):
    return [layer for layer in network._flatten_layers() if isinstance(layer, SpectralKernel)]


def singular_value(layer):
    kernel = np.moveaxis(ops.convert_to_numpy(layer._kernel), layer.output_axis, -1)
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_the_norm_is_right_from_the_start_and_then_exact(layer_and_inputs):
    layer, _ = layer_and_inputs
    assert float(layer.spectral_norm()) == pytest.approx(singular_value(layer), rel=0.02)
    for _ in range(500):
        layer.before_update()
    assert float(layer.spectral_norm()) == pytest.approx(singular_value(layer), rel=1e-5)


def test_the_layer_is_a_plain_one_with_the_normalized_kernel(layer_and_inputs):
    layer, inputs = layer_and_inputs
    plain = layer.plain.from_config(layer.get_config())
    plain.build((None, *inputs.shape[1:]))
    plain.set_weights(
        [
            ops.convert_to_numpy(layer._kernel) / float(layer.spectral_norm()),
            ops.convert_to_numpy(layer.bias),
        ]
    )
    given, wanted = (ops.convert_to_numpy(one(inputs)) for one in (layer, plain))
    np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=1e-6)
    kernel = ops.convert_to_numpy(layer._kernel)
    layer(inputs, training=True)
    np.testing.assert_array_equal(layer._kernel, kernel)


@only_on("tensorflow", "torch")  # JAX differentiates within a step alone
def test_the_gradient_goes_through_the_norm():
    """Equation 11 of the paper: (G - <G, W / sigma> v u^T) / sigma, G by the normalized kernel."""
    layer = SpectralDense(3, use_bias=False)
    inputs = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")
    layer.build((None, 4))
    _, (gradient,) = adapter().value_and_gradients(
        lambda: (ops.sum(ops.square(layer(inputs))), {}), layer.trainable_variables, lambda x: x
    )
    W, u = ops.convert_to_numpy(layer._kernel), ops.convert_to_numpy(layer.singular_vector)
    u = u / np.linalg.norm(u)
    sigma = np.linalg.norm(W @ u)
    G = 2 * inputs.T @ (inputs @ W / sigma)
    expected = (G - (G * W / sigma).sum() * np.outer(W @ u / sigma, u)) / sigma
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), expected, rtol=1e-4, atol=1e-5)
    # Along the kernel itself the normalized one does not change.
    assert (ops.convert_to_numpy(gradient) * W).sum() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    layer = SpectralConv2D(4, 3, dtype=policy)
    outputs = layer(np.ones((1, 8, 8, 3), "float32"))
    assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
    assert layer.singular_vector.dtype == "float32"
    assert float(layer.spectral_norm()) == pytest.approx(singular_value(layer), rel=0.05)


@pytest.mark.parametrize("network", ["resnet", "plain"])
def test_every_kernel_of_a_spectral_discriminator_is_normalized(network):
    discriminator = networks.image_discriminator(
        (32, 32, 3), network=network, width=2, normalization="spectral"
    )
    other = networks.image_discriminator(
        (32, 32, 3), network=network, width=2, normalization="none"
    )
    kernels = [v for v in discriminator.trainable_variables if v.path.endswith("kernel")]
    assert len(spectral_layers(discriminator)) == len(kernels)
    assert [v.shape for v in discriminator.trainable_variables] == [
        v.shape for v in other.trainable_variables
    ]


def after_one_iteration(layer):
    kernel = np.moveaxis(ops.convert_to_numpy(layer._kernel), layer.output_axis, -1)
    kernel = kernel.reshape(-1, kernel.shape[-1]).astype("float64")
    vector = kernel.T @ (kernel @ ops.convert_to_numpy(layer.singular_vector))
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("family", ["gan", "aae"])
def test_each_update_makes_one_iteration(family, create, images):
    model = create(family, discriminator_normalization="spectral")
    model.compile("sgd")
    layers = spectral_layers(model.discriminator)
    rng = np.random.default_rng(0)
    for layer in layers:
        layer.singular_vector.assign(rng.standard_normal(layer.singular_vector.shape))
    expected = [after_one_iteration(layer) for layer in layers]
    model.fit(images[:4], batch_size=4, verbose=0)
    for layer, vector in zip(layers, expected, strict=True):
        np.testing.assert_allclose(layer.singular_vector, vector, rtol=1e-3, atol=1e-4)
    before = [ops.convert_to_numpy(layer.singular_vector) for layer in layers]
    model.evaluate(images, verbose=0)
    for layer, vector in zip(layers, before, strict=True):
        np.testing.assert_array_equal(layer.singular_vector, vector)


def test_the_discriminator_stays_at_norms_of_one(create, images):
    model = create("gan", discriminator_normalization="spectral")
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(images, batch_size=4, epochs=3, verbose=0)
    for layer in spectral_layers(model.discriminator):
        normalized = singular_value(layer) / float(layer.spectral_norm())
        assert normalized == pytest.approx(1, abs=0.05)


def test_saving_keeps_the_singular_vectors(create, images, tmp_path):
    model = create("gan", discriminator_normalization="spectral")
    model.compile("sgd")
    model.fit(images, batch_size=4, verbose=0)
    model.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    for mine, theirs in zip(model.discriminator.weights, again.discriminator.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(
        model.discriminator.predict(images, verbose=0),
        again.discriminator.predict(images, verbose=0),
    )


@pytest.mark.parametrize(
    "network",
    [
        lambda: networks.image_discriminator((32, 32, 3), width=2, normalization="spectral"),
        lambda: networks.decoder(
            4, (32, 32, 3), network="plain", width=2, normalization="spectral"
        ),
    ],
)
def test_folding(network):
    network = network()
    copy = fold_spectral_normalization(network)
    assert not has_spectral_normalization(copy)
    assert len(copy.weights) == len(network.trainable_weights)
    inputs = np.random.default_rng(0).random((3, *network.input_shape[1:])).astype("float32")
    expected = network.predict(inputs, verbose=0)
    np.testing.assert_allclose(copy.predict(inputs, verbose=0), expected, rtol=1e-4, atol=1e-5)
