"""Mean and covariance of features, and the Frechet distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and covariance of features in float64, which can be added over batches.

    Attributes:
        count: number of rows.
        mean: array of shape `(features,)`.
        scatter: sum of the outer products of centered rows, of shape `(features, features)`.

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
        """Return the moments of features of shape `(count, features)`, with at least one row."""
        rows = np.asarray(rows, "float64")
        mean = rows.mean(axis=0)
        centered = rows - mean
        return cls(len(rows), mean, centered.T @ centered)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of the rows of both (Chan, Golub and LeVeque, 1983)."""
        count = self.count + other.count
        shift = other.mean - self.mean
        between = np.outer(shift, shift) * (self.count * other.count / count)
        return Moments(
            count,
            self.mean + shift * (other.count / count),
            self.scatter + other.scatter + between,
        )

    def __repr__(self) -> str:
        """Return the counts, without the arrays."""
        return f"Moments(count={self.count}, features={len(self.mean)})"

    @property
    def covariance(self) -> np.ndarray:
        """The unbiased covariance, of shape `(features, features)`."""
        return self.scatter / (self.count - 1)

    @cached_property
    def root(self) -> np.ndarray:
        """The symmetric square root of the covariance."""
        values, vectors = np.linalg.eigh(self.covariance)
        return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def frechet_distance(first: Moments, second: Moments) -> float:
    """Return the squared Frechet distance of normal distributions with these moments, as FID.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (2017,
    https://arxiv.org/abs/1706.08500). The trace of the square root of the product of covariances
    is computed from a symmetric matrix with the same eigenvalues, so that singular covariances, of
    fewer rows than features, need no regularization.

    Args:
        first: moments of at least two rows.
        second: moments of at least two rows of as many features.

    Returns:
        A number of 0 or more, 0 for equal moments. It is biased upwards, less so for larger
        counts: compare distances of equal counts only.

    Raises:
        ValueError: if there are fewer than two rows, or the numbers of features differ.

    Example:

    >>> rows = np.random.default_rng(0).normal(size=(100, 3))
    >>> moments, moved = Moments.from_features(rows), Moments.from_features(rows + [1, 0, 2])
    >>> round(frechet_distance(moments, moved), 6)
    5.0
    """
    if min(first.count, second.count) < 2 or first.mean.shape != second.mean.shape:
        raise ValueError(
            "Expected at least two rows each, with the same number of features. Received: "
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
