"""Mean and covariance of features, gathered batch by batch, and the distance between two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Moments:
    """What a Frechet distance compares: moments of rows in float64, which add up over batches.

    Attributes:
        count: of the rows seen.
        mean: array of shape `(features,)`.
        scatter: sum of the outer products of the rows' differences from the mean, of shape
            `(features, features)`.

    Example:

    >>> moments = Moments.from_features(np.eye(3)[:2]) + Moments.from_features(np.eye(3)[2:])
    >>> moments.count, moments.mean.round(4).tolist()
    (3, [0.3333, 0.3333, 0.3333])
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def from_features(cls, rows: np.ndarray) -> Moments:
        """Returns the moments of at least one row of an array `(count, features)`."""
        rows = np.asarray(rows, "float64")
        mean = rows.mean(axis=0)
        centered = rows - mean
        return cls(len(rows), mean, centered.T @ centered)

    def __add__(self, other: Moments) -> Moments:
        """Returns the moments of the rows of both (Chan, Golub and LeVeque, 1983)."""
        count = self.count + other.count
        shift = other.mean - self.mean
        between = np.outer(shift, shift) * (self.count * other.count / count)
        return Moments(
            count,
            self.mean + shift * (other.count / count),
            self.scatter + other.scatter + between,
        )

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance, of shape `(features, features)`."""
        return self.scatter / (self.count - 1)

    @cached_property
    def root(self) -> np.ndarray:
        """The symmetric root of the covariance."""
        values, vectors = np.linalg.eigh(self.covariance)
        return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def frechet_distance(first: Moments, second: Moments) -> float:
    """Frechet distance between normal distributions with these moments, squared as FID is.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (2017,
    https://arxiv.org/abs/1706.08500). The trace of the root of the covariances' product is taken
    from a symmetric matrix with the same eigenvalues, so that singular covariances, of fewer rows
    than features, need nothing added to them.

    Args:
        first: moments of at least two rows.
        second: moments of at least two rows of as many features.

    Returns:
        A number that is 0 for equal moments; it falls as counts grow, so that only distances of
        equal counts compare.

    Raises:
        ValueError: if there are fewer than two rows, or the features differ in number.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(frechet_distance(Moments.from_features(rows), Moments.from_features(rows + [1, 0, 2])), 6)
    5.0
    """
    if min(first.count, second.count) < 2 or first.mean.shape != second.mean.shape:
        raise ValueError(
            "A Frechet distance needs two rows or more of the same features. Received: "
            f"{first.count} of shape {first.mean.shape} and {second.count} of shape "
            f"{second.mean.shape}. Use the same features and more images."
        )
    products = np.linalg.eigvalsh(first.root @ second.covariance @ first.root)
    difference = first.mean - second.mean
    distance = (
        difference @ difference
        + np.trace(first.covariance)
        + np.trace(second.covariance)
        - 2.0 * np.sqrt(np.clip(products, 0.0, None)).sum()
    )
    return max(float(distance), 0.0)
