"""Every family's `fit` against training steps written by hand for TensorFlow.

The steps below use keras only for networks, optimizers and random numbers: no losses, phases or
wrappers of the package. They are what the package promises, spelled out.
"""

import math
from contextlib import contextmanager

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_resgen.backends import adapter

LATENT = 4


def squared_error(images, outputs):
    return tf.reduce_mean(tf.reduce_sum((images - outputs) ** 2, axis=(1, 2, 3)))


def crossentropy(images, outputs):
    outputs = tf.clip_by_value(outputs, 1e-7, 1 - 1e-7)
    nats = -images * tf.math.log(outputs) - (1 - images) * tf.math.log(1 - outputs)
    return tf.reduce_mean(tf.reduce_sum(nats, axis=(1, 2, 3)))


def kl(mean, log_variance):
    return -0.5 * tf.reduce_mean(
        tf.reduce_sum(1 + log_variance - mean**2 - tf.exp(log_variance), axis=1)
    )


def logistic_discriminator(real, fake):
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(real), real)
    ) + tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(fake), fake))


def logistic_generator(fake):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(fake), fake))


def squares_discriminator(real, fake):
    return 0.5 * tf.reduce_mean((real - 1) ** 2) + 0.5 * tf.reduce_mean(fake**2)


def squares_generator(fake):
    return 0.5 * tf.reduce_mean((fake - 1) ** 2)


def hinge_discriminator(real, fake):
    return tf.reduce_mean(tf.maximum(0.0, 1 - real)) + tf.reduce_mean(tf.maximum(0.0, 1 + fake))


def hinge_generator(fake):
    return -tf.reduce_mean(fake)


@contextmanager
def untouched_statistics(network):
    """Restore the moving statistics that a call in training mode changes."""
    values = [v.numpy() for v in network.non_trainable_variables]
    yield
    for variable, value in zip(network.non_trainable_variables, values, strict=True):
        variable.assign(value)


def descend(optimizer, tape, loss, *networks):
    variables = [v for network in networks for v in network.trainable_variables]
    optimizer.apply(tape.gradient(loss, variables), variables)


def normal(generator, count):
    return keras.random.normal((count, LATENT), seed=generator)


def with_attributes(tensor, attributes):
    """The inputs of a network, conditioned on attributes unless they are None."""
    return tensor if attributes is None else [tensor, tf.constant(attributes)]


def autoencoder_step(
    networks, optimizers, images, noise, reconstruction=squared_error, attributes=None
):
    encoder, decoder = networks["encoder"], networks["decoder"]
    with tf.GradientTape() as tape:
        codes = encoder(images, training=True)
        loss = reconstruction(images, decoder(with_attributes(codes, attributes), training=True))
    descend(optimizers["reconstruction"], tape, loss, encoder, decoder)
    return {"loss": loss}


def vae_step(
    networks,
    optimizers,
    images,
    noise,
    reconstruction=squared_error,
    beta=1.0,
    attributes=None,
):
    encoder, decoder = networks["encoder"], networks["decoder"]
    with tf.GradientTape() as tape:
        mean, log_variance = encoder(images, training=True)
        codes = mean + tf.exp(log_variance / 2) * normal(noise, len(images))
        reconstruction_loss = reconstruction(
            images, decoder(with_attributes(codes, attributes), training=True)
        )
        kl_loss = kl(mean, log_variance)
        loss = reconstruction_loss + beta * kl_loss
    descend(optimizers["evidence_lower_bound"], tape, loss, encoder, decoder)
    return {"loss": loss, "reconstruction_loss": reconstruction_loss, "kl_loss": kl_loss}


def extended_vae_step(
    networks,
    optimizers,
    images,
    noise,
    variance=None,
    beta=1.0,
    length=1,
    share=lambda position: 1.0,
    free_bits=0.0,
    capacity=None,
):
    """A sigma-VAE with a schedule; `networks` also keeps the learned variance."""
    encoder, decoder = networks["encoder"], networks["decoder"]
    optimizer = optimizers["evidence_lower_bound"]
    scale = networks.setdefault("scale", keras.Variable(0.0))
    share = share(int(optimizer.iterations) / length)
    with tf.GradientTape() as tape:
        mean, log_variance = encoder(images, training=True)
        codes = mean + tf.exp(log_variance / 2) * normal(noise, len(images))
        squares = (images - decoder(codes, training=True)) ** 2
        sigma2 = {
            None: 0.5,
            "optimal": tf.reduce_mean(squares),
            "learned": tf.exp(scale.value),
        }[variance]
        nll = 0.5 * (squares / sigma2 + tf.math.log(2 * np.pi * sigma2))
        likelihood = tf.reduce_mean(tf.reduce_sum(squares if not variance else nll, axis=(1, 2, 3)))
        nats = 0.5 * (mean**2 + tf.exp(log_variance) - 1 - log_variance)
        rate = tf.reduce_sum(tf.maximum(tf.reduce_mean(nats, axis=0), free_bits))
        if capacity is None:
            loss = likelihood + share * beta * rate
        else:
            loss = likelihood + beta * tf.abs(rate - share * capacity)
    learned = [scale] if variance == "learned" else []
    variables = [*encoder.trainable_variables, *decoder.trainable_variables, *learned]
    optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    metrics = {"loss": loss, "reconstruction_loss": likelihood}
    metrics["kl_loss"] = kl(mean, log_variance)
    return {**metrics, "decoder_variance": sigma2} if variance else metrics


