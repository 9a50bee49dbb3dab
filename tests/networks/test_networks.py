"""Shapes, sizes and make-up of every network, built but not run unless need be."""

import keras
import numpy as np
import pytest

from keras_resgen import networks
from keras_resgen.layers import ResidualBlock

SIZES = (32, 64, 128, 256)
SHAPES = [(size, size, channels) for size in SIZES for channels in (1, 3)]


def leaves(network, kind):
    return [layer for layer in network._flatten_layers() if isinstance(layer, kind)]


def blocks(network):
    return leaves(network, ResidualBlock)


@pytest.mark.parametrize("network", networks.network_names())
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(shape, network):
    options = {"network": network, "width": 2}
    encoder = networks.encoder(shape, 5, **options)
    assert (encoder.input_shape, encoder.output_shape) == ((None, *shape), (None, 5))
    variational = networks.encoder(shape, 5, variational=True, **options)
    assert variational.output_shape == [(None, 5), (None, 5)]
    decoder = networks.decoder(5, shape, **options)
    assert (decoder.input_shape, decoder.output_shape) == ((None, 5), (None, *shape))
    discriminator = networks.image_discriminator(shape, **options)
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, *shape), (None, 1))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_residual_networks_have_18_convolutions_inside_4_and_5_blocks(shape):
    encoder = networks.encoder(shape, 5, width=2)
    decoder = networks.decoder(5, shape, width=2)
    assert (len(blocks(encoder)), len(blocks(decoder))) == (4, 5)
    inside = [
        layer
        for block in blocks(encoder) + blocks(decoder)
        for layer in block._flatten_layers()
        if isinstance(layer, keras.layers.Conv2D) and layer is not block.projection
    ]
    assert len(inside) == 18
    assert {layer.kernel_size for layer in inside} == {(3, 3)}
    # Outside them: one convolution at the image's end of each network.
    for network in (encoder, decoder):
        outside = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
        assert len(outside) == 1


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_plain_networks_have_4x4_convolutions_of_stride_2(shape):
    kinds = (keras.layers.Conv2D, keras.layers.Conv2DTranspose)
    halvings = shape[0].bit_length() - 3
    for network in (
        networks.encoder(shape, 5, network="plain", width=2),
        networks.image_discriminator(shape, network="plain", width=2),
        networks.decoder(5, shape, network="plain", width=2),
    ):
        convolutions = [c for c in leaves(network, kinds) if c.name != "image_conv"]
        assert len(convolutions) == halvings
        assert {(c.kernel_size, c.strides) for c in convolutions} == {((4, 4), (2, 2))}
        assert not blocks(network)
        slopes = {a.negative_slope for a in leaves(network, keras.layers.LeakyReLU)}
        assert list(slopes) == [pytest.approx(0.2)]


@pytest.mark.parametrize("network", networks.network_names())
def test_without_normalization_there_is_none(network):
    kind = keras.layers.BatchNormalization
    discriminator = networks.image_discriminator((64, 64, 3), network=network, width=2)
    critic = networks.image_discriminator(
        (64, 64, 3), network=network, width=2, normalization="none"
    )
    assert leaves(discriminator, kind)
    assert not leaves(critic, kind)
    assert not critic.non_trainable_variables
    for layer in leaves(critic, keras.layers.Conv2D):
        assert layer.use_bias or layer.name == "projection"


def test_parameter_counts_of_the_reference():
    # Counted by hand: 3x3 convolutions of c1 * c2 * 9, normalizations of 4 each, 1x1 projections.
    def block(c1, c2, projects):
        return 9 * c1 * c2 + 9 * c2 * c2 + 8 * c2 + (c1 * c2 if projects else 0)

    encoder = (
        (27 * 32 + 4 * 32)
        + block(32, 32, True)
        + block(32, 64, True)
        + block(64, 128, True)
        + block(128, 256, True)
        + (4096 + 1) * 128
    )
    decoder = (
        (128 + 1) * 4096
        + 2 * block(256, 256, False)
        + block(256, 128, True)
        + block(128, 64, True)
        + block(64, 32, True)
        + (27 * 32 + 3)
    )
    assert networks.encoder((64, 64, 3), 128).count_params() == encoder == 1_752_928
    assert networks.decoder(128, (64, 64, 3)).count_params() == decoder == 3_518_051


