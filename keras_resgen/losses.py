"""Losses as pure functions of tensors, and the tables that name them.

Every loss is a scalar: summed over pixels or latent dimensions, averaged over the batch. A
reconstruction loss plus a KL divergence is therefore the negative evidence lower bound up to a
constant, and `beta` has the meaning of the papers.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from keras_resgen.registry import Registry

__all__ = [
    "ADVERSARIAL_LOSSES",
    "DECODER_VARIANCES",
    "KL_SCHEDULES",
    "RECONSTRUCTION_LOSSES",
    "AdversarialLoss",
    "DecoderVariance",
    "ReconstructionLoss",
    "bernoulli_log_likelihood",
    "binary_crossentropy",
    "cyclical_share",
    "discriminator_accuracy",
    "free_bits_kl",
    "gaussian_kl",
    "gaussian_log_likelihood",
    "gaussian_negative_log_likelihood",
    "gradient_penalty",
    "linear_share",
    "optimal_log_variance",
    "squared_error",
    "zero_centered_penalty",
]

Tensor = Any


def _mean_of_sums(values: Tensor) -> Tensor:
    """Return the mean over the batch of the sums over all other axes."""
    return ops.mean(ops.sum(ops.reshape(values, (ops.shape(values)[0], -1)), axis=1))


def squared_error(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Return the squared error.

    It is the negative log-likelihood of a normal distribution of variance 1/2 up to a constant.

    Args:
        images: float tensor of shape `(batch, size, size, channels)` in [0, 1].
        reconstructions: tensor of the same shape.

    Returns:
        A scalar: summed over pixels and channels, averaged over the batch.

    Example:

    >>> float(squared_error(ops.zeros((2, 4, 4, 1)), ops.ones((2, 4, 4, 1))))
    16.0
    """
    return _mean_of_sums(ops.square(images - reconstructions))


