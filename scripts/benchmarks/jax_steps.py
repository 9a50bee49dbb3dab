"""Hand-written training steps on JAX: one pure, compiled function over Keras's stateless calls.

The state is a dictionary of the networks' weights, their statistics and the optimizers' slots. Each
step replaces it and donates its memory to the next step.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax import numpy as jnp
from jax.nn import softplus

from benchmarks.keras_sides import batches, networks_and_optimizers
from benchmarks.sides import N_CRITIC, Setting, Side

Array = jax.Array
State = dict[str, dict[str, list[Array]]]
Weights = dict[str, list[Array]]
# Takes weights by network; returns a loss and the updated statistics of the networks.
Loss = Callable[[Weights], tuple[Array, Weights]]
Step = Callable[[State, Array, Array], tuple[State, Any]]


class Networks:
    """Keras networks and optimizers as pure functions."""

    def __init__(self, side: Side, setting: Setting) -> None:
        self.networks, self.optimizers, _ = networks_and_optimizers(side, setting)
        self.latent_dim = setting.latent_dim
        self.first: State = {
            "weights": {
                n: [v.value for v in k.trainable_variables] for n, k in self.networks.items()
            },
            "statistics": {
                n: [v.value for v in k.non_trainable_variables] for n, k in self.networks.items()
            },
            "slots": {p: [v.value for v in o.variables] for p, o in self.optimizers.items()},
        }

    def __call__(self, name: str, weights: Weights, statistics: Weights, inputs: Array) -> Any:
        """Return a network's outputs in training mode, and the updated statistics."""
        outputs, after = self.networks[name].stateless_call(
            weights[name], statistics[name], inputs, training=True
        )
        return outputs, {**statistics, name: after}

    def descend(
        self, state: State, phase: str, trained: Sequence[str], loss: Loss
    ) -> tuple[State, Array]:
        """Update the weights of some networks once."""
        own = {name: state["weights"][name] for name in trained}

        def objective(weights: Weights) -> tuple[Array, Weights]:
            return loss({**state["weights"], **weights})

        (value, statistics), gradients = jax.value_and_grad(objective, has_aux=True)(own)
        lists = [[x for name in trained for x in tree[name]] for tree in (gradients, own)]
        updated, slots = self.optimizers[phase].stateless_apply(state["slots"][phase], *lists)
        rest = iter(updated)
        weights = {name: [next(rest) for _ in own[name]] for name in trained}
        return {
            "weights": {**state["weights"], **weights},
            "statistics": statistics,
            "slots": {**state["slots"], phase: slots},
        }, value


def squared_error(images: Array, outputs: Array) -> Array:
    """Return the squared error summed over pixels, averaged over the batch."""
    return jnp.mean(jnp.sum(jnp.square(images - outputs), axis=(1, 2, 3)))


def real_loss(logits: Array) -> Array:
    """Return the discriminator's loss of the logits of real inputs."""
    return jnp.mean(softplus(-logits))


def fake_loss(logits: Array) -> Array:
    """Return the discriminator's loss of the logits of generated inputs."""
    return jnp.mean(softplus(logits))


def autoencoder(call: Networks) -> Step:
    """Return the training step of an autoencoder."""

    def step(state: State, images: Array, key: Array) -> tuple[State, Any]:
        def loss(weights: Weights) -> tuple[Array, Weights]:
            codes, statistics = call("encoder", weights, state["statistics"], images)
            outputs, statistics = call("decoder", weights, statistics, codes)
            return squared_error(images, outputs), statistics

        return call.descend(state, "reconstruction", ("encoder", "decoder"), loss)

    return step


def variational_autoencoder(call: Networks) -> Step:
    """Return the training step of a VAE."""

    def step(state: State, images: Array, key: Array) -> tuple[State, Any]:
        def loss(weights: Weights) -> tuple[Array, Weights]:
            (mean, log_variance), statistics = call("encoder", weights, state["statistics"], images)
            codes = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
            outputs, statistics = call("decoder", weights, statistics, codes)
            kl = jnp.sum(mean**2 + jnp.exp(log_variance) - 1.0 - log_variance, axis=1)
            return squared_error(images, outputs) + 0.5 * jnp.mean(kl), statistics

        return call.descend(state, "evidence_lower_bound", ("encoder", "decoder"), loss)

    return step