def test_width_scales_every_block():
    thin, wide = (networks.encoder((64, 64, 3), 8, width=width) for width in (2, 6))
    assert [3 * block.filters for block in blocks(thin)] == [b.filters for b in blocks(wide)]
    assert [block.filters for block in blocks(thin)] == [2, 4, 8, 16]
    decoder = networks.decoder(8, (64, 64, 3), width=2)
    assert [block.filters for block in blocks(decoder)] == [16, 16, 8, 4, 2]


@pytest.mark.parametrize(
    ("size", "down", "up"),
    [(32, 3, 3), (64, 4, 4), (128, 4, 5), (256, 4, 5)],
)
def test_blocks_resample_where_they_should(size, down, up):
    encoder = networks.encoder((size, size, 3), 8, width=2)
    decoder = networks.decoder(8, (size, size, 3), width=2)
    assert [b.resample for b in blocks(encoder)] == ["down"] * down + ["none"] * (4 - down)
    assert [b.resample for b in blocks(decoder)] == ["none"] * (5 - up) + ["up"] * up


def test_block_names_are_stable():
    assert [b.name for b in blocks(networks.encoder((32, 32, 1), 4, width=2))] == [
        "block_1",
        "block_2",
        "block_3",
        "block_4",
    ]


@pytest.mark.parametrize("network", networks.network_names())
def test_outputs_are_images_and_float32_under_mixed_precision(network):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        decoder = networks.decoder(4, (32, 32, 3), network=network, width=2)
        encoder = networks.encoder((32, 32, 3), 4, network=network, width=2)
    finally:
        keras.config.set_dtype_policy("float32")
    images = np.asarray(decoder(100 * np.random.default_rng(0).normal(size=(2, 4))))
    assert images.dtype == "float32"
    assert images.min() >= 0
    assert images.max() <= 1
    assert encoder(images).dtype == "float32"


def test_a_variational_encoder_starts_near_the_priors_variance():
    encoder = networks.encoder((32, 32, 3), 4, width=2, variational=True)
    _, log_variance = encoder(np.random.default_rng(0).random((4, 32, 32, 3)))
    assert np.abs(log_variance).max() < 0.5


BUILDERS = {
    "encoder": lambda shape, **options: networks.encoder(shape, 4, **options),
    "decoder": lambda shape, **options: networks.decoder(4, shape, **options),
    "discriminator": networks.image_discriminator,
}


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((48, 48, 3), r"power of two from 32 to 256.*Received: 48.*Choose"),
        ((16, 16, 3), r"Received: 16"),
        ((512, 512, 3), r"Received: 512"),
        ((1, 1, 3), r"Received: 1\."),
        ((64, 32, 3), r"equal height and width.*Received: \(64, 32, 3\).*Crop"),
        ((64, 64), r"Received: \(64, 64\)"),
        ((64, 64, 2), r"1 channel \(gray\) or 3 \(RGB\).*Received: 2.*Convert"),
    ],
)
def test_impossible_shapes_are_refused(build, shape, message):
    with pytest.raises(ValueError, match=message):
        build(shape)


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_impossible_options_are_refused(build):
    shape = (32, 32, 3)
    for width in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match=r"width must be a positive integer.*Received: .*Give"):
            build(shape, width=width)
    with pytest.raises(ValueError, match=r"network must be one of .*Received: 'unet'.*Choose"):
        build(shape, network="unet")
    with pytest.raises(ValueError, match=r"normalization must be one of .*Received: 'x'"):
        build(shape, normalization="x")


def test_impossible_latent_sizes_are_refused():
    for build in (
        lambda n: networks.encoder((32, 32, 3), n),
        lambda n: networks.decoder(n, (32, 32, 3)),
        networks.latent_discriminator,
    ):
        with pytest.raises(ValueError, match=r"latent_dim must be a positive.*Received: 0"):
            build(0)


def test_the_latent_discriminator_is_two_hidden_layers():
    discriminator = networks.latent_discriminator(8, units=16)
    assert (discriminator.input_shape, discriminator.output_shape) == ((None, 8), (None, 1))
    assert [layer.units for layer in leaves(discriminator, keras.layers.Dense)] == [16, 16, 1]
    assert not discriminator.non_trainable_variables
