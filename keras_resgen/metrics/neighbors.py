"""Precision, recall, density and coverage, by nearest neighbors."""

from typing import NamedTuple

import numpy as np

from keras_resgen.metrics.kernels import squared_distances

BLOCK = 1024  # rows of a distance matrix in memory


class Neighborhoods(NamedTuple):
    """Precision, recall, density and coverage of generated images.

    Attributes:
        precision: share of generated rows within the neighborhood of a real row.
        recall: share of real rows within the neighborhood of a generated row.
        density: mean number of real neighborhoods that contain a generated row, divided by its
            expected value for real rows; can exceed 1.
        coverage: share of real rows with a generated row in their neighborhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(
    real: np.ndarray, generated: np.ndarray, neighbors: int = 5
) -> Neighborhoods:
    """Compare generated with real features by the neighborhoods of their rows.

    The neighborhood of a row reaches to its k-th nearest neighbor within its own sample. See

    Kynkäänniemi et al., "Improved Precision and Recall Metric" (2019,
    https://arxiv.org/abs/1904.06991), and for density and coverage, which outliers do not
    inflate, Naeem et al., "Reliable Fidelity and Diversity Metrics" (2020,
    https://arxiv.org/abs/2002.09797).

    Args:
        real: features of shape `(n, features)`.
        generated: features of shape `(m, features)`.
        neighbors: k, fewer than the rows of either.

    Raises:
        ValueError: if a sample has k rows or fewer.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(2, 300, 4))
    >>> precision_recall_density_coverage(*rows).coverage > 0.9
    True
    """
    real, generated = np.asarray(real, "float64"), np.asarray(generated, "float64")
    if not 0 < neighbors < min(len(real), len(generated)):
        raise ValueError(
            f"Expected more rows than neighbors, and at least one neighbor. Received: "
            f"{len(real)} and {len(generated)} rows with neighbors={neighbors}. Use more images."
        )
    real_radii = squared_radii(real, neighbors)
    generated_radii = squared_radii(generated, neighbors)
    within_real = np.zeros(len(generated))
    recalled, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    for first in range(0, len(real), BLOCK):
        part = slice(first, first + BLOCK)
        squares = squared_distances(real[part], generated)
        inside = squares < real_radii[part, None]
        within_real += inside.sum(axis=0)
        covered[part] = inside.any(axis=1)
        recalled[part] = (squares < generated_radii).any(axis=1)
    return Neighborhoods(
        precision=float((within_real > 0).mean()),
        recall=float(recalled.mean()),
        density=float(within_real.mean() / neighbors),
        coverage=float(covered.mean()),
    )


def squared_radii(rows: np.ndarray, neighbors: int) -> np.ndarray:
    """Return the squared distance of each row to its k-th nearest other row.

    Args:
        rows: array of shape `(count, features)`.
        neighbors: k.

    Returns:
        An array of shape `(count,)`.

    Example:

    >>> squared_radii(np.array([[0.0], [1.0], [3.0]]), 1).tolist()
    [1.0, 1.0, 4.0]
    """
    radii = np.empty(len(rows))
    for first in range(0, len(rows), BLOCK):
        squares = squared_distances(rows[first : first + BLOCK], rows)
        own = np.arange(len(squares))
        squares[own, first + own] = np.inf
        radii[first : first + BLOCK] = np.partition(squares, neighbors - 1)[:, neighbors - 1]
    return radii