def aae_step(
    networks,
    optimizers,
    images,
    noise,
    discriminator_loss=logistic_discriminator,
    generator_loss=logistic_generator,
    draw=normal,
):
    encoder, discriminator = networks["encoder"], networks["discriminator"]
    metrics = autoencoder_step(networks, optimizers, images, noise)
    with untouched_statistics(encoder):
        codes = encoder(images, training=True)
    prior = draw(noise, len(images))
    with tf.GradientTape() as tape:
        real = discriminator(prior, training=True)
        fake = discriminator(codes, training=True)
        first = discriminator_loss(real, fake)
    descend(optimizers["discriminator"], tape, first, discriminator)
    with tf.GradientTape() as tape:
        second = generator_loss(discriminator(encoder(images, training=True), training=True))
    descend(optimizers["regularization"], tape, second, encoder)
    return {
        "reconstruction_loss": metrics["loss"],
        "discriminator_loss": first,
        "discriminator_accuracy": np.mean([real > 0, fake <= 0]),
        "generator_loss": second,
    }


def petals(noise, count):
    """Ten Gaussians in each of two pairs of dimensions, the component chosen by one more number."""
    drawn = keras.random.normal((count, LATENT + 1), seed=noise).numpy()
    chosen = [int(10 * (1 + math.erf(first / math.sqrt(2))) / 2) for first in drawn[:, 0]]
    codes = np.empty((count, LATENT), "float32")
    for row, component in enumerate(chosen):
        direction = np.exp(2j * np.pi * component / 10)
        for pair in range(LATENT // 2):
            along, across = drawn[row, 1 + 2 * pair : 3 + 2 * pair]
            point = direction * complex(1.4 + 0.5 * along, 0.1 * across)
            codes[row, 2 * pair : 2 * pair + 2] = point.real, point.imag
    return codes


def gan_step(
    networks,
    optimizers,
    images,
    noise,
    discriminator_loss=logistic_discriminator,
    generator_loss=logistic_generator,
):
    generator, discriminator = networks["generator"], networks["discriminator"]
    with untouched_statistics(generator):
        fakes = generator(normal(noise, len(images)), training=True)
    with tf.GradientTape() as tape:
        real = discriminator(images, training=True)
        fake = discriminator(fakes, training=True)
        first = discriminator_loss(real, fake)
    descend(optimizers["discriminator"], tape, first, discriminator)
    with untouched_statistics(discriminator), tf.GradientTape() as tape:
        fakes = generator(normal(noise, len(images)), training=True)
        second = generator_loss(discriminator(fakes, training=True))
    descend(optimizers["generator"], tape, second, generator)
    return {
        "discriminator_loss": first,
        "discriminator_accuracy": np.mean([real > 0, fake <= 0]),
        "generator_loss": second,
    }


def relativistic_discriminator(real, fake):
    return tf.reduce_mean(tf.math.log1p(tf.exp(fake - real)))


def r3gan_step(networks, optimizers, images, noise, r1, r2, attributes=None):
    """Huang et al. 2024, with gamma / 2 explicit; r1 = r2 = 0 gives a relativistic GAN."""
    generator, discriminator = networks["generator"], networks["discriminator"]
    with untouched_statistics(generator):
        fakes = generator(with_attributes(normal(noise, len(images)), attributes), training=True)
    with tf.GradientTape() as tape:
        with tf.GradientTape(persistent=True) as inner:
            inner.watch([images, fakes])
            real = discriminator(with_attributes(images, attributes), training=True)
            fake = discriminator(with_attributes(fakes, attributes), training=True)
        at_real, at_fake = (
            tf.reduce_mean(tf.reduce_sum(inner.gradient(logits, points) ** 2, axis=(1, 2, 3)))
            for logits, points in ((real, images), (fake, fakes))
        )
        first = relativistic_discriminator(real, fake) + r1 / 2 * at_real + r2 / 2 * at_fake
    descend(optimizers["discriminator"], tape, first, discriminator)
    with tf.GradientTape() as tape:
        fakes = generator(with_attributes(normal(noise, len(images)), attributes), training=True)
        second = relativistic_discriminator(
            discriminator(with_attributes(fakes, attributes), training=True),
            discriminator(with_attributes(images, attributes), training=True),
        )
    descend(optimizers["generator"], tape, second, generator)
    return {
        "discriminator_loss": first,
        "discriminator_accuracy": np.mean([real > 0, fake <= 0]),
        "r1_penalty": at_real / 2,
        "r2_penalty": at_fake / 2,
        "generator_loss": second,
    }


def r1_step(networks, optimizers, images, noise, r1):
    """Mescheder et al. 2018: the logistic loss with the penalty at real images only."""
    generator, discriminator = networks["generator"], networks["discriminator"]
    with untouched_statistics(generator):
        fakes = generator(normal(noise, len(images)), training=True)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(images)
            real = discriminator(images, training=True)
        slopes = inner.gradient(real, images)
        fake = discriminator(fakes, training=True)
        penalty = 0.5 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=(1, 2, 3)))
        first = logistic_discriminator(real, fake) + r1 * penalty
    descend(optimizers["discriminator"], tape, first, discriminator)
    with tf.GradientTape() as tape:
        fakes = generator(normal(noise, len(images)), training=True)
        second = logistic_generator(discriminator(fakes, training=True))
    descend(optimizers["generator"], tape, second, generator)
    return {
        "discriminator_loss": first,
        "discriminator_accuracy": np.mean([real > 0, fake <= 0]),
        "r1_penalty": penalty,
        "generator_loss": second,
    }


