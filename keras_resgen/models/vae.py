"""The variational autoencoder."""

from typing import Any

import keras
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.models.base import AutoencodingModel, Endpoint
from keras_resgen.models.checks import check_not_negative
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Figures


@FAMILIES.register("vae")
@keras.saving.register_keras_serializable("keras_resgen")
class VariationalAutoencoder(AutoencodingModel):
    """Maximises the evidence lower bound of images under a standard normal prior.

    Kingma and Welling, "Auto-Encoding Variational Bayes" (2013, https://arxiv.org/abs/1312.6114);
    with `beta` other than 1, Higgins et al., "beta-VAE" (2017,
    https://openreview.net/forum?id=Sy2fzU9gl).

    One phase, `evidence_lower_bound`, trains both networks on the figure `loss`, which is
    `reconstruction_loss + beta * kl_loss`. Both terms are sums over pixels or latent dimensions.

    Args:
        encoder: see `keras_resgen.networks.encoder`, variational.
        decoder: see `keras_resgen.networks.decoder`.
        beta: weight of the KL divergence. Held in a non-trainable weight of that name, so that a
            callback may anneal it with `model.beta.assign`.
        reconstruction: `"mse"` (squared error: a Gaussian likelihood of variance 1/2) or `"bce"`
            (binary cross-entropy), see `keras_resgen.losses`.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other, the encoder is not variational, beta is
            negative or the loss is unknown.

    Example:

    >>> model = VariationalAutoencoder.create(image_size=32, latent_dim=8, width=4, beta=4.0)
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'loss', 'reconstruction_loss']
    """

    code_outputs = ("mean", "log-variance")
    monitor = "val_loss"

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        *,
        beta: float = 1.0,
        reconstruction: str = "mse",
        **kwargs: Any,
    ) -> None:
        check_not_negative("1 gives the plain VAE.", beta=beta)
        super().__init__(encoder, decoder, **kwargs)
        self.initial_beta = beta
        self.beta = self.add_weight(
            name="beta", shape=(), initializer=keras.initializers.Constant(beta), trainable=False
        )
        self.reconstruction = reconstruction
        self.reconstruction_loss = losses.RECONSTRUCTION_LOSSES[reconstruction]
        self.declare(
            ("encoder", "decoder"),
            [
                Phase(
                    "evidence_lower_bound",
                    self.evidence_lower_bound_phase,
                    ("encoder", "decoder"),
                    ("loss", "reconstruction_loss", "kl_loss"),
                )
            ],
        )

    @classmethod
    def create_networks(
        cls, image_shape: tuple[int, int, int], latent_dim: int, *, network: str, width: int
    ) -> dict[str, keras.Model]:
        """Returns a variational encoder and a decoder."""
        return {
            "encoder": networks.encoder(
                image_shape, latent_dim, network=network, width=width, variational=True
            ),
            "decoder": networks.decoder(latent_dim, image_shape, network=network, width=width),
        }

    def evidence_lower_bound_phase(self, images: Any, training: bool) -> Figures:
        """The negative lower bound, its reconstruction term and its KL term."""
        mean, log_variance = self.encoder(images, training=training)
        noise = self.noise(ops.shape(mean), training)
        codes = mean + ops.exp(0.5 * log_variance) * noise
        reconstruction_loss = self.reconstruction_loss(
            images, self.decoder(codes, training=training)
        )
        kl_loss = losses.gaussian_kl(mean, log_variance)
        return {
            "loss": reconstruction_loss + self.beta * kl_loss,
            "reconstruction_loss": reconstruction_loss,
            "kl_loss": kl_loss,
        }

    def code(self, images: Any, training: bool | None = None) -> Any:
        """Returns the mean of the code's distribution."""
        return self.encoder(images, training=training)[0]

    def endpoints(self) -> dict[str, Endpoint]:
        """Returns `encode` (mean and log-variance), `decode`, `reconstruct` and `generate`."""

        def encode(images: Any) -> dict[str, Any]:
            mean, log_variance = self.encoder(images, training=False)
            return {"mean": mean, "log_variance": log_variance}

        endpoints = super().endpoints()
        return {
            **endpoints,
            "encode": endpoints["encode"]._replace(function=encode),
            "generate": endpoints["decode"],
        }

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "beta": self.initial_beta,
            "reconstruction": self.reconstruction,
        }
