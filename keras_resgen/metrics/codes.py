"""What the codes of an encoder say of its latent space."""

import numpy as np

from keras_resgen.metrics.estimate import Estimate
from keras_resgen.metrics.kernels import inverse_multiquadratic_kernel, squared_mmd

ACTIVE = 0.01  # variance of a unit's mean over the images, above which it is active


def kl_per_dimension(mean: np.ndarray, log_variance: np.ndarray) -> np.ndarray:
    """KL divergence of each latent dimension from the standard normal, averaged over images.

    The terms whose sum is the `kl_loss` of a variational autoencoder.

    Args:
        mean: array of shape `(count, latent_dim)`, an encoder's first output.
        log_variance: array of the same shape, its second.

    Returns:
        A float64 array of shape `(latent_dim,)`, in nats. A dimension near 0 carries nothing.

    Example:

    >>> kl_per_dimension(np.array([[0.0, 2.0]]), np.zeros((1, 2))).tolist()
    [0.0, 2.0]
    """
    mean, log_variance = np.asarray(mean, "float64"), np.asarray(log_variance, "float64")
    divergences = 0.5 * (np.square(mean) + np.exp(log_variance) - 1.0 - log_variance)
    return divergences.mean(axis=0)


def active_units(mean: np.ndarray) -> int:
    """How many latent dimensions change with the image.

    Burda et al., "Importance Weighted Autoencoders" (2015, https://arxiv.org/abs/1509.00519): those
    whose posterior mean varies by more than 0.01 over the images.

    Args:
        mean: array of shape `(count, latent_dim)`.

    Example:

    >>> active_units(np.array([[0.0, 1.0], [0.05, -1.0]]))
    1
    """
    return int((np.var(np.asarray(mean, "float64"), axis=0) > ACTIVE).sum())


def prior_mmd(codes: np.ndarray, draws: np.ndarray) -> Estimate:
    """How far codes of images are from draws of the prior they should follow.

    The maximum mean discrepancy, squared, with the kernel of Wasserstein autoencoders, see
    `keras_resgen.metrics.kernels`.

    Args:
        codes: array of shape `(n, latent_dim)`; of a variational autoencoder draws from the codes'
            distributions, since their means alone vary less than the prior.
        draws: array of shape `(m, latent_dim)`.

    Returns:
        The estimate: 0 on average where codes follow the prior, and up to 2 where they do not.

    Example:

    >>> draws = np.random.default_rng(0).normal(size=(3, 200, 4))
    >>> matched, wide = prior_mmd(draws[0], draws[1]), prior_mmd(3 * draws[0], draws[1])
    >>> abs(matched.value) < 3 * matched.standard_error < wide.value
    True
    """
    return squared_mmd(codes, draws, inverse_multiquadratic_kernel)


def linear_probe_auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """How well a number tells images with an attribute from those without.

    The area under the receiver operating characteristic (Hanley and McNeil, 1982).

    Args:
        scores: array of shape `(count,)`, such as codes along a direction.
        labels: boolean array of the same shape, of both values.

    Returns:
        The probability that a random image with the attribute scores higher than one without: 1/2
        where scores say nothing, 1 where they say all. Equal scores count half.

    Raises:
        ValueError: if the labels are all the same.

    Example:

    >>> linear_probe_auc(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, True, False, True]))
    0.75
    """
    labels = np.asarray(labels, bool)
    positives = np.asarray(scores, "float64")[labels]
    negatives = np.sort(np.asarray(scores, "float64")[~labels])
    if not len(positives) or not len(negatives):
        raise ValueError(
            f"There must be images with and without the attribute. Received: {len(positives)} with "
            f"and {len(negatives)} without. Use more images."
        )
    below = np.searchsorted(negatives, positives, "left")
    up_to = np.searchsorted(negatives, positives, "right")
    return float((below + up_to).mean() / (2.0 * len(negatives)))
