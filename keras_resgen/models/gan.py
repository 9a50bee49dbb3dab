"""Generative adversarial networks."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.backends import adapter
from keras_resgen.models.base import Endpoint, GenerativeModel, with_attributes
from keras_resgen.models.checks import (
    check_discriminator,
    check_no_batch_normalization,
    check_not_negative,
)
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class AdversarialModel(GenerativeModel):
    """What a GAN and a WGAN-GP share: a generator, and a network that scores its images.

    Args:
        generator: `keras.Model` from latent vectors, or `[latents, attributes]`, to images of
            shape `(batch, size, size, channels)` in [0, 1].
        discriminator: `keras.Model` from such images, or `[images, attributes]` if the generator
            is told them, to scores of shape `(batch, 1)`: the discriminator of a GAN, the critic
            of a WGAN-GP.
        seed: see `PhasedModel`.
    """

    image_network = "generator"

    def __init__(self, generator: keras.Model, discriminator: keras.Model, **kwargs: Any) -> None:
        super().__init__(generator, **kwargs)
        check_discriminator(
            discriminator,
            {"the generator's images": self.image_shape, **self.attribute_inputs},
        )
        self.generator = generator
        self.score_network = discriminator

    def call(self, latents: Any, training: bool | None = None) -> Any:
        """Generates images; `predict` takes latent vectors.

        Args:
            latents: float tensor of shape `(batch, latent_dim)`; of a conditional model,
                `[latents, attributes]`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A tensor of shape `(batch, size, size, channels)` in [0, 1].
        """
        return self.generator(latents, training=training)

    def fake_images(self, images: Any, attributes: Any, training: bool) -> Any:
        """Generates as many images as there are in a batch, with the attributes of these."""
        latents = self.noise((ops.shape(images)[0], self.latent_dim), training)
        return self.generator(with_attributes(latents, attributes), training=training)

    def evaluation_images(self, batch: Any) -> Any:
        """Returns as many generated images, which metrics compare with the real ones as sets."""
        return self.fake_images(*self.images_and_attributes(batch), False)

    def probe(self, latents: np.ndarray, attributes: Any = None) -> dict[str, float]:
        """Returns `score_gradient_norm`: how steep the score is at images from these latents.

        The mean norm of the score's gradient by the image, which is all that a generator learns
        from.
        """
        images = ops.convert_to_tensor(self.generate(latents, attributes))
        rows = self._attribute_rows(attributes, len(latents))
        told = None if rows is None else ops.convert_to_tensor(rows)

        def scores(at: Any) -> Any:
            return self.score_network(with_attributes(at, told), training=False)

        with self.averaged_weights():
            gradient = ops.convert_to_numpy(adapter().input_gradient(scores, images))
        norms = np.linalg.norm(gradient.reshape(len(gradient), -1), axis=1)
        return {"score_gradient_norm": float(norms.mean())}

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Adam at 0.0002 with beta_1 = 0.5 (Radford et al. 2015)."""
        return keras.optimizers.Adam(learning_rate or 2e-4, beta_1=0.5)

    def adversarial_endpoints(self, discriminator: str) -> dict[str, Endpoint]:
        """Returns `generate`, and `discriminate` by the sub-network of that name."""
        return {
            "generate": Endpoint(
                lambda latents, attributes=None: {
                    "images": self.generator(with_attributes(latents, attributes), training=False)
                },
                {"latents": (self.latent_dim,), **self.attribute_inputs},
                "generator",
            ),
            "discriminate": Endpoint(
                lambda images, attributes=None: {
                    "logits": self.networks[discriminator](
                        with_attributes(images, attributes), training=False
                    )
                },
                {"images": self.image_shape, **self.attribute_inputs},
                discriminator,
            ),
        }


