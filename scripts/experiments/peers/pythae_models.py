"""The autoencoders and the training of pythae, with this package's plain networks in PyTorch.

Chadebec et al., "Pythae: Unifying Generative Autoencoders in Python" (2022).
"""

import tempfile
from typing import Any

import numpy as np
import torch
from pythae.models import VAE, Adversarial_AE, Adversarial_AE_Config, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseDiscriminator, BaseEncoder
from pythae.pipelines import TrainingPipeline
from pythae.trainers import AdversarialTrainerConfig, BaseTrainerConfig

from benchmarks.pytorch_networks import create
from peers.peer import Peer


class Encoder(BaseEncoder):
    """A network whose outputs are the mean and the log-variance."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> ModelOutput:
        """Return the mean and the log-variance."""
        mean, log_variance = self.network(x)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class Decoder(BaseDecoder):
    """A network whose output is an image."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: torch.Tensor) -> ModelOutput:
        """Return images."""
        return ModelOutput(reconstruction=self.network(z))


class Discriminator(BaseDiscriminator):
    """A network whose output is the logit that a code is a draw of the prior."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, z: torch.Tensor) -> ModelOutput:
        """Return the probability."""
        return ModelOutput(embedding=torch.sigmoid(self.network(z)))


def train_vae(
    images: np.ndarray, held_out: np.ndarray, width: int, latent_dim: int, epochs: int, seed: int
) -> Peer:
    """Train the VAE of pythae, whose loss is half of this package's with `beta` 2."""
    networks = _networks(images, width, latent_dim, seed)
    model = VAE(
        VAEConfig(input_dim=_channels_first(images).shape[1:], latent_dim=latent_dim),
        Encoder(networks["encoder"]),
        Decoder(networks["decoder"]),
    )
    return _trained(
        model, BaseTrainerConfig, {"learning_rate": 1e-3}, images, held_out, epochs, seed
    )


def train_aae(
    images: np.ndarray, held_out: np.ndarray, width: int, latent_dim: int, epochs: int, seed: int
) -> Peer:
    """Train the AAE of pythae, whose codes have noise, with its default loss weights."""
    networks = _networks(images, width, latent_dim, seed)
    shape = _channels_first(images).shape[1:]
    config = Adversarial_AE_Config(input_dim=shape, latent_dim=latent_dim)
    model = Adversarial_AE(
        config,
        Encoder(networks["encoder"]),
        Decoder(networks["decoder"]),
        Discriminator(networks["discriminator"]),
    )
    rates = {"autoencoder_learning_rate": 1e-3, "discriminator_learning_rate": 2e-4}
    return _trained(model, AdversarialTrainerConfig, rates, images, held_out, epochs, seed)


def _networks(
    images: np.ndarray, width: int, latent_dim: int, seed: int
) -> dict[str, torch.nn.Module]:
    torch.manual_seed(seed)
    options = {"network": "plain", "image_size": images.shape[1], "width": width}
    networks = create("vae", latent_dim=latent_dim, **options)
    return networks | {
        "discriminator": create("aae", latent_dim=latent_dim, **options)["discriminator"]
    }


def _trained(
    model: Any,
    kind: type,
    rates: dict[str, float],
    images: np.ndarray,
    held_out: np.ndarray,
    epochs: int,
    seed: int,
) -> Peer:
    with tempfile.TemporaryDirectory() as folder:
        config = kind(
            output_dir=folder,
            per_device_train_batch_size=32,
            per_device_eval_batch_size=32,
            num_epochs=epochs,
            no_cuda=True,
            seed=seed,
            **rates,
        )
        pipeline = TrainingPipeline(model, config)
        pipeline(_channels_first(images), _channels_first(held_out))
    model = pipeline.trainer._best_model.eval()  # the model that pythae saves

    @torch.no_grad()
    def decode(latents: np.ndarray) -> np.ndarray:
        images = model.decoder(torch.from_numpy(latents)).reconstruction
        return images.permute(0, 2, 3, 1).numpy()

    @torch.no_grad()
    def encode(rows: np.ndarray) -> np.ndarray:
        return model.encoder(torch.from_numpy(_channels_first(rows))).embedding.numpy()

    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Peer(images.shape[1:], model.latent_dim, parameters, decode, encode)


def _channels_first(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