def binary_crossentropy(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Return the cross-entropy of pixels taken as probabilities (Kingma and Welling, 2013).

    Args:
        images: float tensor of shape `(batch, size, size, channels)` in [0, 1].
        reconstructions: tensor of the same shape in [0, 1]; clipped away from 0 and 1 by 1e-7.

    Returns:
        A scalar: summed over pixels and channels, averaged over the batch, in nats.

    Example:

    >>> round(float(binary_crossentropy(ops.ones((1, 1, 1, 1)), 0.5 * ops.ones((1, 1, 1, 1)))), 4)
    0.6931
    """
    return _mean_of_sums(ops.binary_crossentropy(images, reconstructions))


def gaussian_log_likelihood(
    images: np.ndarray, reconstructions: np.ndarray, variance: float
) -> np.ndarray:
    """Return the log-density of images under normal distributions around reconstructions.

    Args:
        images: array of shape `(count, size, size, channels)` in [0, 1].
        reconstructions: array of the same shape.
        variance: variance of every pixel.

    Returns:
        A float64 array of shape `(count,)`, in nats.

    Example:

    >>> image = np.zeros((1, 1, 1, 1))
    >>> gaussian_log_likelihood(image, image + 1, variance=0.5).round(4).tolist()
    [-1.5724]
    """
    errors = np.asarray(images, "float64") - reconstructions
    terms = np.square(errors) / variance + math.log(2.0 * math.pi * variance)
    return -0.5 * terms.reshape(len(terms), -1).sum(axis=1)


def bernoulli_log_likelihood(
    images: np.ndarray, reconstructions: np.ndarray, variance: float | None = None
) -> np.ndarray:
    """Return the log-probability of images whose pixels are taken as probabilities.

    Args:
        images: array of shape `(count, size, size, channels)` in [0, 1].
        reconstructions: array of the same shape; clipped away from 0 and 1 by 1e-7.
        variance: unused.

    Returns:
        A float64 array of shape `(count,)`, in nats.

    Example:

    >>> image = np.ones((1, 1, 1, 1))
    >>> bernoulli_log_likelihood(image, image / 2).round(4).tolist()
    [-0.6931]
    """
    images = np.asarray(images, "float64")
    probabilities = np.clip(np.asarray(reconstructions, "float64"), 1e-7, 1.0 - 1e-7)
    terms = images * np.log(probabilities) + (1.0 - images) * np.log1p(-probabilities)
    return terms.reshape(len(terms), -1).sum(axis=1)


class ReconstructionLoss(NamedTuple):
    """A row of `RECONSTRUCTION_LOSSES`.

    Attributes:
        loss: `(images, reconstructions) -> scalar` of float tensors of shape
            `(batch, size, size, channels)` in [0, 1]: summed over pixels and channels, averaged
            over the batch.
        log_likelihood: `(images, reconstructions, variance) -> nats of each image` of NumPy arrays,
            the likelihood that the loss is the negative logarithm of up to a constant; None for a
            loss that has no likelihood. `resgen evaluate` reports likelihoods only if there is one.

    Example:

    >>> row = ReconstructionLoss(
    ...     lambda images, reconstructions: ops.sum(ops.abs(images - reconstructions))
    ... )
    >>> row.log_likelihood is None
    True
    """

    loss: Callable[[Tensor, Tensor], Tensor]
    log_likelihood: Callable[[np.ndarray, np.ndarray, Any], np.ndarray] | None = None


RECONSTRUCTION_LOSSES: Registry[ReconstructionLoss] = Registry(
    "reconstruction",
    {
        "mse": ReconstructionLoss(squared_error, gaussian_log_likelihood),
        "bce": ReconstructionLoss(binary_crossentropy, bernoulli_log_likelihood),
    },
)


def gaussian_negative_log_likelihood(
    images: Tensor, reconstructions: Tensor, log_variance: Tensor
) -> Tensor:
    """Return the negative log-likelihood of images under a normal distribution of one variance.

    Rybkin et al., "Simple and Effective VAE Training with Calibrated Decoders" (2020,
    https://arxiv.org/abs/2006.13202), equation 3.

    Args:
        images: float tensor of shape `(batch, size, size, channels)` in [0, 1].
        reconstructions: the means, a tensor of the same shape.
        log_variance: a scalar.

    Returns:
        A scalar: summed over pixels and channels, averaged over the batch, in nats. Negative where
        the density is above 1.

    Example:

    >>> images = ops.zeros((1, 1, 1, 1))
    >>> round(float(gaussian_negative_log_likelihood(images, images, 0.0)), 4)  # log(2 pi) / 2
    0.9189
    """
    squares = ops.square(images - reconstructions) * ops.exp(-log_variance)
    return 0.5 * _mean_of_sums(squares + log_variance + math.log(2 * math.pi))


def optimal_log_variance(images: Tensor, reconstructions: Tensor) -> Tensor:
    """Return the log-variance that maximizes the likelihood of a batch of images.

    It is the logarithm of their mean squared error.

    The optimal sigma-VAE of Rybkin et al. (2020, https://arxiv.org/abs/2006.13202), equation 7.

    Args:
        images: float tensor of shape `(batch, size, size, channels)` in [0, 1].
        reconstructions: tensor of the same shape.

    Returns:
        A scalar of at least -13.8: the variance is clipped at 1e-6, below the precision of 8 bits.

    Example:

    >>> float(optimal_log_variance(ops.zeros((1, 2, 2, 1)), ops.ones((1, 2, 2, 1))))
    0.0
    """
    return ops.log(ops.maximum(ops.mean(ops.square(images - reconstructions)), 1e-6))


class DecoderVariance(NamedTuple):
    """A row of `DECODER_VARIANCES`: how the variance of the decoder's distribution is chosen.

    Attributes:
        log_variance: `(images, reconstructions, weight) -> scalar`.
        trained: whether `weight` is a trainable weight of the model; otherwise it is None.
    """

    log_variance: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    trained: bool


DECODER_VARIANCES: Registry[DecoderVariance] = Registry(
    "decoder_variance",
    {
        "optimal": DecoderVariance(
            lambda images, reconstructions, weight: optimal_log_variance(images, reconstructions),
            trained=False,
        ),
        "learned": DecoderVariance(lambda images, reconstructions, weight: weight, trained=True),
    },
)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of a diagonal normal distribution from the standard one.

    Kingma and Welling, "Auto-Encoding Variational Bayes" (2013,
    https://arxiv.org/abs/1312.6114), appendix B.

    Args:
        mean: tensor of shape `(batch, latent_dim)`.
        log_variance: tensor of the same shape.

    Returns:
        A scalar: summed over latent dimensions, averaged over the batch, in nats.

    Example:

    >>> float(gaussian_kl(ops.ones((1, 2)), ops.zeros((1, 2))))
    1.0
    """
    return _mean_of_sums(_kl_by_dimension(mean, log_variance))


def _kl_by_dimension(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


def free_bits_kl(mean: Tensor, log_variance: Tensor, free_bits: float) -> Tensor:
    """Return the KL divergence with a minimum for each latent dimension.

    Kingma et al., "Improving Variational Inference with Inverse Autoregressive Flow" (2016,
    https://arxiv.org/abs/1606.04934), equation 15 with one dimension in each group. A dimension
    below the minimum has no gradient.

    Args:
        mean: tensor of shape `(batch, latent_dim)`.
        log_variance: tensor of the same shape.
        free_bits: lambda in the paper, the minimum of each dimension in nats.

    Returns:
        A scalar: the divergence of each dimension averaged over the batch, at least `free_bits`,
        and summed over the dimensions.

    Example:

    >>> float(free_bits_kl(ops.convert_to_tensor([[0.0, 2.0]]), ops.zeros((1, 2)), 0.5))
    2.5
    """
    divergences = ops.mean(_kl_by_dimension(mean, log_variance), axis=0)
    return ops.sum(ops.maximum(divergences, free_bits))


def linear_share(step: Tensor, length: int) -> Tensor:
    """Return a share that grows linearly from 0 to 1 in `length` steps and stays there.

    Bowman et al., "Generating Sentences from a Continuous Space" (2015,
    https://arxiv.org/abs/1511.06349), as a warm-up of the KL divergence.

    Args:
        step: number of updates made.
        length: number of the step at which the share reaches 1.

    Returns:
        A scalar from 0 to 1.

    Example:

    >>> [float(linear_share(step, 4)) for step in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """
    return ops.minimum(ops.cast(step, "float32") / length, 1.0)


def cyclical_share(step: Tensor, length: int) -> Tensor:
    """Return a share that grows from 0 to 1 in the first half of each cycle and then stays there.

    Fu et al., "Cyclical Annealing Schedule" (2019, https://arxiv.org/abs/1903.10145), equation 6
    with R = 0.5.

    Args:
        step: number of updates made.
        length: number of steps in a cycle, T / M in the paper.

    Returns:
        A scalar from 0 to 1.

    Example:

    >>> [float(cyclical_share(step, 4)) for step in range(6)]
    [0.0, 0.5, 1.0, 1.0, 0.0, 0.5]
    """
    return linear_share(2.0 * ops.mod(ops.cast(step, "float32"), length), length)


KL_SCHEDULES: Registry[Callable[[Tensor, int], Tensor]] = Registry(
    "kl_schedule", {"linear": linear_share, "cyclical": cyclical_share}
)


def discriminator_accuracy(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return the share of inputs whose logit has the right sign; chance is 1/2.

    Args:
        real_logits: tensor of shape `(batch, 1)`.
        fake_logits: tensor of shape `(batch, 1)`.

    Returns:
        A scalar from 0 to 1.

    Example:

    >>> float(discriminator_accuracy(ops.ones((2, 1)), ops.ones((2, 1))))
    0.5
    """
    correct_real = ops.mean(ops.cast(real_logits > 0, "float32"))
    correct_fake = ops.mean(ops.cast(fake_logits <= 0, "float32"))
    return 0.5 * (correct_real + correct_fake)


class AdversarialLoss(NamedTuple):
    """A row of `ADVERSARIAL_LOSSES`: functions of logits of shape `(batch, 1)`.

    Attributes:
        discriminator: `(real_logits, fake_logits) -> scalar`, minimized by the discriminator.
        generator: `(real_logits, fake_logits) -> scalar`, minimized by the generator.
        relativistic: whether the generator's loss depends on the real logits. If not, families do
            not compute them for the generator and pass None.
        accuracy: `(real_logits, fake_logits) -> scalar`, the share of inputs that the discriminator
            classifies correctly under the loss's decision rule.

    Example:

    >>> loss = ADVERSARIAL_LOSSES["hinge"]
    >>> float(loss.discriminator(ops.ones((2, 1)), -ops.ones((2, 1))))
    0.0
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor | None, Tensor], Tensor]
    relativistic: bool = False
    accuracy: Callable[[Tensor, Tensor], Tensor] = discriminator_accuracy


ADVERSARIAL_LOSSES: Registry[AdversarialLoss] = Registry(
    "adversarial",
    {
        # Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, section 3
        "non_saturating": AdversarialLoss(
            lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)),
            lambda real, fake: ops.mean(ops.softplus(-fake)),
        ),
        # Mao et al. 2016, https://arxiv.org/abs/1611.04076, with a = 0 and b = c = 1
        "least_squares": AdversarialLoss(
            lambda real, fake: (
                0.5 * ops.mean(ops.square(real - 1.0)) + 0.5 * ops.mean(ops.square(fake))
            ),
            lambda real, fake: 0.5 * ops.mean(ops.square(fake - 1.0)),
        ),
        # Lim and Ye 2017, https://arxiv.org/abs/1705.02894
        "hinge": AdversarialLoss(
            lambda real, fake: ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake)),
            lambda real, fake: -ops.mean(fake),
        ),
        # Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875
        "wasserstein": AdversarialLoss(
            lambda real, fake: ops.mean(fake) - ops.mean(real),
            lambda real, fake: -ops.mean(fake),
        ),
        # Jolicoeur-Martineau 2018, https://arxiv.org/abs/1807.00734, in pairs of real and fake;
        # with r1 and r2 of a GAN this is R3GAN, Huang et al. 2024, https://arxiv.org/abs/2501.05441
        "relativistic": AdversarialLoss(
            lambda real, fake: ops.mean(ops.softplus(fake - real)),
            lambda real, fake: ops.mean(ops.softplus(real - fake)),
            relativistic=True,
        ),
    },
)