@FAMILIES.register("gan")
@keras.saving.register_keras_serializable("keras_resgen")
class GAN(AdversarialModel):
    """A generator and a discriminator trained against each other in alternation.

    Goodfellow et al., "Generative Adversarial Networks" (2014, https://arxiv.org/abs/1406.2661).
    Two phases:

    - `discriminator` trains the discriminator on `discriminator_loss`, gradient penalties included;
      `discriminator_accuracy` is the share of real and generated images it gets right;
    - `generator` trains the generator on `generator_loss`.

    With `adversarial="relativistic"`, `r1` and `r2` this is R3GAN: Huang et al., "The GAN is dead;
    long live the GAN!" (2024, https://arxiv.org/abs/2501.05441).

    With attributes the generator makes an image for those of each real one, and the discriminator
    judges both with them (Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014,
    https://arxiv.org/abs/1411.1784). Penalties are of the gradient by the image alone.

    Args:
        generator: see `keras_resgen.networks.decoder`.
        discriminator: see `keras_resgen.networks.image_discriminator`; without batch normalization
            if there is a gradient penalty.
        adversarial: `"non_saturating"`, `"least_squares"` (LSGAN), `"hinge"`, `"wasserstein"` or
            `"relativistic"`, see `keras_resgen.losses`.
        r1: weight of the zero-centered gradient penalty at real images, gamma in the paper; 0 is
            none, and costs nothing. See `keras_resgen.losses.zero_centered_penalty`.
        r2: the same at generated images.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other, the loss is unknown, a weight is
            negative, or the discriminator of a gradient penalty has batch normalization.

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
        check_not_negative("R3GAN takes r1 and r2 from 0.05 to 150.", r1=r1, r2=r2)
        if r1 or r2:
            check_no_batch_normalization(discriminator)
        super().__init__(generator, discriminator, **kwargs)
        self.discriminator = discriminator
        self.r1 = r1
        self.r2 = r2
        self.adversarial = adversarial
        self.adversarial_loss = losses.ADVERSARIAL_LOSSES[adversarial]
        self.declare(
            ("generator", "discriminator"),
            [
                Phase(
                    "discriminator",
                    self.discriminator_phase,
                    ("discriminator",),
                    (
                        "discriminator_loss",
                        "discriminator_accuracy",
                        *(name for name, weight in self.penalty_weights.items() if weight),
                    ),
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
        r1: float = 0.0,
        r2: float = 0.0,
        discriminator_normalization: str | None = None,
    ) -> dict[str, keras.Model]:
        """Returns a generator and a discriminator, which bears a gradient penalty if there is one.

        Args:
            image_shape: `(size, size, channels)`.
            latent_dim: length of a latent vector.
            network: `"resnet"` or `"plain"`.
            width: channels at full resolution.
            normalization: of the generator, see `keras_resgen.layers.NORMALIZATIONS`.
            attributes: see `keras_resgen.networks`: both networks are told them.
            r1: as the constructor's.
            r2: as the constructor's.
            discriminator_normalization: see `keras_resgen.networks.image_discriminator`; by default
                `"none"` with a gradient penalty, else the generator's.
        """
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
            "discriminator": networks.image_discriminator(
                image_shape,
                network=network,
                width=width,
                normalization=discriminator_normalization
                or ("none" if r1 or r2 else normalization),
                attributes=attributes,
            ),
        }

    @property
    def penalty_weights(self) -> dict[str, float]:
        """The weights of the gradient penalties, by the penalty's metric."""
        return {"r1_penalty": self.r1, "r2_penalty": self.r2}

    def discriminator_phase(self, batch: Any, training: bool) -> Metrics:
        """The discriminator's loss on real and generated images, each normalized by themselves."""
        images, attributes = self.images_and_attributes(batch)
        fakes = self.fake_images(images, attributes, training)

        def logits(at: Any) -> Any:
            return self.discriminator(with_attributes(at, attributes), training=training)

        real, fake = logits(images), logits(fakes)
        penalties = {
            name: losses.zero_centered_penalty(adapter().input_gradient(logits, points))
            for (name, weight), points in zip(
                self.penalty_weights.items(), (images, fakes), strict=True
            )
            if weight
        }
        loss = self.adversarial_loss.discriminator(real, fake)
        return {
            "discriminator_loss": sum(
                (self.penalty_weights[name] * value for name, value in penalties.items()), loss
            ),
            "discriminator_accuracy": losses.discriminator_accuracy(real, fake),
            **penalties,
        }

    def generator_phase(self, batch: Any, training: bool) -> Metrics:
        """The generator's loss; of the images only a relativistic one uses more than their number.

        The discriminator judges the images again, since the phase before has changed it.
        """
        images, attributes = self.images_and_attributes(batch)
        fakes = self.fake_images(images, attributes, training)
        fake = self.discriminator(with_attributes(fakes, attributes), training=training)
        real = (
            self.discriminator(with_attributes(images, attributes), training=training)
            if self.adversarial_loss.relativistic
            else None
        )
        return {"generator_loss": self.adversarial_loss.generator(real, fake)}

    def endpoints(self) -> dict[str, Endpoint]:
        """Returns `generate` and `discriminate`."""
        return self.adversarial_endpoints("discriminator")

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "adversarial": self.adversarial,
            "r1": self.r1,
            "r2": self.r2,
        }
