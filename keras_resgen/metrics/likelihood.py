"""Lower bounds of the log-likelihood of images under a variational autoencoder."""

from typing import Any, NamedTuple

import numpy as np

from keras_resgen.metrics.estimate import Estimate


class LikelihoodBounds(NamedTuple):
    """Lower bounds of the log-likelihood in nats per image, means over images.

    Attributes:
        evidence_lower_bound: the ELBO, with one sample of the code.
        importance_weighted: the tighter bound with many samples of the code.
    """

    evidence_lower_bound: Estimate
    importance_weighted: Estimate


def bounds(log_weights: np.ndarray) -> LikelihoodBounds:
    """Return both bounds from log importance weights.

    Burda et al., "Importance Weighted Autoencoders" (2015, https://arxiv.org/abs/1509.00519),
    equation 8.

    Args:
        log_weights: array of shape `(samples, count)`: `log p(x, z) - log q(z | x)` of each code
            sampled for each of at least two images.

    Example:

    >>> found = bounds(np.log([[1.0, 1.0], [3.0, 3.0]]))
    >>> round(found.evidence_lower_bound.value, 4), round(found.importance_weighted.value, 4)
    (0.5493, 0.6931)
    """
    weights = np.asarray(log_weights, "float64")
    largest = weights.max(axis=0)
    tight = largest + np.log(np.exp(weights - largest).mean(axis=0))
    return LikelihoodBounds(_mean(weights.mean(axis=0)), _mean(tight))


def likelihood_bounds(
    model: Any,
    images: np.ndarray,
    attributes: np.ndarray | None = None,
    *,
    samples: int = 50,
    seed: int = 0,
) -> LikelihoodBounds:
    """Estimate the log-likelihood of images under a variational autoencoder.

    The density of pixels is that of the reconstruction loss. For the squared error it is normal
    with a variance of 1/2, or the decoder's own.

    Args:
        model: a `VariationalAutoencoder` whose `pixel_log_likelihood` is not None.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        attributes: attributes of the images, for a conditional model.
        samples: number of codes sampled for each image; more tighten the second bound.
        seed: seed of the samples.

    Returns:
        Both bounds. Models with a `beta` other than 1 were trained on another objective.

    Example:

    >>> from keras_resgen.models import VariationalAutoencoder
    >>> model = VariationalAutoencoder.create(image_size=32, latent_dim=8, width=2)
    >>> images = np.random.default_rng(0).random((4, 32, 32, 3)).astype("float32")
    >>> found = likelihood_bounds(model, images, samples=5)
    >>> found.importance_weighted.value > found.evidence_lower_bound.value
    True
    """
    mean, log_variance = model.posterior(images)
    variance = model.pixel_variance(images, attributes)
    generator = np.random.default_rng(seed)
    log_weights = []
    for _ in range(samples):
        noise = generator.standard_normal(mean.shape, "float32")
        codes = mean + np.exp(0.5 * log_variance) * noise
        reconstructions = model.generate(codes, attributes)
        likelihood = model.pixel_log_likelihood(images, reconstructions, variance)
        # log p(z) - log q(z | x); their constants cancel.
        ratio = 0.5 * (np.square(noise) + log_variance - np.square(codes)).sum(axis=1)
        log_weights.append(likelihood + ratio)
    return bounds(np.stack(log_weights))


def _mean(values: np.ndarray) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))
