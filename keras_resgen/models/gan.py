"""Generative adversarial networks."""

from typing import Any, ClassVar, Self, Unpack

import keras
import numpy as np
from keras import ops

from keras_resgen import losses
from keras_resgen.models.base import CommonOptions, Endpoint, GenerativeModel, with_attributes
from keras_resgen.models.checks import check_no_batch_normalization, check_not_negative
from keras_resgen.models.discriminators import (
    Discriminate,
    check_image_discriminator,
    conditioned,
    discriminate_endpoint,
    discriminator_metrics,
    generator_loss,
    score_gradient_norm,
    zero_centered_penalty,
)
from keras_resgen.models.registry import FAMILIES
from keras_resgen.networks import Architecture
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class AdversarialModel(GenerativeModel):
    """A generator of images and a network that discriminates them, the base of GAN and WGAN-GP.

    Args:
        generator: `keras.Model` from latent vectors, or `[latents, attributes]`, to images of
            shape `(batch, size, size, channels)` in [0, 1].
        discriminator: `keras.Model` from such images, or `[images, attributes]` if the generator
            is conditional, to logits of shape `(batch, 1)`. A subclass sets it as the attribute
            that `discriminator_network` names.
        seed: see `PhasedModel`.
    """

    image_network = "generator"
    discriminator_network: ClassVar[str] = "discriminator"
    adversarial_loss: losses.AdversarialLoss  # set by a subclass

    def __init__(self, generator: keras.Model, discriminator: keras.Model, **kwargs: Any) -> None:
        super().__init__(generator, **kwargs)
        check_image_discriminator(discriminator, self.image_shape, self.attributes)
        self.generator = generator
        self.generator_training = Phase(
            "generator",
            self.generator_phase,
            networks=("generator",),
            loss="generator_loss",
        )

    def call(self, latents: Any, training: bool | None = None) -> Any:
        """Generate images; `predict` takes latent vectors.

        Args:
            latents: float tensor of shape `(batch, latent_dim)`; for a conditional model,
                `[latents, attributes]`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A tensor of shape `(batch, size, size, channels)` in [0, 1].
        """
        return self.generator(latents, training=training)

    def discriminate(self, attributes: Any, training: bool) -> Discriminate:
        """Return the discriminator as a function of images, conditioned on `attributes` if given.

        Args:
            attributes: tensor of shape `(batch, attributes)`, or None.
            training: whether batch normalization uses the batch's statistics.
        """
        return conditioned(self.networks[self.discriminator_network], attributes, training=training)

    def generate_like(self, images: Any, attributes: Any, training: bool) -> Any:
        """Generate as many images as there are in a batch, with the same attributes."""
        latents = self.noise((ops.shape(images)[0], self.latent_dim), training)
        return self.generator(with_attributes(latents, attributes), training=training)

    def generator_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the generator's loss.

        Unless the loss is relativistic, only the number of images and their attributes are used.
        """
        images, attributes = self.split_attributes(batch)
        fakes = self.generate_like(images, attributes, training)
        discriminate = self.discriminate(attributes, training)
        loss = generator_loss(self.adversarial_loss, discriminate, images, fakes)
        return {"generator_loss": loss}

    def evaluation_images(self, batch: Any) -> Any:
        """Return as many generated images, which metrics compare with the real ones as sets."""
        return self.generate_like(*self.split_attributes(batch), False)

    def probe(self, latents: np.ndarray, attributes: Any = None) -> dict[str, float]:
        """Return `score_gradient_norm`, the slope of the discriminator at generated images.

        It is the mean norm of the logit's gradient with respect to the image, the only signal that
        a generator learns from.
        """
        images = ops.convert_to_tensor(self.generate(latents, attributes))
        rows = self._attribute_rows(attributes, len(latents))
        condition = None if rows is None else ops.convert_to_tensor(rows)
        with self.averaged_weights():
            norm = score_gradient_norm(self.discriminate(condition, training=False), images)
        return {"score_gradient_norm": norm}

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Return Adam at 0.0002 with beta_1 = 0.5 (Radford et al. 2015)."""
        return keras.optimizers.Adam(learning_rate or 2e-4, beta_1=0.5)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return `generate`, and `discriminate`, the logits of the discriminator or critic."""
        name = self.discriminator_network
        return {
            "generate": Endpoint(
                lambda latents, attributes=None: {
                    "images": self.generator(with_attributes(latents, attributes), training=False)
                },
                {"latents": (self.latent_dim,), **self.attribute_inputs},
                "generator",
            ),
            "discriminate": discriminate_endpoint(
                self.networks[name], {"images": self.image_shape, **self.attribute_inputs}, name
            ),
        }


class GANOptions(CommonOptions, total=False):
    """The options of `GAN.create`, see the class."""

    adversarial: str
    r1: float
    r2: float
    discriminator_normalization: str | None


@FAMILIES.register("gan")
@keras.saving.register_keras_serializable("keras_resgen")
class GAN(AdversarialModel):
    """A generative adversarial network: a generator and a discriminator trained in alternation.

    Goodfellow et al., "Generative Adversarial Networks" (2014, https://arxiv.org/abs/1406.2661).
    Two phases:

    - `discriminator` trains the discriminator on `discriminator_loss`, gradient penalties included;
      `discriminator_accuracy` is the share of real and generated images that it classifies
      correctly;
    - `generator` trains the generator on `generator_loss`.

    With `adversarial="relativistic"`, `r1` and `r2` it is R3GAN: Huang et al., "The GAN is dead;
    long live the GAN!" (2024, https://arxiv.org/abs/2501.05441).

    With attributes the generator makes an image for those of each real image, and the discriminator
    is conditioned on them too (Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014,
    https://arxiv.org/abs/1411.1784). Gradient penalties use the gradient with respect to the image
    only.

    Args:
        generator: see `keras_resgen.networks.decoder`.
        discriminator: see `keras_resgen.networks.image_discriminator`; without batch normalization
            if there is a gradient penalty.
        adversarial: `"non_saturating"`, `"least_squares"` (LSGAN), `"hinge"`, `"wasserstein"` or
            `"relativistic"`, see `keras_resgen.losses`.
        r1: weight of the zero-centered gradient penalty at real images, gamma in the paper; 0 for
            no penalty. See `keras_resgen.losses.zero_centered_penalty`.
        r2: weight of the same penalty at generated images.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other, the loss is unknown, a weight is
            negative, or there is a gradient penalty and the discriminator has batch normalization.

    Example:

    >>> model = GAN.create(image_size=32, latent_dim=8, width=4, adversarial="hinge")
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> sorted(history.history)
    ['discriminator_accuracy', 'discriminator_loss', 'generator_loss']
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        adversarial: str = "non_saturating",
        r1: float = 0.0,
        r2: float = 0.0,
        **kwargs: Any,
    ) -> None:
        check_not_negative("R3GAN uses r1 and r2 from 0.05 to 150.", r1=r1, r2=r2)
        if r1 or r2:
            check_no_batch_normalization(discriminator)
        super().__init__(generator, discriminator, **kwargs)
        self.discriminator = discriminator
        self.r1 = r1
        self.r2 = r2
        self.adversarial = adversarial
        self.adversarial_loss = losses.ADVERSARIAL_LOSSES[adversarial]
        penalties = {"r1_penalty": r1, "r2_penalty": r2}
        self.declare(
            ("generator", "discriminator"),
            [
                Phase(
                    "discriminator",
                    self.discriminator_phase,
                    networks=("discriminator",),
                    loss="discriminator_loss",
                    metrics=(
                        "discriminator_accuracy",
                        *(name for name, weight in penalties.items() if weight),
                    ),
                ),
                self.generator_training,
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[GANOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `GANOptions`.

        Example:

        >>> GAN.create(image_size=32, latent_dim=8, width=4, r1=1.0, r2=1.0).latent_dim
        8
        """
        return super().create(**options)

    @classmethod
    def create_networks(
        cls,
        architecture: Architecture,
        *,
        r1: float = 0.0,
        r2: float = 0.0,
        discriminator_normalization: str | None = None,
    ) -> dict[str, keras.Model]:
        """Return a generator and a discriminator.

        Args:
            architecture: shape and size of both networks.
            r1: see the class.
            r2: see the class.
            discriminator_normalization: see `keras_resgen.networks.image_discriminator`; by default
                `"none"` with a gradient penalty, otherwise the generator's.
        """
        default = "none" if r1 or r2 else architecture.normalization
        return {
            "generator": architecture.decoder(name="generator"),
            "discriminator": architecture.image_discriminator(
                normalization=discriminator_normalization or default
            ),
        }

    def discriminator_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the discriminator's loss and accuracy, and its gradient penalties."""
        images, attributes = self.split_attributes(batch)
        fakes = self.generate_like(images, attributes, training)
        discriminate = self.discriminate(attributes, training)
        metrics = discriminator_metrics(self.adversarial_loss, discriminate, images, fakes)
        for name, weight, points in (
            ("r1_penalty", self.r1, images),
            ("r2_penalty", self.r2, fakes),
        ):
            if weight:
                penalty = zero_centered_penalty(discriminate, points)
                metrics["discriminator_loss"] = metrics["discriminator_loss"] + weight * penalty
                metrics[name] = penalty
        return metrics

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "adversarial": self.adversarial,
            "r1": self.r1,
            "r2": self.r2,
        }