def adversarial_autoencoder(call: Networks) -> Step:
    """Return the training step of an AAE."""
    reconstruct = autoencoder(call)

    def step(state: State, images: Array, key: Array) -> tuple[State, Any]:
        state, error = reconstruct(state, images, key)
        codes, statistics = call("encoder", state["weights"], state["statistics"], images)
        prior = jax.random.normal(key, codes.shape)
        between = {**state, "statistics": statistics}

        def first(weights: Weights) -> tuple[Array, Weights]:
            real, fake = (call("discriminator", weights, statistics, x)[0] for x in (prior, codes))
            return real_loss(real) + fake_loss(fake), statistics

        state, d_loss = call.descend(between, "discriminator", ("discriminator",), first)

        def second(weights: Weights) -> tuple[Array, Weights]:
            codes, after = call("encoder", weights, state["statistics"], images)
            return real_loss(call("discriminator", weights, after, codes)[0]), after

        state, e_loss = call.descend(state, "regularization", ("encoder",), second)
        return state, (error, d_loss, e_loss)

    return step


def gan(call: Networks) -> Step:
    """Return the training step of a GAN."""

    def step(state: State, images: Array, key: Array) -> tuple[State, Any]:
        latents = jax.random.normal(key, (2, len(images), call.latent_dim))
        fakes, statistics = call("generator", state["weights"], state["statistics"], latents[0])
        between = {**state, "statistics": statistics}

        def first(weights: Weights) -> tuple[Array, Weights]:
            real, after = call("discriminator", weights, statistics, images)
            fake, after = call("discriminator", weights, after, fakes)
            return real_loss(real) + fake_loss(fake), after

        state, d_loss = call.descend(between, "discriminator", ("discriminator",), first)

        def second(weights: Weights) -> tuple[Array, Weights]:
            fakes, after = call("generator", weights, state["statistics"], latents[1])
            logits, after = call("discriminator", weights, after, fakes)
            return real_loss(logits), after

        state, g_loss = call.descend(state, "generator", ("generator",), second)
        return state, (d_loss, g_loss)

    return step


def wgan_gp(call: Networks) -> Step:
    """Return the training step of a WGAN-GP: `N_CRITIC` critic updates and one generator update."""

    def step(state: State, images: Array, key: Array) -> tuple[State, Any]:
        *keys, last = jax.random.split(key, 2 * N_CRITIC + 1)
        parts = jnp.split(images, N_CRITIC)
        shape = (len(parts[0]), call.latent_dim)
        for part, noise_key, mix_key in zip(parts, keys[::2], keys[1::2], strict=True):
            latents = jax.random.normal(noise_key, shape)
            fakes, statistics = call("generator", state["weights"], state["statistics"], latents)
            mix = jax.random.uniform(mix_key, (len(part), 1, 1, 1))
            between = mix * part + (1.0 - mix) * fakes

            def first(
                weights: Weights,
                part: Array = part,
                fakes: Array = fakes,
                between: Array = between,
                statistics: Weights = statistics,
            ) -> tuple[Array, Weights]:
                def critic(x: Array) -> Array:
                    return call("critic", weights, statistics, x)[0]

                distance = jnp.mean(critic(part)) - jnp.mean(critic(fakes))
                gradients = jax.grad(lambda x: jnp.sum(critic(x)))(between)
                norms = jnp.sqrt(jnp.sum(gradients**2, axis=(1, 2, 3)) + 1e-12)
                return 10.0 * jnp.mean((norms - 1.0) ** 2) - distance, statistics

            state, d_loss = call.descend(
                {**state, "statistics": statistics}, "critic", ("critic",), first
            )

        def second(weights: Weights) -> tuple[Array, Weights]:
            latents = jax.random.normal(last, shape)
            fakes, after = call("generator", weights, state["statistics"], latents)
            return -jnp.mean(call("critic", weights, after, fakes)[0]), after

        state, g_loss = call.descend(state, "generator", ("generator",), second)
        return state, (d_loss, g_loss)

    return step


STEPS: dict[str, Callable[[Networks], Step]] = {
    "ae": autoencoder,
    "vae": variational_autoencoder,
    "aae": adversarial_autoencoder,
    "gan": gan,
    "wgan-gp": wgan_gp,
}


def train_by_hand(side: Side, setting: Setting, pixels: Any) -> Callable[[], None]:
    """Return a function that trains for one round."""
    networks = Networks(side, setting)
    compiled = jax.jit(STEPS[setting.family](networks), donate_argnums=0)
    # Copies, since the step donates the memory of its arguments.
    held = {"state": jax.tree.map(jnp.copy, networks.first), "key": jax.random.key(0)}
    dataset = batches(setting, pixels)

    def run() -> None:
        for images in dataset.as_numpy_iterator():
            held["key"], key = jax.random.split(held["key"])
            held["state"], metrics = compiled(held["state"], images, key)
        jax.tree.map(float, metrics)

    return run
