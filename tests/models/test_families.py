"""Construction, configuration, images and errors of every family."""

import inspect
import json

import keras
import numpy as np
import pytest

from keras_resgen import networks
from keras_resgen.models import (
    FAMILIES,
    GAN,
    WGANGP,
    AdversarialAutoencoder,
    Autoencoder,
    VariationalAutoencoder,
)

SHAPE = (32, 32, 3)
WITH_ENCODER = ["aae", "ae", "vae"]
# Values that differ from all defaults, so that a lost argument shows.
ARGUMENTS = {
    "ae": {"reconstruction": "bce"},
    "vae": {
        "reconstruction": "bce",
        "beta": 0.5,
        "kl_schedule": "cyclical",
        "kl_steps": 10,
        "free_bits": 0.25,
        "capacity": 3.0,
    },
    "aae": {"reconstruction": "bce", "adversarial": "hinge", "prior": "mixture", "labels": 3},
    "gan": {"adversarial": "least_squares", "r1": 0.5, "r2": 2.0},
    "wgan-gp": {"n_critic": 3, "gradient_penalty_weight": 2.5},
}
PLAIN = {"network": "plain", "width": 2}


@pytest.fixture(scope="module")
def models(create):
    return {family: create(family) for family in FAMILIES}


def encoder(latent_dim=4, shape=SHAPE, **options):
    return networks.encoder(shape, latent_dim, **PLAIN, **options)


def decoder(latent_dim=4, shape=SHAPE):
    return networks.decoder(latent_dim, shape, **PLAIN)


