"""The adversarial autoencoder."""

from typing import Any

import keras
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.latent import PRIORS
from keras_resgen.models.autoencoder import Autoencoder
from keras_resgen.models.base import AutoencodingModel, Endpoint
from keras_resgen.models.checks import check_discriminator
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Figures


@FAMILIES.register("aae")
@keras.saving.register_keras_serializable("keras_resgen")
class AdversarialAutoencoder(AutoencodingModel):
    """An autoencoder whose codes are made to follow a prior by a discriminator.

    Makhzani et al., "Adversarial Autoencoders" (2015, https://arxiv.org/abs/1511.05644), with a
    deterministic encoder. Three phases:

    - `reconstruction` trains encoder and decoder on `reconstruction_loss`;
    - `discriminator` trains the latent discriminator to tell draws of the prior from codes, on
      `discriminator_loss`; `discriminator_accuracy` is the share it gets right;
    - `regularization` trains the encoder, as the generator of that game, on `generator_loss`.

    Args:
        encoder: see `keras_resgen.networks.encoder`.
        decoder: see `keras_resgen.networks.decoder`.
        discriminator: see `keras_resgen.networks.latent_discriminator`.
        reconstruction: `"mse"` or `"bce"`, see `keras_resgen.losses`.
        adversarial: `"non_saturating"`, `"least_squares"`, `"hinge"`, `"wasserstein"` or
            `"relativistic"`, see `keras_resgen.losses`.
        prior: `"gaussian"` (standard normal), `"mixture"` or `"swiss_roll"`, see
            `keras_resgen.latent.priors`; the last two take an even latent_dim.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other or the prior, or a name is unknown.

    Example:

    >>> model = AdversarialAutoencoder.create(image_size=32, latent_dim=8, width=4)
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> sorted(history.history)
    ['discriminator_accuracy', 'discriminator_loss', 'generator_loss', 'reconstruction_loss']
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        discriminator: keras.Model,
        *,
        reconstruction: str = "mse",
        adversarial: str = "non_saturating",
        prior: str = "gaussian",
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        self.prior = prior
        PRIORS[prior].noise_dim(self.latent_dim)  # which the networks cannot be trained without
        check_discriminator(discriminator, (self.latent_dim,), "codes")
        self.discriminator = discriminator
        self.reconstruction = reconstruction
        self.adversarial = adversarial
        self.reconstruction_loss = losses.RECONSTRUCTION_LOSSES[reconstruction]
        self.adversarial_loss = losses.ADVERSARIAL_LOSSES[adversarial]
        self.declare(
            ("encoder", "decoder", "discriminator"),
            [
                Phase(
                    "reconstruction",
                    self.reconstruction_phase,
                    ("encoder", "decoder"),
                    ("reconstruction_loss",),
                ),
                Phase(
                    "discriminator",
                    self.discriminator_phase,
                    ("discriminator",),
                    ("discriminator_loss", "discriminator_accuracy"),
                ),
                Phase(
                    "regularization", self.regularization_phase, ("encoder",), ("generator_loss",)
                ),
            ],
        )

    @classmethod
    def create_networks(
        cls,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        *,
        network: str,
        width: int,
        discriminator_normalization: str = "none",
    ) -> dict[str, keras.Model]:
        """Returns an encoder, a decoder and a latent discriminator.

        Args:
            image_shape: `(size, size, channels)`.
            latent_dim: length of a latent vector.
            network: `"resnet"` or `"plain"`.
            width: channels at full resolution.
            discriminator_normalization: see `keras_resgen.networks.latent_discriminator`.
        """
        return {
            **Autoencoder.create_networks(image_shape, latent_dim, network=network, width=width),
            "discriminator": networks.latent_discriminator(
                latent_dim, normalization=discriminator_normalization
            ),
        }

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Adam at 0.001 for reconstruction; slower ones with less momentum for the game.

        With the discriminator at a fifth and the encoder, as its opponent, at half of that rate the
        codes reached the prior on the embedded faces; with the encoder at a tenth the discriminator
        told 98 % of codes from the prior for good.
        """
        rate = learning_rate or 1e-3
        return {
            "reconstruction": keras.optimizers.Adam(rate),
            "discriminator": keras.optimizers.Adam(rate / 5, beta_1=0.5),
            "regularization": keras.optimizers.Adam(rate / 2, beta_1=0.5),
        }

    def reconstruction_phase(self, images: Any, training: bool) -> Figures:
        """The reconstruction loss."""
        reconstructions = self(images, training=training)
        return {"reconstruction_loss": self.reconstruction_loss(images, reconstructions)}

    def discriminator_phase(self, images: Any, training: bool) -> Figures:
        """The discriminator's loss, the prior's draws being real and codes fake."""
        codes = self.code(images, training)
        real = self.prior_logits(codes, training)
        fake = self.discriminator(codes, training=training)
        return {
            "discriminator_loss": self.adversarial_loss.discriminator(real, fake),
            "discriminator_accuracy": losses.discriminator_accuracy(real, fake),
        }

    def regularization_phase(self, images: Any, training: bool) -> Figures:
        """The encoder's loss as generator of codes."""
        codes = self.code(images, training)
        fake = self.discriminator(codes, training=training)
        relativistic = self.adversarial_loss.relativistic
        real = self.prior_logits(codes, training) if relativistic else None
        return {"generator_loss": self.adversarial_loss.generator(real, fake)}

    def prior_logits(self, codes: Any, training: bool) -> Any:
        """Returns the discriminator's logits for as many draws of the prior as there are codes."""
        prior = PRIORS[self.prior]
        noise = self.noise((ops.shape(codes)[0], prior.noise_dim(self.latent_dim)), training)
        return self.discriminator(prior.transform(noise), training=training)

    def endpoints(self) -> dict[str, Endpoint]:
        """Returns `encode`, `decode`, `reconstruct`, `generate` and `discriminate` (of codes)."""
        endpoints = super().endpoints()
        return {
            **endpoints,
            "generate": endpoints["decode"],
            "discriminate": Endpoint(
                lambda codes: {"logits": self.discriminator(codes, training=False)},
                "codes",
                (self.latent_dim,),
                "discriminator",
            ),
        }

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "reconstruction": self.reconstruction,
            "adversarial": self.adversarial,
            "prior": self.prior,
        }
