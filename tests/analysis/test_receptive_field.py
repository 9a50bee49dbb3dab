"""Receptive fields by gradients: as large as in theory, and less than that where it counts."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_resgen.analysis import measure_receptive_field, plot_receptive_fields
from keras_resgen.layers import ResidualBlock, ResNetBlock
from keras_resgen.networks import classifier, decoder, image_discriminator

SIZE = 41


def network(*parts):
    return keras.Sequential([keras.Input((SIZE, SIZE, 2)), *parts])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([layers.Conv2D(4, 3, activation="relu") for _ in range(4)], 9),
        ([layers.Conv2D(4, 3, strides=2), layers.ReLU(), layers.Conv2D(4, 5)], 11),
        ([layers.Conv2D(4, 3, dilation_rate=4), layers.ReLU(), layers.Conv2D(4, 3)], 11),
        ([layers.Conv2D(4, 3), layers.MaxPooling2D(2), layers.Conv2D(4, 3)], 8),
        ([ResNetBlock(8, strides=2, order=order) for order in ("post", "pre")], 19),
        ([ResNetBlock(32, kind="bottleneck", shortcut="C") for _ in range(3)], 7),
        ([ResidualBlock(8, resample="down", normalization="none") for _ in range(2)], 19),
    ],
    ids=["plain", "strided", "dilated", "pooling", "orders", "bottleneck", "generative"],
)
def test_measured_is_theoretical(parts, expected):
    found, gradient = measure_receptive_field(network(*parts), samples=8)
    assert found.inside
    assert found.theoretical == found.measured == (expected, expected)
    (top, left), (tall, wide) = map(int, found.start), found.theoretical
    outside = gradient.copy()
    outside[top : top + tall, left : left + wide] = 0
    assert not outside.any()


def test_what_lies_in_the_padding_is_not_measured():
    found, _ = measure_receptive_field(classifier("resnet20", widths=(4, 4, 4)), samples=4)
    assert (found.layer, found.theoretical, found.inside) == ("stage_3_block_3", (81, 81), False)
    assert found.measured == (32, 32)


def test_a_new_residual_block_of_generative_networks_is_its_shortcut():
    # Its last normalization starts at 0: the 3x3 convolutions are not seen through yet.
    block = ResidualBlock(2)
    model = network(block)
    found, _ = measure_receptive_field(model, samples=2)
    assert (found.theoretical, found.measured) == ((5, 5), (1, 1))
    block.normalizations[1].gamma.assign(keras.ops.ones(2))
    assert measure_receptive_field(model, samples=2)[0].measured == (5, 5)


def test_the_gradient_of_one_kernel_is_the_kernel():
    kernel = np.array([[1.0, -2.0, 3.0], [0.0, 4.0, 0.0], [0.0, 0.0, 5.0]])
    convolution = layers.Conv2D(1, 3, use_bias=False)
    model = keras.Sequential([keras.Input((5, 5, 1)), convolution])
    convolution.set_weights([kernel[:, :, None, None]])
    found, gradient = measure_receptive_field(model, samples=3)
    np.testing.assert_allclose(gradient[1:4, 1:4], np.abs(kernel), rtol=1e-6)
    # Five of the nine are above 4.55 % of the largest; the others are 0.
    assert found.effective == pytest.approx(np.sqrt(5))
    rows, columns = np.square(kernel).sum(axis=1), np.square(kernel).sum(axis=0)
    for weights, deviation in zip((rows, columns), found.deviation, strict=True):
        shares = weights / weights.sum()
        mean = shares @ [0, 1, 2]
        assert deviation == pytest.approx(np.sqrt(shares @ np.square([0, 1, 2] - mean)))


def test_the_effective_field_grows_as_the_root_of_depth():
    """Luo et al. (2016), section 2.2: linear layers with random weights."""

    def deviation(depth):
        parts = [layers.Conv2D(32, 3, padding="same", use_bias=False) for _ in range(depth)]
        found, _ = measure_receptive_field(network(*parts), samples=1)
        return np.mean(found.deviation)

    # Squared gradients of kernels whose weights have one variance: that of three pixels, 2 / 3.
    assert deviation(4) == pytest.approx(np.sqrt(4 * 2 / 3), rel=0.15)
    assert deviation(16) / deviation(4) == pytest.approx(2.0, rel=0.15)


def test_images_in_place_of_noise_and_seeds_of_noise():
    model = network(layers.Conv2D(4, 3, activation="relu"), layers.Conv2D(2, 3))
    images = np.random.default_rng(3).random((2, SIZE, SIZE, 2), "float32")
    given = measure_receptive_field(model, images=images)
    drawn = measure_receptive_field(model, samples=2, seed=3)
    other = measure_receptive_field(model, samples=2, seed=4)
    np.testing.assert_array_equal(given[1], drawn[1])
    assert not np.array_equal(given[1], other[1])


def test_a_network_conditioned_on_attributes():
    model = image_discriminator((32, 32, 1), width=2, attributes=3, normalization="none")
    assert measure_receptive_field(model, "block_1", samples=2)[0].measured == (9, 9)


@pytest.mark.parametrize("layer", ["logits", "pool", "none"])
def test_layers_that_see_everything_are_refused(layer):
    model = classifier("resnet20", widths=(2, 2, 2))
    with pytest.raises(ValueError, match=rf"Received: '{layer}'. Choose one of \['center'"):
        measure_receptive_field(model, layer)


def test_a_network_of_vectors_is_refused():
    with pytest.raises(ValueError, match=r"does not see the whole image. Received: None"):
        measure_receptive_field(decoder(4, (32, 32, 1), width=2))


def test_plot_shows_all_of_the_box():
    found = [measure_receptive_field(classifier("resnet20", widths=(2, 2, 2)), samples=1)] * 2
    figure = plot_receptive_fields(found, np.zeros((32, 32, 3)))
    assert len(figure.axes) == 2
    left, right = figure.axes[0].get_xlim()
    box = figure.axes[0].patches[0]
    assert left < box.get_x() < box.get_x() + box.get_width() < right
    assert (box.get_width(), box.get_x()) == (81, found[0][0].start[1] - 0.5)
