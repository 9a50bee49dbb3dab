"""Hand-written training steps on TensorFlow, with Keras networks and optimizers.

They are what an expert would write: one `tf.function`, no running means of losses, and the moving
statistics of networks that an update does not train are updated too.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from benchmarks.keras_sides import batches, networks_and_optimizers
from benchmarks.sides import N_CRITIC, Setting, Side

Networks = dict[str, keras.Model]
Optimizers = dict[str, keras.optimizers.Optimizer]
Step = Callable[[tf.Tensor], Any]


def descend(optimizer: Any, tape: tf.GradientTape, loss: Any, variables: list[Any]) -> None:
    """Update variables once by the gradients of a loss."""
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


def squared_error(images: Any, outputs: Any) -> Any:
    """Return the squared error summed over pixels, averaged over the batch."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(images - outputs), axis=(1, 2, 3)))


def real_loss(logits: Any) -> Any:
    """Return the discriminator's loss of the logits of real inputs."""
    return tf.reduce_mean(tf.nn.softplus(-logits))


def fake_loss(logits: Any) -> Any:
    """Return the discriminator's loss of the logits of generated inputs."""
    return tf.reduce_mean(tf.nn.softplus(logits))


def autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
    """Return the training step of an autoencoder."""
    encoder, decoder = networks["encoder"], networks["decoder"]
    variables = encoder.trainable_variables + decoder.trainable_variables

    def step(images: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            loss = squared_error(images, decoder(encoder(images, training=True), training=True))
        descend(optimizers["reconstruction"], tape, loss, variables)
        return loss

    return step


def variational_autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
    """Return the training step of a VAE."""
    encoder, decoder = networks["encoder"], networks["decoder"]
    variables = encoder.trainable_variables + decoder.trainable_variables

    def step(images: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            mean, log_variance = encoder(images, training=True)
            codes = mean + tf.exp(0.5 * log_variance) * tf.random.normal(tf.shape(mean))
            error = squared_error(images, decoder(codes, training=True))
            kl = 0.5 * tf.reduce_mean(
                tf.reduce_sum(mean**2 + tf.exp(log_variance) - 1.0 - log_variance, axis=1)
            )
            loss = error + kl
        descend(optimizers["evidence_lower_bound"], tape, loss, variables)
        return loss, error, kl

    return step


def adversarial_autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
    """Return the training step of an AAE."""
    encoder, discriminator = networks["encoder"], networks["discriminator"]
    reconstruct = autoencoder(networks, optimizers)

    def step(images: tf.Tensor) -> Any:
        error = reconstruct(images)
        codes = encoder(images, training=True)
        prior = tf.random.normal(tf.shape(codes))
        with tf.GradientTape() as tape:
            first = real_loss(discriminator(prior)) + fake_loss(discriminator(codes))
        descend(optimizers["discriminator"], tape, first, discriminator.trainable_variables)
        with tf.GradientTape() as tape:
            second = real_loss(discriminator(encoder(images, training=True)))
        descend(optimizers["regularization"], tape, second, encoder.trainable_variables)
        return error, first, second

    return step


def gan(networks: Networks, optimizers: Optimizers) -> Step:
    """Return the training step of a GAN."""
    generator, discriminator = networks["generator"], networks["discriminator"]
    latent_dim = generator.input_shape[-1]

    def step(images: tf.Tensor) -> Any:
        count = tf.shape(images)[0]
        fakes = generator(tf.random.normal((count, latent_dim)), training=True)
        with tf.GradientTape() as tape:
            real, fake = (discriminator(x, training=True) for x in (images, fakes))
            first = real_loss(real) + fake_loss(fake)
        descend(optimizers["discriminator"], tape, first, discriminator.trainable_variables)
        with tf.GradientTape() as tape:
            fakes = generator(tf.random.normal((count, latent_dim)), training=True)
            second = real_loss(discriminator(fakes, training=True))
        descend(optimizers["generator"], tape, second, generator.trainable_variables)
        return first, second

    return step


def wgan_gp(networks: Networks, optimizers: Optimizers) -> Step:
    """Return the training step of a WGAN-GP: `N_CRITIC` critic updates and one generator update."""
    generator, critic = networks["generator"], networks["critic"]
    latent_dim = generator.input_shape[-1]

    def step(images: tf.Tensor) -> Any:
        parts = tf.split(images, N_CRITIC)
        for part in parts:
            count = tf.shape(part)[0]
            fakes = generator(tf.random.normal((count, latent_dim)), training=True)
            mix = tf.random.uniform((count, 1, 1, 1))
            between = mix * part + (1.0 - mix) * fakes
            with tf.GradientTape() as tape:
                distance = tf.reduce_mean(critic(part)) - tf.reduce_mean(critic(fakes))
                with tf.GradientTape(watch_accessed_variables=False) as inner:
                    inner.watch(between)
                    outputs = critic(between)
                squares = tf.reduce_sum(inner.gradient(outputs, between) ** 2, axis=(1, 2, 3))
                loss = 10.0 * tf.reduce_mean((tf.sqrt(squares + 1e-12) - 1.0) ** 2) - distance
            descend(optimizers["critic"], tape, loss, critic.trainable_variables)
        with tf.GradientTape() as tape:
            fakes = generator(tf.random.normal((tf.shape(parts[0])[0], latent_dim)), training=True)
            second = -tf.reduce_mean(critic(fakes))
        descend(optimizers["generator"], tape, second, generator.trainable_variables)
        return loss, distance, second

    return step


STEPS: dict[str, Callable[[Networks, Optimizers], Step]] = {
    "ae": autoencoder,
    "vae": variational_autoencoder,
    "aae": adversarial_autoencoder,
    "gan": gan,
    "wgan-gp": wgan_gp,
}


def train_by_hand(side: Side, setting: Setting, pixels: Any) -> Callable[[], None]:
    """Return a function that trains for one round."""
    networks, optimizers, _ = networks_and_optimizers(side, setting)
    step = tf.function(
        STEPS[setting.family](networks, optimizers),
        jit_compile="xla" in side.options,
        reduce_retracing=True,
    )
    dataset = batches(setting, pixels)

    def run() -> None:
        for images in dataset:
            metrics = step(images)
        tf.nest.map_structure(float, metrics)

    return run
