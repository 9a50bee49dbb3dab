"""The variational autoencoder."""

from collections.abc import Callable
from typing import Any, Self, Unpack

import keras
import numpy as np
from keras import ops

from keras_resgen import losses
from keras_resgen.models.autoencoding import AutoencodingModel, AutoencodingOptions
from keras_resgen.models.base import Endpoint
from keras_resgen.models.checks import check_not_negative
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class VariationalAutoencoderOptions(AutoencodingOptions, total=False):
    """The options of `VariationalAutoencoder.create`, see the class."""

    beta: float
    kl_schedule: str | None
    kl_steps: int
    free_bits: float
    capacity: float
    reconstruction: str
    decoder_variance: str | None


@FAMILIES.register("vae")
@keras.saving.register_keras_serializable("keras_resgen")
class VariationalAutoencoder(AutoencodingModel):
    """A variational autoencoder, which maximizes the evidence lower bound of images.

    Kingma and Welling, "Auto-Encoding Variational Bayes" (2013, https://arxiv.org/abs/1312.6114);
    with `beta` other than 1, Higgins et al., "beta-VAE" (2017,
    https://openreview.net/forum?id=Sy2fzU9gl).

    One phase, `evidence_lower_bound`, trains both networks on the metric `loss`, which is
    `reconstruction_loss + beta * kl_loss`, with `capacity` (Burgess et al., "Understanding
    disentangling in beta-VAE", 2018, https://arxiv.org/abs/1804.03599)
    `reconstruction_loss + beta * |kl_loss - capacity|`. Both terms are sums over pixels or latent
    dimensions.

    With a decoder that is conditioned on attributes y it is a conditional VAE (Kingma et al.,
    "Semi-Supervised Learning with Deep Generative Models", 2014, https://arxiv.org/abs/1406.5298,
    model M2 with all labels known; Sohn et al., "Learning Structured Output Representation using
    Deep Conditional Generative Models", 2015): it maximizes a lower bound of log p(x | y) under a
    prior p(z) that does not depend on y. In the papers the encoder takes y too. Here q(z | x) does
    not, which gives a lower bound as well, and images with unknown attributes can be encoded.

    Args:
        encoder: see `keras_resgen.networks.encoder`, variational.
        decoder: see `keras_resgen.networks.decoder`; conditional or not.
        beta: weight of the KL divergence. It is a non-trainable weight of the model, so that a
            callback can anneal it with `model.beta.assign`.
        kl_schedule: `"linear"` or `"cyclical"`: how the share of beta, or of the capacity, grows
            during training, see `keras_resgen.losses`; None for the whole from the start.
            Evaluation always uses the whole, so that `val_loss` is comparable between epochs.
        kl_steps: number of updates until the share is 1, or in a cycle.
        free_bits: minimum of the KL divergence of each latent dimension in nats, see
            `keras_resgen.losses.free_bits_kl`; `kl_loss` is the divergence without the minimum.
        capacity: target of the KL divergence in nats; 0 for the plain objective. The paper uses
            a beta of 1000 with it, and a linear schedule up to 25 nats.
        reconstruction: `"mse"` (squared error: a Gaussian likelihood of variance 1/2) or `"bce"`
            (binary cross-entropy), see `keras_resgen.losses`.
        decoder_variance: with `"mse"`, how the variance of the normal distribution is chosen:
            `"optimal"` for each batch, or `"learned"` as a weight; None for 1/2. If given,
            `reconstruction_loss` is the whole negative log-likelihood and `decoder_variance` is
            logged.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other, the encoder is not variational, a
            number is negative, a name is unknown, a schedule has no steps, or
            `decoder_variance` is given with another likelihood.

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
        kl_schedule: str | None = None,
        kl_steps: int = 0,
        free_bits: float = 0.0,
        capacity: float = 0.0,
        reconstruction: str = "mse",
        decoder_variance: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_not_negative("1 gives the plain VAE.", beta=beta)
        check_not_negative("0 leaves it out.", free_bits=free_bits, capacity=capacity)
        if kl_steps < 0 or (kl_schedule is None) != (kl_steps == 0):
            raise ValueError(
                "kl_schedule and kl_steps, its number of updates, go together. "
                f"Received: kl_schedule={kl_schedule!r} and kl_steps={kl_steps!r}. "
                "Give both, or leave both out."
            )
        if decoder_variance is not None and reconstruction != "mse":
            raise ValueError(
                'decoder_variance is the variance of a Gaussian likelihood, reconstruction="mse". '
                f"Received: reconstruction={reconstruction!r}. Leave one of them out."
            )
        super().__init__(encoder, decoder, **kwargs)
        self.initial_beta = beta
        self.beta = self.add_weight(
            name="beta", shape=(), initializer=keras.initializers.Constant(beta), trainable=False
        )
        self.kl_schedule = kl_schedule
        self.kl_steps = kl_steps
        self.share_at = None if kl_schedule is None else losses.KL_SCHEDULES[kl_schedule]
        self.free_bits = free_bits
        self.capacity = capacity
        self.decoder_variance = decoder_variance
        self.likelihood_variance = (
            None if decoder_variance is None else losses.DECODER_VARIANCES[decoder_variance]
        )
        self.decoder_log_variance = None
        if self.likelihood_variance is not None and self.likelihood_variance.trained:
            self.decoder_log_variance = self.add_weight(
                name="decoder_log_variance", shape=(), initializer="zeros"
            )
        self.reconstruction = reconstruction
        self.reconstruction_loss = losses.RECONSTRUCTION_LOSSES[reconstruction].loss
        metrics = ["reconstruction_loss", "kl_loss"]
        if decoder_variance is not None:
            metrics.append("decoder_variance")
        self.declare(
            ("encoder", "decoder"),
            [
                Phase(
                    "evidence_lower_bound",
                    self.evidence_lower_bound_phase,
                    networks=("encoder", "decoder"),
                    loss="loss",
                    metrics=tuple(metrics),
                )
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[VariationalAutoencoderOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `VariationalAutoencoderOptions`.

        Example:

        >>> VariationalAutoencoder.create(image_size=32, latent_dim=8, width=4, beta=4.0).latent_dim
        8
        """
        return super().create(**options)

    @property
    def pixel_log_likelihood(self) -> Callable[..., np.ndarray] | None:
        """The likelihood that belongs to the reconstruction loss, or None if it has none.

        See `keras_resgen.losses.ReconstructionLoss`.
        """
        return losses.RECONSTRUCTION_LOSSES[self.reconstruction].log_likelihood

    def evidence_lower_bound_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the negative lower bound, its reconstruction term and its KL term."""
        images, attributes = self.split_attributes(batch)
        mean, log_variance = self.encoder(images, training=training)
        noise = self.noise(ops.shape(mean), training)
        codes = mean + ops.exp(0.5 * log_variance) * noise
        metrics = self.reconstruction_metrics(images, self.decode(codes, attributes, training))
        kl_loss = losses.gaussian_kl(mean, log_variance)
        rate = (
            losses.free_bits_kl(mean, log_variance, self.free_bits) if self.free_bits else kl_loss
        )
        share = self.kl_share(training)
        if self.capacity:
            penalty = self.beta * ops.abs(rate - share * self.capacity)
        else:
            penalty = share * self.beta * rate
        return {"loss": metrics["reconstruction_loss"] + penalty, "kl_loss": kl_loss, **metrics}

    def kl_share(self, training: bool) -> Any:
        """Return the share of beta or capacity that the schedule has reached."""
        if self.share_at is None or not training:
            return 1.0
        return self.share_at(self.optimizer.iterations, self.kl_steps)

    def reconstruction_metrics(self, images: Any, reconstructions: Any) -> Metrics:
        """Return the reconstruction term, and the decoder's variance unless it is fixed."""
        if self.likelihood_variance is None:
            return {"reconstruction_loss": self.reconstruction_loss(images, reconstructions)}
        log_variance = self.likelihood_variance.log_variance(
            images, reconstructions, self.decoder_log_variance
        )
        return {
            "reconstruction_loss": losses.gaussian_negative_log_likelihood(
                images, reconstructions, log_variance
            ),
            "decoder_variance": ops.exp(log_variance),
        }

    def phase_variables(self, phase: Phase) -> list[keras.Variable]:
        """Return the networks' trainable variables, and the decoder's variance if learned."""
        own = [] if self.decoder_log_variance is None else [self.decoder_log_variance]
        return super().phase_variables(phase) + own

    def code(self, images: Any, training: bool | None = None) -> Any:
        """Return the mean of the code's distribution."""
        return self.encoder(images, training=training)[0]

    def pixel_variance(self, images: np.ndarray, attributes: Any = None) -> float:
        """Return the variance of each pixel under the reconstruction term.

        It is 1/2 with squared error. With `decoder_variance` it is the learned variance, or the
        optimal one of these images.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            attributes: see `reconstruct`.

        Example:

        >>> model = VariationalAutoencoder.create(image_size=32, latent_dim=8, width=4)
        >>> model.pixel_variance(np.zeros((2, 32, 32, 3), "float32"))
        0.5
        """
        if self.likelihood_variance is None:
            return 0.5
        log_variance = self.likelihood_variance.log_variance(
            images, self.reconstruct(images, attributes), self.decoder_log_variance
        )
        return float(np.exp(ops.convert_to_numpy(log_variance)))

    def endpoints(self) -> dict[str, Endpoint]:
        """Return `encode` (mean and log-variance), `decode`, `reconstruct` and `generate`.

        `encode_with_noise`, or `encode` and `posterior`, return codes with noise.
        """

        def encode(images: Any) -> dict[str, Any]:
            mean, log_variance = self.encoder(images, training=False)
            return {"mean": mean, "log_variance": log_variance}

        def posterior(mean: Any, log_variance: Any, epsilon: Any) -> dict[str, Any]:
            return {"code": mean + ops.exp(0.5 * log_variance) * epsilon}

        noise = {"epsilon": (self.latent_dim,)}
        endpoints = super().endpoints()
        return {
            **endpoints,
            "encode": endpoints["encode"]._replace(function=encode),
            "generate": endpoints["decode"],
            "encode_with_noise": Endpoint(
                lambda images, epsilon: posterior(**encode(images), epsilon=epsilon),
                {"images": self.image_shape, **noise},
                None,
            ),
            "posterior": Endpoint(
                posterior,
                {"mean": (self.latent_dim,), "log_variance": (self.latent_dim,), **noise},
                "posterior",
            ),
        }

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "beta": self.initial_beta,
            "kl_schedule": self.kl_schedule,
            "kl_steps": self.kl_steps,
            "free_bits": self.free_bits,
            "capacity": self.capacity,
            "reconstruction": self.reconstruction,
            "decoder_variance": self.decoder_variance,
        }
