"""Models that are conditioned on attributes."""

import keras
import numpy as np
import pytest

from keras_resgen import networks
from keras_resgen.layers import SpectralDense
from keras_resgen.models import (
    FAMILIES,
    GAN,
    WGANGP,
    AdversarialAutoencoder,
    Autoencoder,
    VariationalAutoencoder,
)
from tests.backends import only_on

SHAPE = (32, 32, 3)
PLAIN = {"network": "plain", "width": 2}
dense = keras.layers.Dense


@pytest.fixture(scope="module")
def attributes():
    return np.random.default_rng(1).integers(0, 2, (12, 2))


@pytest.fixture(scope="module")
def models(create):
    return {family: create(family, attributes=2) for family in FAMILIES}


def shapes(network):
    return {tensor.name: tensor.shape for tensor in network.inputs}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_image_networks_and_image_discriminators_are_conditional(family, models):
    conditional = {
        name for name, net in models[family].networks.items() if "attributes" in shapes(net)
    }
    discriminators = {"gan": {"discriminator"}, "wgan-gp": {"critic"}}.get(family, set())
    assert conditional == {models[family].image_network} | discriminators
    assert all(
        shapes(models[family].networks[name])["attributes"] == (None, 2) for name in conditional
    )
    assert models[family].attributes == 2


@pytest.mark.parametrize("network", networks.network_names())
def test_attributes_enter_the_decoder_beside_the_latents(network):
    plain, conditional = (
        networks.decoder(4, SHAPE, network=network, width=2, attributes=count) for count in (0, 3)
    )
    widened = [
        (old.shape, new.shape)
        for old, new in zip(plain.variables, conditional.variables, strict=True)
        if old.shape != new.shape
    ]
    units = plain.get_layer("project").units
    assert widened == [((4, units), (7, units))]