def _squared_norms(gradients: Tensor) -> Tensor:
    """Return the squared Euclidean norm of each input's gradient, of shape `(batch,)`."""
    return ops.sum(ops.reshape(ops.square(gradients), (ops.shape(gradients)[0], -1)), axis=1)


def zero_centered_penalty(gradients: Tensor) -> Tensor:
    """Return half the mean squared norm of gradients: R1 at real images, R2 at generated ones.

    Mescheder et al., "Which Training Methods for GANs do actually Converge?" (2018,
    https://arxiv.org/abs/1801.04406), equation 9 with gamma = 1.

    Args:
        gradients: the discriminator's gradient at each image, of shape
            `(batch, size, size, channels)`.

    Returns:
        A scalar: half the squared Euclidean norm, averaged over the batch.

    Example:

    >>> float(zero_centered_penalty(ops.ones((2, 2, 2, 1))))
    2.0
    """
    return 0.5 * ops.mean(_squared_norms(gradients))


def gradient_penalty(gradients: Tensor) -> Tensor:
    """Return the mean squared difference of gradients' norms from 1.

    Gulrajani et al., "Improved Training of Wasserstein GANs" (2017,
    https://arxiv.org/abs/1704.00028), equation 3.

    Args:
        gradients: the critic's gradient at each image, of shape `(batch, size, size, channels)`.

    Returns:
        A scalar: the squared difference of the Euclidean norm from 1, averaged over the batch.

    Example:

    >>> float(gradient_penalty(ops.ones((2, 2, 2, 1))))
    1.0
    """
    # The square root has no gradient at zero, the norm for a critic that ignores its input.
    return ops.mean(ops.square(ops.sqrt(_squared_norms(gradients) + 1e-12) - 1.0))
