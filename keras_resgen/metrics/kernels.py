"""Maximum mean discrepancy of two samples, and its kernels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_resgen.metrics.estimate import Estimate, squared_error_of_jackknife

Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
BLOCK = 1024  # rows of a kernel matrix in memory


def cubic_kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the kernel of the kernel inception distance: `(x @ y.T / features + 1) ** 3`.

    Binkowski et al., "Demystifying MMD GANs" (2018, https://arxiv.org/abs/1801.01401).

    Args:
        x: array of shape `(n, features)`.
        y: array of shape `(m, features)`.

    Returns:
        An array of shape `(n, m)`.

    Example:

    >>> cubic_kernel(np.ones((1, 2)), np.ones((1, 2))).tolist()
    [[8.0]]
    """
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def inverse_multiquadratic_kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the kernel `c / (c + |x - y|^2)` with `c = 2 features`.

    Tolstikhin et al., "Wasserstein Auto-Encoders" (2018, https://arxiv.org/abs/1711.01558), for
    codes with a prior of unit variance. Its heavy tails give weight to distant codes. Arguments and
    result have the shapes of those of `cubic_kernel`.

    Example:

    >>> inverse_multiquadratic_kernel(np.zeros((1, 2)), np.ones((1, 2))).round(4).tolist()
    [[0.6667]]
    """
    scale = 2.0 * x.shape[1]
    return scale / (scale + squared_distances(x, y))


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean distances of all pairs of rows.

    Args:
        x: array of shape `(n, features)`.
        y: array of shape `(m, features)`.

    Returns:
        An array of shape `(n, m)`, never negative.

    Example:

    >>> squared_distances(np.zeros((1, 2)), np.ones((1, 2))).tolist()
    [[2.0]]
    """
    squares = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)
    return np.maximum(squares - 2.0 * (x @ y.T), 0.0)


def squared_mmd(x: np.ndarray, y: np.ndarray, kernel: Kernel) -> Estimate:
    """Return the unbiased squared maximum mean discrepancy of two samples, with its error.

    Gretton et al., "A Kernel Two-Sample Test" (2012), equation 3. With `cubic_kernel` on inception
    features this is the kernel inception distance. The standard error is the jackknife's, over the
    rows of both samples.

    Args:
        x: array of shape `(n, features)`, at least three rows.
        y: array of shape `(m, features)`, at least three rows.
        kernel: such as `cubic_kernel`.

    Returns:
        The estimate: 0 on average, and often negative, for samples of one distribution.

    Raises:
        ValueError: if there are fewer than three rows.

    Example:

    >>> generator = np.random.default_rng(0)
    >>> distance = squared_mmd(generator.normal(size=(200, 2)), np.ones((200, 2)), cubic_kernel)
    >>> distance.value > 5 * distance.standard_error
    True
    """
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    n, m = len(x), len(y)
    if min(n, m) < 3:
        raise ValueError(
            f"Expected at least three rows of each sample. Received: {n} and {m}. Use more images."
        )
    of_x, of_y = _sums_to_others(x, kernel), _sums_to_others(y, kernel)
    x_to_y, y_to_x = _sums(x, y, kernel)
    within_x, within_y, between = of_x.sum(), of_y.sum(), x_to_y.sum()

    def mmd(within_x: Any, n: int, within_y: Any, m: int, between: Any) -> Any:
        return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2.0 * between / (n * m)

    variance = squared_error_of_jackknife(
        mmd(within_x - 2.0 * of_x, n - 1, within_y, m, between - x_to_y)
    ) + squared_error_of_jackknife(mmd(within_x, n, within_y - 2.0 * of_y, m - 1, between - y_to_x))
    return Estimate(float(mmd(within_x, n, within_y, m, between)), float(np.sqrt(variance)))


def _sums(x: np.ndarray, y: np.ndarray, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """The sums of the kernel over y for each x, and over x for each y."""
    rows, columns = np.empty(len(x)), np.zeros(len(y))
    for first in range(0, len(x), BLOCK):
        values = kernel(x[first : first + BLOCK], y)
        rows[first : first + BLOCK] = values.sum(axis=1)
        columns += values.sum(axis=0)
    return rows, columns


def _sums_to_others(x: np.ndarray, kernel: Kernel) -> np.ndarray:
    """The sum of the kernel over all other rows for each row."""
    itself = np.array([kernel(row[None], row[None])[0, 0] for row in x])
    return _sums(x, x, kernel)[0] - itself