def wgan_gp_step(networks, optimizers, images, noise, attributes=None):
    generator, critic = networks["generator"], networks["critic"]
    metrics = {"critic_loss": [], "wasserstein_distance": [], "gradient_penalty": []}
    parts = (images[::2], images[1::2])
    named = (None, None) if attributes is None else (attributes[::2], attributes[1::2])
    for part, names in zip(parts, named, strict=True):
        with untouched_statistics(generator):
            fakes = generator(with_attributes(normal(noise, len(part)), names), training=True)
        with tf.GradientTape() as tape:
            distance = tf.reduce_mean(critic(with_attributes(part, names)))
            distance -= tf.reduce_mean(critic(with_attributes(fakes, names)))
            mix = keras.random.uniform((len(part), 1, 1, 1), seed=noise)
            between = mix * part + (1 - mix) * fakes
            with tf.GradientTape() as inner:
                inner.watch(between)
                outputs = critic(with_attributes(between, names))
            slopes = tf.norm(tf.reshape(inner.gradient(outputs, between), (len(part), -1)), axis=1)
            penalty = tf.reduce_mean((slopes - 1) ** 2)
            loss = -distance + 10 * penalty
        descend(optimizers["critic"], tape, loss, critic)
        for name, metric in zip(metrics, (loss, distance, penalty), strict=True):
            metrics[name].append(metric)
    with tf.GradientTape() as tape:
        fakes = generator(with_attributes(normal(noise, len(parts[0])), named[0]), training=True)
        loss = -tf.reduce_mean(critic(with_attributes(fakes, named[0])))
    descend(optimizers["generator"], tape, loss, generator)
    return {**{name: np.mean(values) for name, values in metrics.items()}, "generator_loss": loss}


