"""The adversarial autoencoder."""

from typing import Any, Self, Unpack

import keras
import numpy as np
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.latent import PRIORS
from keras_resgen.models.autoencoding import AutoencodingModel, AutoencodingOptions
from keras_resgen.models.base import Endpoint
from keras_resgen.models.checks import check_discriminator, check_not_negative
from keras_resgen.models.discriminators import discriminate_endpoint
from keras_resgen.models.registry import FAMILIES
from keras_resgen.networks import Architecture
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class AdversarialAutoencoderOptions(AutoencodingOptions, total=False):
    """The options of `AdversarialAutoencoder.create`, see the class."""

    reconstruction: str
    adversarial: str
    prior: str
    labels: int
    discriminator_normalization: str


@FAMILIES.register("aae")
@keras.saving.register_keras_serializable("keras_resgen")
class AdversarialAutoencoder(AutoencodingModel):
    """An adversarial autoencoder: a discriminator makes the codes follow a prior.

    Makhzani et al., "Adversarial Autoencoders" (2015, https://arxiv.org/abs/1511.05644), with a
    deterministic encoder. Three phases:

    - `reconstruction` trains encoder and decoder on `reconstruction_loss`;
    - `discriminator` trains the latent discriminator to discriminate draws of the prior from codes,
      on `discriminator_loss`; `discriminator_accuracy` is the share that it classifies correctly;
    - `regularization` trains the encoder, the generator of the codes, on `generator_loss`.

    With `labels` each class has a component of the prior, and the discriminator takes the class
    beside the code (section 2.3): `fit(images, labels)` then takes integers from 0.

    With attributes only the decoder is conditioned on them, so that the code can describe the rest
    of the image (section 4): `fit(images, attributes)` then takes numbers of 0 or 1.

    Args:
        encoder: see `keras_resgen.networks.encoder`.
        decoder: see `keras_resgen.networks.decoder`; conditional or not.
        discriminator: see `keras_resgen.networks.latent_discriminator`.
        reconstruction: `"mse"` or `"bce"`, see `keras_resgen.losses`.
        adversarial: `"non_saturating"`, `"least_squares"`, `"hinge"`, `"wasserstein"` or
            `"relativistic"`, see `keras_resgen.losses`.
        prior: `"gaussian"` (standard normal), `"mixture"` or `"swiss_roll"`, see
            `keras_resgen.latent.priors`; the last two need an even latent_dim.
        labels: number of classes of the images; 0 for none. A prior with components then has one
            for each class; the gaussian prior has none.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other or the prior, a name is unknown, or there
            are both labels and attributes.

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
        labels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        check_not_negative("0 is for images without labels.", labels=labels)
        if labels and self.attributes:
            raise ValueError(
                "Images come with labels, which arrange the codes, or with attributes, which "
                f"condition the decoder. Received: {labels} labels, and a decoder conditioned on "
                f"{self.attributes} attributes. Choose one of them."
            )
        PRIORS[prior].noise_dim(self.latent_dim)  # raises if the prior has no such size
        self.prior = prior
        components = PRIORS[prior].components
        self.prior_components = components and (labels or components)
        self.labels = labels
        codes = "codes with one-hot labels" if labels else "codes"
        check_discriminator(discriminator, {codes: (self.latent_dim + labels,)})
        self.discriminator = discriminator
        self.reconstruction = reconstruction
        self.adversarial = adversarial
        self.reconstruction_loss = losses.RECONSTRUCTION_LOSSES[reconstruction].loss
        self.adversarial_loss = losses.ADVERSARIAL_LOSSES[adversarial]
        self.declare(
            ("encoder", "decoder", "discriminator"),
            [
                Phase(
                    "reconstruction",
                    self.reconstruction_phase,
                    networks=("encoder", "decoder"),
                    loss="reconstruction_loss",
                ),
                Phase(
                    "discriminator",
                    self.discriminator_phase,
                    networks=("discriminator",),
                    loss="discriminator_loss",
                    metrics=("discriminator_accuracy",),
                ),
                Phase(
                    "regularization",
                    self.regularization_phase,
                    networks=("encoder",),
                    loss="generator_loss",
                ),
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[AdversarialAutoencoderOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `AdversarialAutoencoderOptions`.

        Example:

        >>> AdversarialAutoencoder.create(image_size=32, latent_dim=8, width=4, labels=2).labels
        2
        """
        return super().create(**options)

    @classmethod
    def create_networks(
        cls,
        architecture: Architecture,
        *,
        discriminator_normalization: str = "none",
        labels: int = 0,
        **options: Any,
    ) -> dict[str, keras.Model]:
        """Return an encoder, a decoder and a latent discriminator.

        Args:
            architecture: shape and size of encoder and decoder.
            discriminator_normalization: see `keras_resgen.networks.latent_discriminator`.
            labels: see the class; the discriminator has as many additional inputs.
            **options: see `AutoencodingModel.create_networks`.
        """
        return {
            **super().create_networks(architecture, **options),
            "discriminator": networks.latent_discriminator(
                architecture.latent_dim + labels, normalization=discriminator_normalization
            ),
        }

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Return Adam at 0.001 for reconstruction, and slower ones for the other phases.

        With a fifth of that rate for the discriminator and half of it for the encoder, the codes
        reached the prior on the embedded faces. With a tenth for the encoder the discriminator's
        accuracy stayed at 98 %.
        """
        rate = learning_rate or 1e-3
        return {
            "reconstruction": keras.optimizers.Adam(rate),
            "discriminator": keras.optimizers.Adam(rate / 5, beta_1=0.5),
            "regularization": keras.optimizers.Adam(rate / 2, beta_1=0.5),
        }

    def batch(self, data: Any) -> Any:
        """Return the images, and their labels or attributes if the model takes any."""
        if not self.labels:
            return super().batch(data)
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None or len(labels.shape) != 1:
            received = "none" if labels is None else f"shape {tuple(labels.shape)}"
            raise ValueError(
                f"Each image needs a label, an integer from 0 to {self.labels - 1}, in an array of "
                f"shape (count,). Received: {received}. Give fit and evaluate (images, labels)."
            )
        return images, labels

    def split_labels(self, batch: Any) -> tuple[Any, Any]:
        """Return the images that `batch` returned, and their labels or None."""
        return batch if self.labels else (self.split_attributes(batch)[0], None)

    def evaluation_images(self, batch: Any) -> Any:
        """Return the reconstructions of a batch's images."""
        return self._reconstructions(batch, training=False)

    def _reconstructions(self, batch: Any, training: bool) -> Any:
        # `call` takes images and attributes, but no labels.
        return self(batch[0] if self.labels else batch, training=training)

    def reconstruction_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the reconstruction loss."""
        images, _ = self.split_labels(batch)
        reconstructions = self._reconstructions(batch, training)
        return {"reconstruction_loss": self.reconstruction_loss(images, reconstructions)}

    def discriminator_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the discriminator's loss and accuracy; draws of the prior are the real inputs."""
        images, labels = self.split_labels(batch)
        codes = self.code(images, training)
        real = self.prior_logits(codes, labels, training)
        fake = self.logits(codes, labels, training)
        return {
            "discriminator_loss": self.adversarial_loss.discriminator(real, fake),
            "discriminator_accuracy": self.adversarial_loss.accuracy(real, fake),
        }

    def regularization_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the encoder's loss as the generator of the codes."""
        images, labels = self.split_labels(batch)
        codes = self.code(images, training)
        fake = self.logits(codes, labels, training)
        relativistic = self.adversarial_loss.relativistic
        real = self.prior_logits(codes, labels, training) if relativistic else None
        return {"generator_loss": self.adversarial_loss.generator(real, fake)}

    def logits(self, codes: Any, labels: Any, training: bool) -> Any:
        """Return the discriminator's logits of codes, conditioned on `labels` if given."""
        if labels is not None:
            one_hot = ops.one_hot(ops.cast(labels, "int32"), self.labels, dtype="float32")
            codes = ops.concatenate([codes, one_hot], axis=1)
        return self.discriminator(codes, training=training)

    def prior_logits(self, codes: Any, labels: Any, training: bool) -> Any:
        """Return the logits of as many draws of the prior as there are codes, with their labels."""
        shape = (ops.shape(codes)[0], PRIORS[self.prior].noise_dim(self.latent_dim))
        draws = self.transform_noise(self.noise(shape, training), labels)
        return self.logits(draws, labels, training)

    def draw_latents(self, count: int, seed: int = 0, label: int | None = None) -> np.ndarray:
        """Draw latent vectors from the prior.

        Args:
            count: number of vectors.
            seed: see `GenerativeModel.draw_latents`.
            label: the class to draw from; None for all classes, which are equally likely.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Raises:
            ValueError: if the model has no such class.

        Example:

        >>> model = AdversarialAutoencoder.create(
        ...     image_size=32, latent_dim=8, width=4, prior="mixture", labels=2
        ... )
        >>> model.draw_latents(3, label=1).shape
        (3, 8)
        """
        if label is None:
            return super().draw_latents(count, seed)
        if not 0 <= label < self.labels:
            raise ValueError(
                f"label must be one of the model's {self.labels} classes, counted from 0. "
                f"Received: {label!r}. Leave it out, or build the model with labels."
            )
        return PRIORS[self.prior].draw(
            self.latent_dim,
            count,
            seed,
            components=self.prior_components,
            component=np.full(count, label),
        )

    def endpoints(self) -> dict[str, Endpoint]:
        """Return `encode`, `decode`, `reconstruct`, `generate` and `discriminate` (of codes).

        With labels there is no `discriminate`, since the discriminator takes labels too.
        """
        endpoints = super().endpoints()
        endpoints["generate"] = endpoints["decode"]
        if not self.labels:
            endpoints["discriminate"] = discriminate_endpoint(
                self.discriminator, {"codes": (self.latent_dim,)}, "discriminator"
            )
        return endpoints

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "reconstruction": self.reconstruction,
            "adversarial": self.adversarial,
            "prior": self.prior,
            "labels": self.labels,
        }
