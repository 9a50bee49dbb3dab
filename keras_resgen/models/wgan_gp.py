"""The Wasserstein GAN with gradient penalty."""

from typing import Any, Self, Unpack

import keras
from keras import ops

from keras_resgen import losses
from keras_resgen.models.base import CommonOptions
from keras_resgen.models.checks import check_no_batch_normalization, check_not_negative
from keras_resgen.models.discriminators import interpolation_penalty
from keras_resgen.models.gan import AdversarialModel
from keras_resgen.models.registry import FAMILIES
from keras_resgen.networks import Architecture, check_positive
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class WGANGPOptions(CommonOptions, total=False):
    """The options of `WGANGP.create`, see the class."""

    n_critic: int
    gradient_penalty_weight: float


@FAMILIES.register("wgan-gp")
@keras.saving.register_keras_serializable("keras_resgen")
class WGANGP(AdversarialModel):
    """A Wasserstein GAN: a critic estimates the Wasserstein distance, the generator minimizes it.

    Gulrajani et al., "Improved Training of Wasserstein GANs" (2017,
    https://arxiv.org/abs/1704.00028). Two phases:

    - `critic` trains the critic on `critic_loss`, which is
      `gradient_penalty_weight * gradient_penalty - wasserstein_distance`; it makes `n_critic`
      updates in a step, each on images of its own;
    - `generator` trains the generator on `generator_loss`.

    `fit` divides each batch into `n_critic` parts, so the batch size must be a multiple of it.

    With attributes both networks are conditioned on those of each real image, as in `GAN`, also at
    the points of the gradient penalty.

    Args:
        generator: see `keras_resgen.networks.decoder`.
        critic: see `keras_resgen.networks.image_discriminator`, without batch normalization.
        n_critic: number of updates of the critic for each update of the generator.
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

    discriminator_network = "critic"

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
        check_positive(n_critic=n_critic)
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
                    networks=("critic",),
                    loss="critic_loss",
                    metrics=("wasserstein_distance", "gradient_penalty"),
                    updates=n_critic,
                ),
                self.generator_training,
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[WGANGPOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `WGANGPOptions`.

        Example:

        >>> WGANGP.create(image_size=32, latent_dim=8, width=4, n_critic=2).n_critic
        2
        """
        return super().create(**options)

    @classmethod
    def create_networks(cls, architecture: Architecture) -> dict[str, keras.Model]:
        """Return a generator and a critic.

        Args:
            architecture: shape and size of both networks.
        """
        return {
            "generator": architecture.decoder(name="generator"),
            "critic": architecture.image_discriminator(normalization="none", name="critic"),
        }

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Return Adam at 0.0001 with beta_1 = 0 and beta_2 = 0.9 (Gulrajani et al. 2017)."""
        return keras.optimizers.Adam(learning_rate or 1e-4, beta_1=0.0, beta_2=0.9)

    def critic_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the critic's loss, its estimate of the distance, and the gradient penalty."""
        images, attributes = self.split_attributes(batch)
        fakes = self.generate_like(images, attributes, training)
        discriminate = self.discriminate(attributes, training)
        loss = self.adversarial_loss.discriminator(discriminate(images), discriminate(fakes))
        weights = self.uniform_noise((ops.shape(images)[0], 1, 1, 1), training)
        penalty = interpolation_penalty(discriminate, images, fakes, weights)
        return {
            "critic_loss": loss + self.gradient_penalty_weight * penalty,
            "wasserstein_distance": -loss,
            "gradient_penalty": penalty,
        }

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "n_critic": self.n_critic,
            "gradient_penalty_weight": self.gradient_penalty_weight,
        }
