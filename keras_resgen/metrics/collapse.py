"""Metrics of mode collapse: diversity, duplicates and similarity of generated images."""

import numpy as np
from keras import ops

from keras_resgen.metrics.neighbors import squared_radii
from keras_resgen.metrics.similarity import multiscale_ssim

ROUNDING = 1e-6  # relative to the median squared distance; rows closer than this are equal
NEAR = 0.01  # share of real images that count as near-duplicates
PAIRS = 64  # of images in memory


def diversity(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the variance of generated features relative to that of real features.

    Args:
        real: features of shape `(n, features)`.
        generated: features of shape `(m, features)`.

    Returns:
        The ratio of mean squared distances from the mean: 1 for images as diverse as real ones, 0
        for equal images.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(100, 4))
    >>> round(diversity(rows, 0.5 * rows), 4)
    0.25
    """
    return float(np.var(generated, axis=0).sum() / np.var(real, axis=0).sum())


def duplicates(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the share of generated images that have a near-duplicate.

    A near-duplicate is closer than all but 1 % of real images are to their nearest neighbor.

    Args:
        real: features of shape `(n, features)`.
        generated: features of shape `(m, features)`. Pass as many as real ones: nearest neighbors
            are nearer in larger samples.

    Returns:
        A number from 0 to 1, about 0.01 for real images.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(200, 4))
    >>> duplicates(rows, np.repeat(rows[:100], 2, axis=0))
    1.0
    """
    of_real = squared_radii(np.asarray(real, "float64"), 1)
    # Exact copies among the real images would make the threshold 0.
    apart = of_real[of_real > ROUNDING * np.median(of_real)]
    near = np.quantile(apart, NEAR) if len(apart) else 0.0
    return float((squared_radii(np.asarray(generated, "float64"), 1) <= near).mean())


def pairwise_similarity(images: np.ndarray) -> float:
    """Return the mean MS-SSIM between pairs of images.

    Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs" (2016,
    https://arxiv.org/abs/1610.09585), section 4.2: a value above that of
    real images shows that a model repeats itself.

    Args:
        images: float array of shape `(count, size, size, channels)` in [0, 1], with at least
            two images of at least 11 pixels. The first is compared with the second, the third with
            the fourth, and so on.

    Returns:
        A number from 0 to 1; 1 for equal images.

    Raises:
        ValueError: if there are fewer than two images.

    Example:

    >>> pairwise_similarity(np.ones((4, 32, 32, 3), "float32"))
    1.0
    """
    if len(images) < 2:
        raise ValueError(
            f"Expected at least two images. Received: {len(images)}. Generate more images."
        )
    pairs = len(images) // 2
    found = []
    for first in range(0, pairs, PAIRS):
        part = slice(2 * first, 2 * min(first + PAIRS, pairs))
        found.append(multiscale_ssim(images[part][::2], images[part][1::2]))
    return float(ops.convert_to_numpy(ops.concatenate(found)).mean())
