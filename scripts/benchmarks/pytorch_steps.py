"""Hand-written training steps on plain PyTorch, as an expert would write them.

The losses do not depend on the order of an image's axes, so `torch_steps` uses them too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch.nn.functional import softplus

from benchmarks import pytorch_networks
from benchmarks.sides import N_CRITIC, Setting, Side

Tensor = torch.Tensor
Networks = Mapping[str, Callable[[Tensor], Any]]
Descents = Mapping[str, Callable[[Tensor], None]]  # one update by a loss, for each phase
Step = Callable[[Tensor], tuple[Tensor, ...]]  # returns metrics


def squared_error(images: Tensor, outputs: Tensor) -> Tensor:
    """Return the squared error summed over pixels, averaged over the batch."""
    return (images - outputs).square().flatten(1).sum(1).mean()


def real_loss(logits: Tensor) -> Tensor:
    """Return the discriminator's loss of the logits of real inputs."""
    return softplus(-logits).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """Return the discriminator's loss of the logits of generated inputs."""
    return softplus(logits).mean()


def autoencoder(networks: Networks, descend: Descents, latent_dim: int) -> Step:
    """Return the training step of an autoencoder."""

    def step(images: Tensor) -> tuple[Tensor, ...]:
        loss = squared_error(images, networks["decoder"](networks["encoder"](images)))
        descend["reconstruction"](loss)
        return (loss,)

    return step


def variational_autoencoder(networks: Networks, descend: Descents, latent_dim: int) -> Step:
    """Return the training step of a VAE."""

    def step(images: Tensor) -> tuple[Tensor, ...]:
        mean, log_variance = networks["encoder"](images)
        codes = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        error = squared_error(images, networks["decoder"](codes))
        kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(1).mean()
        descend["evidence_lower_bound"](error + kl)
        return error, kl

    return step


def adversarial_autoencoder(networks: Networks, descend: Descents, latent_dim: int) -> Step:
    """Return the training step of an AAE."""
    encoder, discriminator = networks["encoder"], networks["discriminator"]
    reconstruct = autoencoder(networks, descend, latent_dim)

    def step(images: Tensor) -> tuple[Tensor, ...]:
        (error,) = reconstruct(images)
        with torch.no_grad():
            codes = encoder(images)
        prior = torch.randn_like(codes)
        first = real_loss(discriminator(prior)) + fake_loss(discriminator(codes))
        descend["discriminator"](first)
        second = real_loss(discriminator(encoder(images)))
        descend["regularization"](second)
        return error, first, second

    return step


def gan(networks: Networks, descend: Descents, latent_dim: int) -> Step:
    """Return the training step of a GAN."""
    generator, discriminator = networks["generator"], networks["discriminator"]

    def step(images: Tensor) -> tuple[Tensor, ...]:
        with torch.no_grad():
            fakes = generator(torch.randn(len(images), latent_dim))
        first = real_loss(discriminator(images)) + fake_loss(discriminator(fakes))
        descend["discriminator"](first)
        fakes = generator(torch.randn(len(images), latent_dim))
        second = real_loss(discriminator(fakes))
        descend["generator"](second)
        return first, second

    return step


def wgan_gp(networks: Networks, descend: Descents, latent_dim: int) -> Step:
    """Return the training step of a WGAN-GP: `N_CRITIC` critic updates and one generator update."""
    generator, critic = networks["generator"], networks["critic"]

    def step(images: Tensor) -> tuple[Tensor, ...]:
        parts = images.chunk(N_CRITIC)
        for part in parts:
            with torch.no_grad():
                fakes = generator(torch.randn(len(part), latent_dim))
            mix = torch.rand(len(part), 1, 1, 1)
            between = (mix * part + (1.0 - mix) * fakes).requires_grad_()
            distance = critic(part).mean() - critic(fakes).mean()
            scores = critic(between).sum()
            (gradients,) = torch.autograd.grad(scores, between, create_graph=True)
            norms = (gradients.square().flatten(1).sum(1) + 1e-12).sqrt()
            descend["critic"](10.0 * (norms - 1.0).square().mean() - distance)
        second = -critic(generator(torch.randn(len(parts[0]), latent_dim))).mean()
        descend["generator"](second)
        return distance, second

    return step


STEPS: dict[str, Callable[[Networks, Descents, int], Step]] = {
    "ae": autoencoder,
    "vae": variational_autoencoder,
    "aae": adversarial_autoencoder,
    "gan": gan,
    "wgan-gp": wgan_gp,
}
# The networks that each phase updates.
PHASES = {
    "ae": {"reconstruction": ("encoder", "decoder")},
    "vae": {"evidence_lower_bound": ("encoder", "decoder")},
    "aae": {
        "reconstruction": ("encoder", "decoder"),
        "discriminator": ("discriminator",),
        "regularization": ("encoder",),
    },
    "gan": {"discriminator": ("discriminator",), "generator": ("generator",)},
    "wgan-gp": {"critic": ("critic",), "generator": ("generator",)},
}


def rounds(step: Step, batches: Callable[[], Iterable[Tensor]]) -> Callable[[], None]:
    """Return a function that trains on every batch and waits for the last metrics."""

    def run() -> None:
        for images in batches():
            metrics = step(images)
        for metric in metrics:
            metric.item()

    return run


def train_by_hand(side: Side, setting: Setting, pixels: Any) -> Callable[[], None]:
    """Return a function that trains for one round, with PyTorch's fused Adam."""
    options = {name: getattr(setting, name) for name in ("network", "image_size", "width")}
    networks = pytorch_networks.create(setting.family, latent_dim=setting.latent_dim, **options)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    if "channels_last" in side.options:
        networks = {n: m.to(memory_format=torch.channels_last) for n, m in networks.items()}
        images = images.contiguous(memory_format=torch.channels_last)

    def descent(names: Sequence[str]) -> Callable[[Tensor], None]:
        parameters = [p for name in names for p in networks[name].parameters()]
        optimizer = torch.optim.Adam(parameters, lr=1e-4, eps=1e-7, fused=True)

        def descend(loss: Tensor) -> None:
            # loss.backward() would differentiate by the weights of the other phases too.
            for parameter, gradient in zip(
                parameters, torch.autograd.grad(loss, parameters), strict=True
            ):
                parameter.grad = gradient
            optimizer.step()

        return descend

    def prepared(name: str) -> Callable[[Tensor], Any]:
        # Compiled networks cannot be differentiated twice, as the critic is.
        compiles = "compile" in side.options and name != "critic"
        network = torch.compile(networks[name]) if compiles else networks[name]

        def call(inputs: Tensor) -> Any:
            with torch.autocast("cpu", torch.bfloat16) if side.is_bf16 else nullcontext():
                return network(inputs)

        return call

    descents = {phase: descent(names) for phase, names in PHASES[setting.family].items()}
    step = STEPS[setting.family](
        {name: prepared(name) for name in networks}, descents, setting.latent_dim
    )
    return rounds(step, lambda: images.split(setting.batch))
