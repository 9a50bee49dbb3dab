"""The adversarial autoencoder."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen import losses, networks
from keras_resgen.latent import PRIORS
from keras_resgen.models.autoencoding import AutoencodingModel
from keras_resgen.models.base import Endpoint
from keras_resgen.models.checks import check_discriminator, check_not_negative
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


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

    With `labels` each class has a component of the prior to itself, and the discriminator sees the
    class beside the code (section 2.3): `fit(images, labels)` then takes integers from 0.

    A decoder that is told attributes leaves the code to the rest of the image (section 4): nothing
    else is told them, and `fit(images, attributes)` takes numbers of 0 or 1.

    Args:
        encoder: see `keras_resgen.networks.encoder`.
        decoder: see `keras_resgen.networks.decoder`; told attributes or not.
        discriminator: see `keras_resgen.networks.latent_discriminator`.
        reconstruction: `"mse"` or `"bce"`, see `keras_resgen.losses`.
        adversarial: `"non_saturating"`, `"least_squares"`, `"hinge"`, `"wasserstein"` or
            `"relativistic"`, see `keras_resgen.losses`.
        prior: `"gaussian"` (standard normal), `"mixture"` or `"swiss_roll"`, see
            `keras_resgen.latent.priors`; the last two take an even latent_dim.
        labels: number of classes the images are labeled with; 0 for none. A label has effect on
            priors that have components, which are then as many.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other or the prior, a name is unknown, or there
            are both labels, which are to arrange codes, and attributes, which codes are to lack.

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
                "Images come with labels, which arrange their codes, or with attributes, which the "
                f"decoder is told. Received: {labels} labels, and a decoder that is told "
                f"{self.attributes} attributes. Choose one of them."
            )
        PRIORS[prior].noise_dim(self.latent_dim)  # which the networks cannot be trained without
        self.prior = prior
        components = PRIORS[prior].components
        self.prior_components = components and (labels or components)
        self.labels = labels
        judged = "codes, each with its label's indicator behind it," if labels else "codes"
        check_discriminator(discriminator, {judged: (self.latent_dim + labels,)})
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
        normalization: str,
        attributes: int = 0,
        encoder_network: str | None = None,
        encoder_weights: str | None = None,
        discriminator_normalization: str = "none",
        labels: int = 0,
    ) -> dict[str, keras.Model]:
        """Returns an encoder, a decoder and a latent discriminator.

        Args:
            image_shape: `(size, size, channels)`.
            latent_dim: length of a latent vector.
            network: see `AutoencodingModel.create_networks`, as all but the last two.
            width: channels at full resolution.
            normalization: of encoder and decoder.
            attributes: what the decoder is told.
            encoder_network: another network as encoder.
            encoder_weights: its weights.
            discriminator_normalization: see `keras_resgen.networks.latent_discriminator`.
            labels: as the constructor's; the discriminator takes as many numbers more.
        """
        return {
            **super().create_networks(
                image_shape,
                latent_dim,
                network=network,
                width=width,
                normalization=normalization,
                attributes=attributes,
                encoder_network=encoder_network,
                encoder_weights=encoder_weights,
            ),
            "discriminator": networks.latent_discriminator(
                latent_dim + labels, normalization=discriminator_normalization
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

    def batch(self, data: Any) -> Any:
        """Returns the images, and their labels or attributes if the model takes any."""
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

    def images_and_labels(self, batch: Any) -> tuple[Any, Any]:
        """Returns the images that `batch` returned, and their labels or None."""
        return batch if self.labels else (self.images_and_attributes(batch)[0], None)

    def told(self, batch: Any) -> Any:
        """Returns what `call` takes of what `batch` returned."""
        return batch[0] if self.labels else batch

    def evaluation_images(self, batch: Any) -> Any:
        """Returns the reconstructions of a batch's images."""
        return self(self.told(batch), training=False)

    def reconstruction_phase(self, batch: Any, training: bool) -> Metrics:
        """The reconstruction loss."""
        images, _ = self.images_and_labels(batch)
        reconstructions = self(self.told(batch), training=training)
        return {"reconstruction_loss": self.reconstruction_loss(images, reconstructions)}

    def discriminator_phase(self, batch: Any, training: bool) -> Metrics:
        """The discriminator's loss, the prior's draws being real and codes fake."""
        images, labels = self.images_and_labels(batch)
        codes = self.code(images, training)
        real = self.prior_logits(codes, labels, training)
        fake = self.logits(codes, labels, training)
        return {
            "discriminator_loss": self.adversarial_loss.discriminator(real, fake),
            "discriminator_accuracy": losses.discriminator_accuracy(real, fake),
        }

    def regularization_phase(self, batch: Any, training: bool) -> Metrics:
        """The encoder's loss as generator of codes."""
        images, labels = self.images_and_labels(batch)
        codes = self.code(images, training)
        fake = self.logits(codes, labels, training)
        relativistic = self.adversarial_loss.relativistic
        real = self.prior_logits(codes, labels, training) if relativistic else None
        return {"generator_loss": self.adversarial_loss.generator(real, fake)}

    def logits(self, codes: Any, labels: Any, training: bool) -> Any:
        """Returns the discriminator's logits for codes of images with these labels."""
        if labels is not None:
            indicators = ops.one_hot(ops.cast(labels, "int32"), self.labels, dtype="float32")
            codes = ops.concatenate([codes, indicators], axis=1)
        return self.discriminator(codes, training=training)

    def prior_logits(self, codes: Any, labels: Any, training: bool) -> Any:
        """Returns the logits for as many draws of the prior, under the labels that codes have."""
        shape = (ops.shape(codes)[0], PRIORS[self.prior].noise_dim(self.latent_dim))
        draws = self.from_noise(self.noise(shape, training), labels)
        return self.logits(draws, labels, training)

    def draw_latents(self, count: int, seed: int = 0, label: int | None = None) -> np.ndarray:
        """Draws latent vectors from the prior.

        Args:
            count: how many.
            seed: see `GenerativeModel.draw_latents`.
            label: the class to draw from; None draws from all, each as likely as the others.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Raises:
            ValueError: if the model knows no such class.

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
        """Returns `encode`, `decode`, `reconstruct`, `generate` and `discriminate` (of codes).

        With labels there is no `discriminate`, which would take them too.
        """
        endpoints = super().endpoints()
        endpoints["generate"] = endpoints["decode"]
        if self.labels:
            return endpoints
        return {
            **endpoints,
            "discriminate": Endpoint(
                lambda codes: {"logits": self.discriminator(codes, training=False)},
                {"codes": (self.latent_dim,)},
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
            "labels": self.labels,
        }
