"""Signs that a model makes the same image again and again."""

import numpy as np
from keras import ops

from keras_resgen.metrics.neighbors import squared_radii
from keras_resgen.metrics.similarity import multiscale_ssim

ROUNDING = 1e-6  # share of the usual squared distance, below which rows are equal
NEAR = 0.01  # share of real images that count as alike
PAIRS = 64  # compared at a time


def diversity(real: np.ndarray, generated: np.ndarray) -> float:
    """How far generated rows lie from each other, of how far real ones do.

    Args:
        real: features of shape `(n, features)`.
        generated: features of shape `(m, features)`.

    Returns:
        The quotient of the mean squared distances to the mean: 1 for as diverse images, 0 for equal
        ones.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(100, 4))
    >>> round(diversity(rows, 0.5 * rows), 4)
    0.25
    """
    return float(np.var(generated, axis=0).sum() / np.var(real, axis=0).sum())


def duplicates(real: np.ndarray, generated: np.ndarray) -> float:
    """The share of generated rows that have another one as close as real ones hardly ever are.

    Args:
        real: features of shape `(n, features)`.
        generated: features of shape `(m, features)`; as many as the real ones, since the nearest
            of more is nearer.

    Returns:
        From 0 to 1; about 0.01 for real rows.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(200, 4))
    >>> duplicates(rows, np.repeat(rows[:100], 2, axis=0))
    1.0
    """
    of_real = squared_radii(np.asarray(real, "float64"), 1)
    # Copies among the real images are as close as can be, whatever is called near.
    apart = of_real[of_real > ROUNDING * np.median(of_real)]
    near = np.quantile(apart, NEAR) if len(apart) else 0.0
    return float((squared_radii(np.asarray(generated, "float64"), 1) <= near).mean())


def pairwise_similarity(images: np.ndarray) -> float:
    """How alike generated images look to each other: the MS-SSIM of pairs of them.

    Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs" (2016,
    https://arxiv.org/abs/1610.09585), section 4.2: compared with the same metric of real images,
    a high one shows that a model repeats itself.

    Args:
        images: float array of shape `(count, size, size, channels)` in [0, 1], two at least and 11
            pixels or more; the first is compared with the second, the third with the fourth.

    Returns:
        The mean over pairs; 1 for equal images.

    Raises:
        ValueError: if there are fewer than two images.

    Example:

    >>> pairwise_similarity(np.ones((4, 32, 32, 3), "float32"))
    1.0
    """
    if len(images) < 2:
        raise ValueError(
            f"Pairs need two images or more. Received: {len(images)}. Generate more images."
        )
    pairs = len(images) // 2
    found = []
    for first in range(0, pairs, PAIRS):
        part = slice(2 * first, 2 * min(first + PAIRS, pairs))
        found.append(multiscale_ssim(images[part][::2], images[part][1::2]))
    return float(ops.convert_to_numpy(ops.concatenate(found)).mean())
