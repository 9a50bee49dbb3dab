"""The DCGAN and the WGAN-GP of the Keras guides for 32 pixels.

Layers, losses, optimizers and dropout are those of "DCGAN to generate face images" and "WGAN-GP
overriding Model.train_step" on keras.io. The channels are scaled to about as many parameters as the
models of this package have, and one upsampling is left out to get 32 pixels.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from peers.peer import Peer


def train_dcgan(
    images: np.ndarray, held_out: np.ndarray, width: int, latent_dim: int, epochs: int, seed: int
) -> Peer:
    """Train the guide's DCGAN: noisy labels, Adam of 1e-4, batches of 32."""
    keras.utils.set_random_seed(seed)
    unit = 2 * width
    discriminator = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Conv2D(unit // 2, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(unit, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(unit, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(8 * 8 * unit),
            layers.Reshape((8, 8, unit)),
            layers.Conv2DTranspose(unit, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(2 * unit, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(images.shape[-1], 5, padding="same", activation="sigmoid"),
        ]
    )
    model = DCGAN(discriminator, generator, latent_dim)
    model.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    model.fit(images, batch_size=32, epochs=epochs, verbose=0)
    return _peer(images, latent_dim, generator, discriminator, lambda images: images)


def train_wgan_gp(
    images: np.ndarray, held_out: np.ndarray, width: int, latent_dim: int, epochs: int, seed: int
) -> Peer:
    """Train the guide's WGAN-GP: three critic updates, Adam of 2e-4 with `beta_1` 0.5."""
    keras.utils.set_random_seed(seed)
    unit = width // 2
    critic = keras.Sequential([keras.Input(images.shape[1:])])
    for multiple in (1, 2, 4, 8):
        critic.add(layers.Conv2D(multiple * unit, 5, 2, padding="same"))
        critic.add(layers.LeakyReLU(0.2))
        if multiple in (2, 4):
            critic.add(layers.Dropout(0.3))
    for layer in (layers.Flatten(), layers.Dropout(0.2), layers.Dense(1)):
        critic.add(layer)
    generator = keras.Sequential([keras.Input((latent_dim,))])
    for layer in (
        layers.Dense(4 * 4 * 8 * unit, use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(0.2),
        layers.Reshape((4, 4, 8 * unit)),
    ):
        generator.add(layer)
    for multiple in (4, 2, None):
        channels = images.shape[-1] if multiple is None else multiple * unit
        generator.add(layers.UpSampling2D())
        generator.add(layers.Conv2D(channels, 3, padding="same", use_bias=False))
        generator.add(layers.BatchNormalization())
        generator.add(layers.Activation("tanh") if multiple is None else layers.LeakyReLU(0.2))
    model = WGAN(critic, generator, latent_dim)
    rates = [keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.9) for _ in range(2)]
    model.compile(*rates)
    model.fit(2.0 * images - 1.0, batch_size=32, epochs=epochs, verbose=0)
    return _peer(images, latent_dim, generator, critic, lambda images: (images + 1.0) / 2.0)


class _Guide(keras.Model):
    """Base of the models of both guides."""

    def __init__(self, discriminator: Any, generator: Any, latent_dim: int) -> None:
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim

    def compile(self, d_optimizer: Any, g_optimizer: Any) -> None:
        """Set an optimizer for each network."""
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def call(self, latents: Any) -> Any:
        """Generate images."""
        return self.generator(latents)

    def noise(self, count: Any) -> Any:
        """Draw latent vectors from the prior."""
        return tf.random.normal((count, self.latent_dim))


class DCGAN(_Guide):
    """The model of keras.io/examples/generative/dcgan_overriding_train_step."""

    def train_step(self, real_images: Any) -> dict[str, Any]:
        """Train the discriminator on noisy labels, then the generator."""
        loss_fn = keras.losses.BinaryCrossentropy()
        batch_size = tf.shape(real_images)[0]
        combined = tf.concat([self.generator(self.noise(batch_size)), real_images], axis=0)
        labels = tf.concat([tf.ones((batch_size, 1)), tf.zeros((batch_size, 1))], axis=0)
        labels += 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            d_loss = loss_fn(labels, self.discriminator(combined))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        misleading = tf.zeros((batch_size, 1))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(self.noise(batch_size)))
            g_loss = loss_fn(misleading, predictions)
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


class WGAN(_Guide):
    """The model of keras.io/examples/generative/wgan_gp."""

    d_steps, gp_weight = 3, 10.0

    def gradient_penalty(self, batch_size: Any, real_images: Any, fake_images: Any) -> Any:
        """Penalize gradient norms other than 1 between real and generated images."""
        alpha = tf.random.uniform((batch_size, 1, 1, 1))
        interpolated = real_images + alpha * (fake_images - real_images)
        with tf.GradientTape() as tape:
            tape.watch(interpolated)
            predictions = self.discriminator(interpolated, training=True)
        gradients = tape.gradient(predictions, interpolated)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real_images: Any) -> dict[str, Any]:
        """Train the critic three times, then the generator."""
        batch_size = tf.shape(real_images)[0]
        for _ in range(self.d_steps):
            with tf.GradientTape() as tape:
                fake_images = self.generator(self.noise(batch_size), training=True)
                fake_logits = self.discriminator(fake_images, training=True)
                real_logits = self.discriminator(real_images, training=True)
                cost = tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)
                penalty = self.gradient_penalty(batch_size, real_images, fake_images)
                d_loss = cost + self.gp_weight * penalty
            weights = self.discriminator.trainable_variables
            pairs = zip(tape.gradient(d_loss, weights), weights, strict=True)
            self.d_optimizer.apply_gradients(pairs)
        with tf.GradientTape() as tape:
            generated = self.generator(self.noise(batch_size), training=True)
            g_loss = -tf.reduce_mean(self.discriminator(generated, training=True))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


def _peer(
    images: np.ndarray, latent_dim: int, generator: Any, discriminator: Any, to_unit: Any
) -> Peer:
    def decode(latents: np.ndarray) -> np.ndarray:
        return to_unit(keras.ops.convert_to_numpy(generator(latents, training=False)))

    parameters = generator.count_params() + discriminator.count_params()
    return Peer(images.shape[1:], latent_dim, parameters, decode)
