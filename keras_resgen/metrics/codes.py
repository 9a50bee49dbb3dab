"""Metrics of the codes of an encoder."""

import numpy as np

from keras_resgen.metrics.estimate import Estimate
from keras_resgen.metrics.kernels import inverse_multiquadratic_kernel, squared_mmd

ACTIVE = 0.01  # smallest variance of an active unit's posterior mean over images


def kl_per_dimension(mean: np.ndarray, log_variance: np.ndarray) -> np.ndarray:
    """Return the KL divergence of each latent dimension from the prior, averaged over images.

    Their sum is the `kl_loss` of a variational autoencoder.

    Args:
        mean: array of shape `(count, latent_dim)`, an encoder's first output.
        log_variance: array of the same shape, an encoder's second output.

    Returns:
        A float64 array of shape `(latent_dim,)`, in nats. Near 0, a dimension is unused.

    Example:

    >>> kl_per_dimension(np.array([[0.0, 2.0]]), np.zeros((1, 2))).tolist()
    [0.0, 2.0]
    """
    mean, log_variance = np.asarray(mean, "float64"), np.asarray(log_variance, "float64")
    divergences = 0.5 * (np.square(mean) + np.exp(log_variance) - 1.0 - log_variance)
    return divergences.mean(axis=0)


def active_units(mean: np.ndarray) -> int:
    """Return the number of latent dimensions that vary with the image.

    Burda et al., "Importance Weighted Autoencoders" (2015, https://arxiv.org/abs/1509.00519):
    the dimensions whose posterior mean has a variance above 0.01 over images.

    Args:
        mean: array of shape `(count, latent_dim)`.

    Example:

    >>> active_units(np.array([[0.0, 1.0], [0.05, -1.0]]))
    1
    """
    return int((np.var(np.asarray(mean, "float64"), axis=0) > ACTIVE).sum())


def prior_mmd(codes: np.ndarray, draws: np.ndarray) -> Estimate:
    """Return the distance between the codes of images and draws of the prior.

    The squared maximum mean discrepancy with the kernel of Wasserstein autoencoders, see
    `inverse_multiquadratic_kernel`.

    Args:
        codes: array of shape `(n, latent_dim)`. For a variational autoencoder, pass samples of the
            posterior, since posterior means alone vary less than the prior.
        draws: array of shape `(m, latent_dim)`.

    Returns:
        The estimate: 0 on average if codes follow the prior, and at most 2.

    Example:

    >>> draws = np.random.default_rng(0).normal(size=(3, 200, 4))
    >>> matched, wide = prior_mmd(draws[0], draws[1]), prior_mmd(3 * draws[0], draws[1])
    >>> abs(matched.value) < 3 * matched.standard_error < wide.value
    True
    """
    return squared_mmd(codes, draws, inverse_multiquadratic_kernel)


def linear_probe_auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the area under the ROC curve of scores that predict an attribute.

    Args:
        scores: array of shape `(count,)`, such as codes along a direction.
        labels: boolean array of the same shape, with both values.

    Returns:
        The probability that a random image with the attribute scores higher than one without it:
        0.5 by chance, 1 for perfect scores. Equal scores count half.

    Raises:
        ValueError: if all labels are equal.

    Example:

    >>> linear_probe_auc(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, True, False, True]))
    0.75
    """
    labels = np.asarray(labels, bool)
    positives = int(labels.sum())
    if positives in (0, len(labels)):
        raise ValueError(
            "Expected images with and without the attribute. Received: "
            f"{positives} with and {len(labels) - positives} without it. Use more images."
        )
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))