@pytest.mark.parametrize("normalization", ["none", "spectral"])
def test_the_projection_is_that_of_miyato_and_koyama(normalization, images, attributes):
    network = networks.image_discriminator(
        SHAPE, normalization=normalization, attributes=2, **PLAIN
    )
    features = keras.Model(network.inputs[0], network.get_layer("flatten").output)
    phi = features.predict(images, verbose=0)
    layer = network.get_layer("projection")
    assert isinstance(layer, SpectralDense) == (normalization == "spectral")
    v = keras.ops.convert_to_numpy(layer.kernel)
    logits, unconditional = (
        network.predict([images, rows], verbose=0) for rows in (attributes, 0 * attributes)
    )
    expected = np.sum(attributes * (phi @ v), axis=1, keepdims=True)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(logits - unconditional, expected, rtol=1e-3, atol=1e-4)
    kernel, bias = map(keras.ops.convert_to_numpy, network.get_layer("logits").weights[:2])
    if normalization == "none":
        np.testing.assert_allclose(unconditional, phi @ kernel + bias, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("family", ["aae", "gan"])
def test_training_evaluation_prediction_and_saving(family, models, images, attributes, tmp_path):
    model = models[family]
    model.compile(keras.optimizers.Adam(1e-3), metrics=[keras.metrics.MeanSquaredError()])
    history = model.fit(
        images,
        attributes,
        validation_data=(images[:4], attributes[:4]),
        batch_size=6,
        verbose=0,
    ).history
    metrics = {tracker.name for tracker in model.metric_trackers}
    measured = metrics | {"mean_squared_error"}
    assert set(history) == metrics | {f"val_{name}" for name in measured}
    again = (images[:4], attributes[:4])
    assert model.evaluate(*again, verbose=0) == model.evaluate(*again, verbose=0)
    with_others = model.evaluate(images[:4], 1 - attributes[:4], verbose=0)
    assert model.evaluate(*again, verbose=0) != with_others

    latents = model.draw_latents(12)
    made = model.generate(latents, attributes)
    given = images if model.has_encoder else latents
    same = model.reconstruct(images, attributes) if model.has_encoder else made
    np.testing.assert_allclose(
        model.predict([given, attributes], batch_size=5, verbose=0), same, rtol=1e-4, atol=1e-5
    )
    np.testing.assert_array_equal(model.sample(12, attributes=attributes), made)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.attributes == 2
    np.testing.assert_allclose(loaded.generate(latents, attributes), made, rtol=1e-5, atol=1e-6)


def test_one_row_of_attributes_serves_every_image(models):
    latents = models["gan"].draw_latents(3)
    row = models["gan"].generate(latents, [1, 0])
    rows = models["gan"].generate(latents, [[1, 0]] * 3)
    np.testing.assert_array_equal(row, rows)
    assert not np.array_equal(row, models["gan"].generate(latents, [0, 1]))


# On a task that is learned in seconds: images are dark or bright, as their attribute says.


def decoder():
    latents, condition = keras.Input((2,)), keras.Input((1,))
    x = keras.layers.Concatenate()([latents, condition])
    x = dense(16, "sigmoid")(dense(32, "leaky_relu")(x))
    return keras.Model([latents, condition], keras.layers.Reshape((4, 4, 1))(x))


def encoder(outputs):
    pixels = keras.Input((4, 4, 1))
    x = dense(32, "leaky_relu")(keras.layers.Flatten()(pixels))
    heads = [dense(2)(x) for _ in range(outputs)]
    return keras.Model(pixels, heads if outputs > 1 else heads[0])


def discriminator():
    pixels, condition = keras.Input((4, 4, 1)), keras.Input((1,))
    x = dense(32, "leaky_relu")(keras.layers.Flatten()(pixels))
    product = keras.layers.Dot(1)([dense(1, use_bias=False)(x), condition])
    return keras.Model([pixels, condition], keras.layers.Add()([dense(1)(x), product]))


TOYS = {
    "vae": lambda: VariationalAutoencoder(encoder(2), decoder(), beta=0.1),
    "aae": lambda: AdversarialAutoencoder(
        encoder(1), decoder(), networks.latent_discriminator(2, units=32)
    ),
    "gan": lambda: GAN(decoder(), discriminator(), adversarial="relativistic", r1=0.1, r2=0.1),
    "wgan-gp": lambda: WGANGP(decoder(), discriminator(), n_critic=2),
}
Adam = keras.optimizers.Adam
OPTIMIZERS = {
    "vae": lambda: Adam(1e-2),
    "aae": lambda: {
        "reconstruction": Adam(1e-2),
        "discriminator": Adam(2e-3, beta_1=0.5),
        "regularization": Adam(2e-3, beta_1=0.5),
    },
    "gan": lambda: Adam(3e-3, beta_1=0.0),
    "wgan-gp": lambda: Adam(3e-3, beta_1=0.0),
}


def toy_images(bright):
    """Return images of two random slopes and a brightness; the slopes are always the same."""
    slope = np.linspace(-1, 1, 4)
    a, b = np.random.default_rng(0).uniform(-0.15, 0.15, (2, len(bright), 1, 1))
    pattern = (a * slope + b * slope[:, None])[..., None]
    return (0.3 + 0.4 * bright[:, :, None, None] + pattern).astype("float32")


@only_on("tensorflow", "jax")  # hundreds of steps, which take PyTorch a minute
@pytest.mark.parametrize("family", TOYS)
def test_generated_images_follow_the_attributes(family):
    bright = np.random.default_rng(1).integers(0, 2, (512, 1))
    images = toy_images(bright)
    model = TOYS[family]()
    model.compile(OPTIMIZERS[family]())
    model.fit(images, bright, batch_size=64, epochs=20, verbose=0)
    dark_sample, bright_sample = (model.sample(64, attributes=[value]).mean() for value in (0, 1))
    assert dark_sample < 0.45
    assert bright_sample > 0.55
    assert bright_sample - dark_sample > 0.2
    if model.has_encoder:
        edited = model.reconstruct(images, 1 - bright)
        distance = np.sqrt(np.mean((edited - toy_images(1 - bright)) ** 2))
        assert distance < 0.2, "images differ from their counterfactuals by 0.4"


# Errors


@pytest.mark.parametrize(
    ("given", "received"),
    [(None, "none"), (np.zeros(12), r"shape \(\w+,\)"), (np.zeros((12, 3)), r"shape \(\w+, 3\)")],
)
def test_images_without_their_attributes_are_refused(given, received, create, images):
    model = create("vae", attributes=2)
    model.compile("sgd")
    with pytest.raises(
        ValueError, match=rf"needs the 2 attributes.*Received: {received}.*Give fit and evaluate"
    ):
        model.fit(images, given, batch_size=4, verbose=0)


@pytest.mark.parametrize("given", [None, np.zeros((2, 2)), np.zeros(3)])
def test_latents_without_their_attributes_are_refused(given, models, images):
    received = "none" if given is None else f"shape .{', '.join(map(str, np.shape(given)))}"
    with pytest.raises(ValueError, match=rf"shape \(3, 2\).*one row of 2.*Received: {received}"):
        models["gan"].sample(3, attributes=given)
    with pytest.raises(ValueError, match="Received: "):
        models["vae"].reconstruct(images[:3], given)


def test_an_unconditional_model_refuses_attributes(create):
    with pytest.raises(ValueError, match=r"is unconditional.*Received: attributes.*Leave them out"):
        create("gan").sample(2, attributes=[1, 0])


@pytest.mark.parametrize("family", ["ae", "vae", "aae"])
def test_a_call_without_attributes_is_refused(family, models, images):
    with pytest.raises(ValueError, match=r"two tensors, the second of shape \(batch, 2\).*Give"):
        models[family](images, training=False)


MISFITS = {
    "unconditional_discriminator": (
        lambda: GAN(
            networks.decoder(4, SHAPE, attributes=2, **PLAIN),
            networks.image_discriminator(SHAPE, **PLAIN),
        ),
        r"images of shape .*32, 32, 3. and attributes of shape \(None, 2\).*these shapes",
    ),
    "discriminator_of_other_attributes": (
        lambda: GAN(
            networks.decoder(4, SHAPE, **PLAIN),
            networks.image_discriminator(SHAPE, attributes=1, **PLAIN),
        ),
        r"images of shape .*32, 32, 3.\. Received: input .*, \(None, 1\)",
    ),
    "labels_too": (
        lambda: AdversarialAutoencoder.create(image_size=32, attributes=1, labels=2, **PLAIN),
        r"labels.*or with attributes.*Received: 2 labels.* conditioned on 1 attributes.*Choose one",
    ),
    "inputs": (
        lambda: Autoencoder(
            networks.encoder(SHAPE, 4, **PLAIN), networks.encoder(SHAPE, 4, **PLAIN)
        ),
        r"encoder must take latents of shape .*Received: inputs .*32, 32, 3.*Begin",
    ),
    "a_negative_number": (
        lambda: GAN.create(image_size=32, attributes=-1, **PLAIN),
        r"attributes must be a positive integer.*Received: -1",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_impossible_arguments_are_refused(name):
    build, message = MISFITS[name]
    with pytest.raises(ValueError, match=message):
        build()
