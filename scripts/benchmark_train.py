#!/usr/bin/env python
"""Measures `fit` of each family against a training step written by hand for TensorFlow.

Both train copies of the same networks on the same images in memory, in one process, by turns, so
that whatever else the machine does falls on both. Processor time, which other processes disturb
least, is compared beside the clock. The hand-written steps are what an expert would
write: one `tf.function`, plain Keras networks and optimizers, no running means, and the moving
statistics of networks that a phase only uses are left to drift.

    python scripts/benchmark_train.py --image-size 32 --families gan --families wgan-gp
"""

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.models import FAMILIES

Networks = dict[str, keras.Model]
Optimizers = dict[str, keras.optimizers.Optimizer]
Step = Callable[[tf.Tensor], Any]
STEPS: dict[str, Callable[[Networks, Optimizers], Step]] = {}
N_CRITIC = 2
SIDES = ("hand", "fit")


def hand_written(family: str) -> Callable:
    """Enters a builder of a family's step in the table."""

    def enter(build: Callable[[Networks, Optimizers], Step]) -> Callable:
        STEPS[family] = build
        return build

    return enter


def descend(optimizer: Any, tape: tf.GradientTape, loss: Any, variables: list[Any]) -> None:
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


def squared_error(images: Any, outputs: Any) -> Any:
    return tf.reduce_mean(tf.reduce_sum(tf.square(images - outputs), axis=(1, 2, 3)))


def real_loss(logits: Any) -> Any:
    return tf.reduce_mean(tf.nn.softplus(-logits))


def fake_loss(logits: Any) -> Any:
    return tf.reduce_mean(tf.nn.softplus(logits))


@hand_written("ae")
def autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
    encoder, decoder = networks["encoder"], networks["decoder"]
    variables = encoder.trainable_variables + decoder.trainable_variables

    def step(images: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            loss = squared_error(images, decoder(encoder(images, training=True), training=True))
        descend(optimizers["reconstruction"], tape, loss, variables)
        return loss

    return step


@hand_written("vae")
def variational_autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
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


@hand_written("aae")
def adversarial_autoencoder(networks: Networks, optimizers: Optimizers) -> Step:
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


@hand_written("gan")
def gan(networks: Networks, optimizers: Optimizers) -> Step:
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


@hand_written("wgan-gp")
def wgan_gp(networks: Networks, optimizers: Optimizers) -> Step:
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


def contestants(family: str, options: dict[str, Any]) -> dict[str, Callable[[Any], None]]:
    """Returns how each side trains on a data set."""
    extra = {"n_critic": N_CRITIC} if family == "wgan-gp" else {}
    model = FAMILIES[family].create(**options, **extra)
    model.compile(keras.optimizers.Adam(1e-4))
    networks = {name: keras.models.clone_model(n) for name, n in model.networks.items()}
    for name, network in networks.items():
        network.set_weights(model.networks[name].get_weights())
    optimizers = {phase.name: keras.optimizers.Adam(1e-4) for phase in model.phases}
    for phase in model.phases:
        optimizers[phase.name].build(
            [v for name in phase.networks for v in networks[name].trainable_variables]
        )
    step = tf.function(STEPS[family](networks, optimizers), reduce_retracing=True)

    def by_hand(dataset: Any) -> None:
        for images in dataset:
            figures = step(images)
        tf.nest.map_structure(float, figures)

    return {"fit": lambda dataset: model.fit(dataset, verbose=0), "hand": by_hand}


def measure(
    sides: dict[str, Callable[[Any], None]], dataset: Any, rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """Returns each side's seconds by the clock and of the processors in every round.

    Which side goes first changes from round to round.
    """
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for run in sides.values():
        run(dataset)  # traces
    for i in range(rounds):
        for name in sorted(sides, reverse=bool(i % 2)):
            clock, busy = time.perf_counter(), time.process_time()
            sides[name](dataset)
            seconds[name].append((time.perf_counter() - clock, time.process_time() - busy))
    return seconds


def processor() -> str:
    """The processor's name where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main(
    image_size: Annotated[int, typer.Option(help="Pixels.")] = 32,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 32,
    latent_dim: int = 128,
    network: Annotated[str, typer.Option(help="resnet or plain.")] = "resnet",
    batch: Annotated[int, typer.Option(help="Images in a batch.")] = 32,
    steps: Annotated[int, typer.Option(help="Steps in a round.")] = 10,
    rounds: Annotated[int, typer.Option(help="Rounds of each side.")] = 7,
    families: Annotated[list[str] | None, typer.Option(help="Which; all by default.")] = None,
) -> None:
    """Prints images per second of both sides and median ratios, of which more is better."""
    console = Console()
    console.print(
        f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"TensorFlow {tf.__version__}, Keras {keras.__version__}; {network}, {image_size} px, "
        f"width {width}, batch {batch}, {rounds} rounds of {steps} steps"
    )
    table = Table("model", "fit images/s", "by hand", "ratio", "of rounds", "processor time")
    count = batch * steps
    pixels = np.random.default_rng(0).random((count, image_size, image_size, 3), "float32")
    dataset = tf.data.Dataset.from_tensor_slices(pixels).batch(batch, drop_remainder=True)
    dataset = dataset.cache().prefetch(tf.data.AUTOTUNE)
    options = {
        "image_size": image_size, "width": width, "latent_dim": latent_dim, "network": network,
    }  # fmt: skip
    for family in families or FAMILIES:
        seconds = measure(contestants(family, options), dataset, rounds)
        clock, busy = (
            [
                by_hand[i] / fit[i]
                for by_hand, fit in zip(*(seconds[side] for side in SIDES), strict=True)
            ]
            for i in range(2)
        )
        table.add_row(
            family,
            *(
                f"{count / statistics.median(s for s, _ in seconds[side]):.1f}"
                for side in reversed(SIDES)
            ),
            f"{statistics.median(clock):.3f}",
            f"{min(clock):.2f} to {max(clock):.2f}",
            f"{statistics.median(busy):.3f}",
        )
        keras.backend.clear_session()
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