def discriminator(shape=SHAPE, **options):
    return networks.image_discriminator(shape, **PLAIN, **options)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_constructor_argument_is_in_the_configuration(family, create):
    given = {**ARGUMENTS[family], "seed": 11, "name": "mine"}
    model = create(family, **given)
    parameters = inspect.signature(type(model).__init__).parameters
    own = {name for name, p in parameters.items() if p.kind is not p.VAR_KEYWORD} - {"self"}
    config = model.get_config()
    assert set(config) == own | set(given)
    again = type(model).from_config(model.get_config())
    assert json.dumps(again.get_config()) == json.dumps(config)
    for name, value in given.items():
        assert config[name] == value
    for name, network in model.networks.items():
        assert [v.shape for v in again.networks[name].variables] == [
            v.shape for v in network.variables
        ]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_create_passes_sizes_on(family):
    model = FAMILIES[family].create(
        image_size=64, channels=1, latent_dim=6, network="plain", width=3
    )
    assert model.image_shape == (64, 64, 1)
    assert model.latent_dim == 6
    assert model.built
    image_network = model.networks[model.image_network]
    assert image_network.input_shape == (None, 6)
    assert image_network.output_shape == (None, 64, 64, 1)
    assert image_network.get_layer("image_conv").input.shape[-1] == 3


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_predict_equals_reconstruct_or_generate(family, models, images):
    model = models[family]
    latents = model.draw_latents(12)
    given = images if family in WITH_ENCODER else latents
    outputs = model.predict(given, batch_size=5, verbose=0)
    assert outputs.shape == images.shape
    assert outputs.dtype == "float32"
    assert outputs.min() >= 0
    assert outputs.max() <= 1
    same = model.reconstruct(images) if family in WITH_ENCODER else model.generate(latents)
    np.testing.assert_allclose(outputs, same, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_samples_depend_only_on_the_seed(family, models):
    model = models[family]
    samples = model.sample(3, seed=1)
    assert samples.shape == (3, *SHAPE)
    np.testing.assert_array_equal(samples, model.generate(model.draw_latents(3, seed=1)))
    assert not np.array_equal(samples, model.sample(3, seed=2))
    np.testing.assert_array_equal(model.draw_latents(2, seed=5), model.draw_latents(4, seed=5)[:2])


def test_draws_of_the_prior_are_standard_normal(models):
    latents = models["gan"].draw_latents(20_000)
    assert latents.dtype == "float32"
    np.testing.assert_allclose(latents.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(latents.T), np.eye(4), atol=0.03)


def test_the_code_of_a_vae_is_its_mean(models, images):
    model = models["vae"]
    mean, _ = model.encoder.predict(images, verbose=0)
    np.testing.assert_array_equal(model.encode(images), mean)


ENDPOINTS = {
    "ae": {"encode": {"code"}, "decode": {"images"}, "reconstruct": {"reconstructions"}},
    "vae": {
        "encode": {"mean", "log_variance"},
        "decode": {"images"},
        "reconstruct": {"reconstructions"},
        "generate": {"images"},
    },
    "aae": {
        "encode": {"code"},
        "decode": {"images"},
        "reconstruct": {"reconstructions"},
        "generate": {"images"},
        "discriminate": {"logits"},
    },
    "gan": {"generate": {"images"}, "discriminate": {"logits"}},
    "wgan-gp": {"generate": {"images"}, "discriminate": {"logits"}},
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_endpoints_compute_the_networks_outputs(family, models, images):
    model = models[family]
    endpoints = model.endpoints()
    noisy = {"encode_with_noise", "posterior"} if family == "vae" else set()
    assert set(endpoints) == set(ENDPOINTS[family]) | noisy
    for name in ENDPOINTS[family]:
        endpoint = endpoints[name]
        (shape,) = endpoint.inputs.values()
        given = np.random.default_rng(0).random((2, *shape)).astype("float32")
        outputs = {
            key: keras.ops.convert_to_numpy(value)
            for key, value in endpoint.function(given).items()
        }
        assert set(outputs) == ENDPOINTS[family][name]
        if endpoint.network is None:
            expected = [keras.ops.convert_to_numpy(model(given, training=False))]
        else:
            computed = model.networks[endpoint.network](given, training=False)
            expected = computed if isinstance(computed, list) else [computed]
        for output, wanted in zip(outputs.values(), expected, strict=True):
            np.testing.assert_allclose(
                output, keras.ops.convert_to_numpy(wanted), rtol=1e-5, atol=1e-6
            )


def test_codes_with_noise_are_those_of_the_posterior(models, images):
    endpoints = models["vae"].endpoints()
    mean, log_variance = models["vae"].posterior(images)
    epsilon = np.random.default_rng(0).standard_normal(mean.shape).astype("float32")
    expected = mean + np.exp(log_variance / 2) * epsilon
    for outputs in (
        endpoints["encode_with_noise"].function(images, epsilon),
        endpoints["posterior"].function(mean, log_variance, epsilon),
    ):
        code = keras.ops.convert_to_numpy(outputs["code"])
        np.testing.assert_allclose(code, expected, rtol=1e-4, atol=1e-5)


def test_the_default_learning_rate_can_be_scaled(models):
    assert float(models["gan"].default_optimizer().learning_rate) == pytest.approx(2e-4)
    assert float(models["gan"].default_optimizer(0.5).learning_rate) == 0.5
    model = models["aae"]
    once, twice = (
        {name: float(o.learning_rate) for name, o in model.default_optimizer(rate).items()}
        for rate in (1.0, 2.0)
    )
    assert list(once) == [phase.name for phase in model.phases]
    assert twice == pytest.approx({name: 2 * rate for name, rate in once.items()})


# Errors

features = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
MISFITS = {
    "image_shapes": (
        lambda: Autoencoder(encoder(), decoder(shape=(64, 64, 3))),
        r"images of the shape.*Received: .*32, 32, 3.*64, 64, 3.*Build both for one image_shape",
    ),
    "codes": (
        lambda: Autoencoder(encoder(latent_dim=8), decoder(latent_dim=4)),
        r"return code.*\(None, 4\).*Received: 1 output.*\(None, 8\).*one latent_dim",
    ),
    "codes_of_a_vae": (
        lambda: VariationalAutoencoder(encoder(latent_dim=8, variational=True), decoder()),
        r"return mean and log-variance.*Received: 2 output.*\(None, 8\).*Build both",
    ),
    "not_variational": (
        lambda: VariationalAutoencoder(encoder(), decoder()),
        r"return mean and log-variance.*Received: 1 output.*variational=True",
    ),
    "variational": (
        lambda: AdversarialAutoencoder(
            encoder(variational=True), decoder(), networks.latent_discriminator(4)
        ),
        r"return code,.*Received: 2 output.*variational=False",
    ),
    "latent_discriminator": (
        lambda: AdversarialAutoencoder(encoder(), decoder(), networks.latent_discriminator(5)),
        r"codes of shape \(None, 4\).*Received: input \(None, 5\).*this shape",
    ),
    "discriminator": (
        lambda: GAN(decoder(), discriminator((32, 32, 1))),
        r"discriminator must take .*32, 32, 3.*Received: .*32, 32, 1.*this shape",
    ),
    "scores": (
        lambda: AdversarialAutoencoder(encoder(), decoder(), features),
        r"one logit for each input.*Received: \(None, 3\).*Dense\(1\)",
    ),
    "critic": (
        lambda: WGANGP(decoder(), discriminator((64, 64, 3), normalization="none", name="critic")),
        r"critic must take .*32, 32, 3.*Received: .*64, 64, 3.*this shape",
    ),
    "critic_with_batch_normalization": (
        lambda: WGANGP(decoder(), discriminator()),
        r"must not use batch normalization.*Received: .*normalization=\"none\"",
    ),
    "n_critic": (
        lambda: WGANGP(decoder(), discriminator(normalization="none"), n_critic=0),
        r"n_critic must be a positive integer.*Received: 0.*Give",
    ),
    "r1": (
        lambda: GAN(decoder(), discriminator(normalization="none"), r1=-1.0),
        r"r1 must be 0 or more.*Received: -1.0.*R3GAN uses",
    ),
    "r2_with_batch_normalization": (
        lambda: GAN(decoder(), discriminator(), r2=1.0),
        r"discriminator must not use batch normalization.*normalization=\"none\"",
    ),
    "penalty": (
        lambda: WGANGP(
            decoder(), discriminator(normalization="none"), gradient_penalty_weight=-1.0
        ),
        r"gradient_penalty_weight must be 0 or more.*Received: -1.0.*paper",
    ),
    "beta": (
        lambda: VariationalAutoencoder(encoder(variational=True), decoder(), beta=float("nan")),
        r"beta must be 0 or more.*Received: nan.*1 gives",
    ),
    "schedule_without_steps": (
        lambda: VariationalAutoencoder(encoder(variational=True), decoder(), kl_schedule="linear"),
        r"kl_schedule and kl_steps.*go together.*Received: .*'linear' and kl_steps=0.*Give both",
    ),
    "steps_without_schedule": (
        lambda: VariationalAutoencoder(encoder(variational=True), decoder(), kl_steps=3),
        r"kl_schedule and kl_steps.*go together.*Received: .*None and kl_steps=3.*Give both",
    ),
    "kl_schedule": (
        lambda: VariationalAutoencoder(
            encoder(variational=True), decoder(), kl_schedule="cosine", kl_steps=3
        ),
        r"kl_schedule must be one of \['cyclical', 'linear'\].*Received: 'cosine'.*Choose",
    ),
    "free_bits": (
        lambda: VariationalAutoencoder(encoder(variational=True), decoder(), free_bits=-0.5),
        r"free_bits must be 0 or more.*Received: -0.5.*0 leaves it out",
    ),
    "decoder_variance": (
        lambda: VariationalAutoencoder(
            encoder(variational=True), decoder(), decoder_variance="perfect"
        ),
        r"decoder_variance must be one of \['learned', 'optimal'\].*Received: 'perfect'.*Choose",
    ),
    "decoder_variance_of_probabilities": (
        lambda: VariationalAutoencoder(
            encoder(variational=True),
            decoder(),
            reconstruction="bce",
            decoder_variance="optimal",
        ),
        r"Gaussian likelihood, reconstruction=\"mse\".*Received: .*'bce'.*Leave one",
    ),
    "reconstruction": (
        lambda: Autoencoder(encoder(), decoder(), reconstruction="l1"),
        r"reconstruction must be one of \['bce', 'mse'\].*Received: 'l1'.*Choose",
    ),
    "adversarial": (
        lambda: GAN(decoder(), discriminator(), adversarial="softmax"),
        r"adversarial must be one of .*Received: 'softmax'.*Choose",
    ),
    "prior": (
        lambda: AdversarialAutoencoder(
            encoder(), decoder(), networks.latent_discriminator(4), prior="uniform"
        ),
        r"prior must be one of \['gaussian', 'mixture', 'swiss_roll'\].*'uniform'.*Choose",
    ),
    "labels": (
        lambda: AdversarialAutoencoder(
            encoder(), decoder(), networks.latent_discriminator(4), labels=3
        ),
        r"codes with one-hot labels of shape \(None, 7\).*Received: .*4",
    ),
    "odd_prior": (
        lambda: AdversarialAutoencoder(
            encoder(3), decoder(3), networks.latent_discriminator(3), prior="swiss_roll"
        ),
        r"latent_dim must be even.*Received: 3.*Add a dimension",
    ),
    "unbuilt_discriminator": (
        lambda: GAN(decoder(), keras.Sequential([keras.layers.Flatten()])),
        r"must be built.*Begin it with keras.Input\(\(32, 32, 3\)\)",
    ),
    "model": (lambda: FAMILIES["vqvae"], r"model must be one of .*Received: 'vqvae'.*Choose"),
    "image_size": (
        lambda: GAN.create(image_size=100),
        r"power of two from 32 to 256.*Received: 100.*Choose",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_impossible_arguments_are_refused(name):
    build, message = MISFITS[name]
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("shape", [(4,), (2, 5), (2, 4, 1), (0, 4)])
def test_latents_of_another_length_are_refused(shape, models):
    with pytest.raises(ValueError, match=r"shape \(count, 4\).*Received: shape .*Use"):
        models["gan"].generate(np.zeros(shape))
