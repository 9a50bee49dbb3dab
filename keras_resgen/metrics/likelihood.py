"""Bounds of the log-likelihood of images under a variational autoencoder."""

from typing import Any, NamedTuple

import numpy as np

from keras_resgen.metrics.estimate import Estimate


class LikelihoodBounds(NamedTuple):
    """Means over images, in nats for an image, and their standard errors.

    Attributes:
        evidence_lower_bound: the ELBO, of one draw of the code at a time.
        importance_weighted: the tighter bound of many draws together.
    """

    evidence_lower_bound: Estimate
    importance_weighted: Estimate


def bounds(log_weights: np.ndarray) -> LikelihoodBounds:
    """The two bounds from importance weights.

    Burda et al., "Importance Weighted Autoencoders" (2015, https://arxiv.org/abs/1509.00519),
    equation 8.

    Args:
        log_weights: array of shape `(samples, count)`: `log p(x, z) - log q(z | x)` of each drawn
            code of each image; two images at least.

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
    """Estimates the log-likelihood of images under a variational autoencoder.

    The density of pixels is that of its reconstruction term: with squared error the variance is
    1/2, or the decoder's own.

    Args:
        model: a `VariationalAutoencoder` whose `pixel_log_likelihood` is not None.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        attributes: what a conditional model is told of them.
        samples: codes drawn for each image; more make the second bound tighter.
        seed: of the draws.

    Returns:
        Both bounds. With `beta` other than 1 the model was trained for another one.

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
