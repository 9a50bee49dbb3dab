"""The Wasserstein GAN with gradient penalty."""

from typing import Any

import keras
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.backends import adapter
from keras_resgen.models.base import Endpoint, with_attributes
from keras_resgen.models.checks import check_no_batch_normalization, check_not_negative
from keras_resgen.models.gan import AdversarialModel
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


@FAMILIES.register("wgan-gp")
@keras.saving.register_keras_serializable("keras_resgen")
class WGANGP(AdversarialModel):
    """A generator that minimizes the earth mover's distance a critic estimates.

    Gulrajani et al., "Improved Training of Wasserstein GANs" (2017,
    https://arxiv.org/abs/1704.00028). Two phases:

    - `critic`, `n_critic` times on images of their own, trains the critic on `critic_loss`, which
      is `gradient_penalty_weight * gradient_penalty - wasserstein_distance`;
    - `generator` trains the generator on `generator_loss`.

    A batch given to `fit` is divided into `n_critic` parts, so it must be a multiple of that.

    With attributes both networks are told those of each real image, as in `GAN`; the points at
    which the penalty is taken share them.

    Args:
        generator: see `keras_resgen.networks.decoder`.
        critic: see `keras_resgen.networks.image_discriminator`, without batch normalization.
        n_critic: updates of the critic for each of the generator.
        gradient_penalty_weight: lambda in the paper.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other, the critic has batch normalization, or a
            number is out of range.

    Example:

    >>> model = WGANGP.create(image_size=32, latent_dim=8, width=4, n_critic=2)
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> sorted(history.history)
    ['critic_loss', 'generator_loss', 'gradient_penalty', 'wasserstein_distance']
    """

    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        *,
        n_critic: int = 5,
        gradient_penalty_weight: float = 10.0,
        **kwargs: Any,
    ) -> None:
        check_no_batch_normalization(critic)
        networks.shapes.check_positive(n_critic=n_critic)
        check_not_negative("The paper uses 10.", gradient_penalty_weight=gradient_penalty_weight)
        super().__init__(generator, critic, **kwargs)
        self.critic = critic
        self.n_critic = n_critic
        self.gradient_penalty_weight = gradient_penalty_weight
        self.adversarial_loss = losses.ADVERSARIAL_LOSSES["wasserstein"]
        self.declare(
            ("generator", "critic"),
            [
                Phase(
                    "critic",
                    self.critic_phase,
                    ("critic",),
                    ("critic_loss", "wasserstein_distance", "gradient_penalty"),
                    updates=n_critic,
                ),
                Phase("generator", self.generator_phase, ("generator",), ("generator_loss",)),
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
        normalization: str,
        attributes: int = 0,
    ) -> dict[str, keras.Model]:
        """Returns a generator and a critic."""
        return {
            "generator": networks.decoder(
                latent_dim,
                image_shape,
                network=network,
                width=width,
                normalization=normalization,
                attributes=attributes,
                name="generator",
            ),
            "critic": networks.image_discriminator(
                image_shape,
                network=network,
                width=width,
                normalization="none",
                attributes=attributes,
                name="critic",
            ),
        }

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Adam at 0.0001 with beta_1 = 0 and beta_2 = 0.9 (Gulrajani et al. 2017)."""
        return keras.optimizers.Adam(learning_rate or 1e-4, beta_1=0.0, beta_2=0.9)

    def critic_phase(self, batch: Any, training: bool) -> Metrics:
        """The critic's loss, its estimate of the distance, and the penalty between the sets."""
        images, attributes = self.images_and_attributes(batch)
        fakes = self.fake_images(images, attributes, training)

        def scores(at: Any) -> Any:
            return self.critic(with_attributes(at, attributes), training=training)

        loss = self.adversarial_loss.discriminator(scores(images), scores(fakes))
        mix = self.uniform_noise((ops.shape(images)[0], 1, 1, 1), training)
        penalty = losses.gradient_penalty(
            adapter().input_gradient(scores, mix * images + (1.0 - mix) * fakes)
        )
        return {
            "critic_loss": loss + self.gradient_penalty_weight * penalty,
            "wasserstein_distance": -loss,
            "gradient_penalty": penalty,
        }

    def generator_phase(self, batch: Any, training: bool) -> Metrics:
        """The generator's loss; of the images only number and attributes are used."""
        images, attributes = self.images_and_attributes(batch)
        fakes = self.fake_images(images, attributes, training)
        fake = self.critic(with_attributes(fakes, attributes), training=training)
        return {"generator_loss": self.adversarial_loss.generator(None, fake)}

    def endpoints(self) -> dict[str, Endpoint]:
        """Returns `generate` and `discriminate` (the critic's estimate)."""
        return self.adversarial_endpoints("critic")

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "n_critic": self.n_critic,
            "gradient_penalty_weight": self.gradient_penalty_weight,
        }