CASES = [
    ("ae", {}, autoencoder_step, {}),
    ("ae", {"reconstruction": "bce"}, autoencoder_step, {"reconstruction": crossentropy}),
    ("vae", {}, vae_step, {}),
    (
        "vae",
        {"reconstruction": "bce", "beta": 0.5},
        vae_step,
        {"reconstruction": crossentropy, "beta": 0.5},
    ),
    ("aae", {}, aae_step, {}),
    (
        "aae",
        {"adversarial": "least_squares"},
        aae_step,
        {"discriminator_loss": squares_discriminator, "generator_loss": squares_generator},
    ),
    ("gan", {}, gan_step, {}),
    (
        "gan",
        {"adversarial": "hinge"},
        gan_step,
        {"discriminator_loss": hinge_discriminator, "generator_loss": hinge_generator},
    ),
    ("wgan-gp", {}, wgan_gp_step, {}),
    ("wgan-gp", {}, wgan_gp_step, {}),
    (
        "vae",
        {"decoder_variance": "optimal", "beta": 2.0, "kl_schedule": "linear", "kl_steps": 2},
        extended_vae_step,
        {
            "variance": "optimal",
            "beta": 2.0,
            "length": 2,
            "share": lambda position: min(position, 1),
        },
    ),
    ("vae", {"decoder_variance": "learned"}, extended_vae_step, {"variance": "learned"}),
    (
        "vae",
        {"beta": 30.0, "capacity": 0.5, "kl_schedule": "cyclical", "kl_steps": 3},
        extended_vae_step,
        {
            "beta": 30.0,
            "capacity": 0.5,
            "length": 3,
            "share": lambda position: min(2 * (position % 1), 1),
        },
    ),
    ("vae", {"free_bits": 0.5}, extended_vae_step, {"free_bits": 0.5}),
    ("aae", {"prior": "mixture"}, aae_step, {"draw": petals}),
    (
        "gan",
        {"adversarial": "relativistic", "r1": 1.0, "r2": 3.0},
        r3gan_step,
        {"r1": 1.0, "r2": 3.0},
    ),
    ("gan", {"r1": 10.0}, r1_step, {"r1": 10.0}),
    ("vae", {"attributes": 2}, vae_step, {}),
    ("ae", {"attributes": 2}, autoencoder_step, {}),
    (
        "gan",
        {"attributes": 2, "adversarial": "relativistic", "r1": 1.0, "r2": 3.0},
        r3gan_step,
        {"r1": 1.0, "r2": 3.0},
    ),
    ("wgan-gp", {"attributes": 2}, wgan_gp_step, {}),
]
# Every second case with Adam. With Keras's epsilon of 1e-7 it would make whole steps of gradients
# near zero, of which little but rounding is left.
OPTIMIZERS = [
    (keras.optimizers.SGD, {"learning_rate": 1e-3}),
    (keras.optimizers.Adam, {"learning_rate": 1e-3, "epsilon": 1e-3}),
]


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda i: f"{CASES[i][0]}-{i}")
def test_fit_equals_the_hand_written_step(case, create, images):
    family, options, step, arguments = CASES[case]
    make, settings = OPTIMIZERS[case % 2]
    model = create(family, seed=7, **options)
    model.compile(make(**settings))
    networks = {name: keras.models.clone_model(n) for name, n in model.networks.items()}
    for name, network in networks.items():
        network.set_weights(model.networks[name].get_weights())
    before = {name: network.get_weights() for name, network in networks.items()}
    optimizers = {phase.name: make(**settings) for phase in model.phases}
    for optimizer in optimizers.values():  # the kernel's rounding is tested with the optimizer
        adapter().fuse_updates(optimizer)
    noise = keras.random.SeedGenerator(7)
    batches = [tf.constant(batch) for batch in np.split(images, 3)]
    attributes = np.random.default_rng(3).integers(0, 2, (12, 2)).astype("float32")
    given = [{"attributes": rows} if model.attributes else {} for rows in np.split(attributes, 3)]

    first = model.fit(images[:4], attributes[:4], batch_size=4, shuffle=False, verbose=0).history
    expected = step(networks, optimizers, batches[0], noise, **given[0], **arguments)
    assert {name: values[0] for name, values in first.items()} == pytest.approx(
        {name: float(value) for name, value in expected.items()}, rel=1e-5, abs=1e-6
    )
    assert_same_weights(model.networks, networks, before)

    model.fit(images[4:], attributes[4:], batch_size=4, shuffle=False, verbose=0)
    for batch, rows in zip(batches[1:], given[1:], strict=True):
        step(networks, optimizers, batch, noise, **rows, **arguments)
    assert_same_weights(model.networks, networks, before)


def assert_same_weights(networks, expected, before):
    """Compare all weights and moving statistics, also relative to their change."""
    for name, network in networks.items():
        moved = [
            np.abs(v.numpy() - b).max()
            for v, b in zip(expected[name].variables, before[name], strict=True)
        ]
        assert np.median(moved) > 1e-5, f"{name} hardly moved: the comparison proves nothing"
        for variable, other, distance in zip(
            network.variables, expected[name].variables, moved, strict=True
        ):
            value, wanted = variable.numpy(), other.numpy()
            np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-5)
            rounding = 1e-7 * np.abs(wanted).max() + 1e-8
            assert np.abs(value - wanted).max() < 1e-3 * distance + rounding, variable.path
