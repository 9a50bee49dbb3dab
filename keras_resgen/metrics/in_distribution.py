"""In-distribution shares by Mahalanobis distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROWS = 10  # needed for each principal component
SMALLEST = 1e-4  # standard deviation of a component relative to that of the first
LEFT_OUT = 0.005  # share of real images outside the range, at each end


@dataclass(frozen=True, eq=False)
class DistanceRange:
    """The range of Mahalanobis distances of real images from their mean.

    An image is in-distribution if its distance is within the range, as in Lee et al., "A Simple
    Unified Framework for Detecting Out-of-Distribution Samples" (2018,
    https://arxiv.org/abs/1807.03888). Images too close to the mean are out of distribution, too:
    `precision`, which goes by nearest neighbors, accepts the gray averages that an autoencoder
    decodes from draws of a normal distribution.

    Attributes:
        mean: mean of real features, of shape `(features,)`.
        scaled_axes: principal components divided by their standard deviations, of shape
            `(features, components)`.
        nearest: smallest distance of in-distribution images.
        farthest: largest distance of in-distribution images.
    """

    mean: np.ndarray
    scaled_axes: np.ndarray
    nearest: float
    farthest: float

    @classmethod
    def fit(cls, rows: np.ndarray, others: np.ndarray) -> DistanceRange:
        """Fit the range to real images.

        Args:
            rows: features of shape `(n, features)`, which define mean and covariance. The first
                `n / 10` principal components are used, since the variance of one is estimated from
                ten rows.
            others: features of other real images, of shape `(m, features)`, 99 % of which are to
                be in-distribution.

        Raises:
            ValueError: if there are fewer than ten rows, or no others.

        Example:

        >>> rows = np.random.default_rng(0).normal(size=(3, 500, 4))
        >>> real = DistanceRange.fit(rows[0], rows[1])
        >>> real.share(rows[2]) > 0.95, real.share(5.0 * rows[2]) < 0.2
        (True, True)
        """
        if len(rows) < ROWS or not len(others):
            raise ValueError(
                f"Expected at least {ROWS} images to fit to, and one other. Received: "
                f"{len(rows)} and {len(others)}. Use more images."
            )
        rows = np.asarray(rows, "float64")
        mean = rows.mean(axis=0)
        _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
        deviations = singular / np.sqrt(len(rows) - 1)
        known = min(len(rows) // ROWS, int((deviations > SMALLEST * deviations[0]).sum()))
        scaled = axes[:known].T / np.maximum(deviations[:known], 1e-12)
        distances = _distances(others, mean, scaled)
        nearest, farthest = np.quantile(distances, [LEFT_OUT, 1.0 - LEFT_OUT])
        return cls(mean, scaled, float(nearest), float(farthest))

    def __repr__(self) -> str:
        """Return the range, without the arrays."""
        return f"DistanceRange(nearest={self.nearest:.3g}, farthest={self.farthest:.3g})"

    def share(self, rows: np.ndarray) -> float:
        """Return the share of in-distribution images.

        Args:
            rows: features of shape `(count, features)`.
        """
        distances = _distances(rows, self.mean, self.scaled_axes)
        return float(((distances >= self.nearest) & (distances <= self.farthest)).mean())


def _distances(rows: np.ndarray, mean: np.ndarray, scaled_axes: np.ndarray) -> np.ndarray:
    return np.linalg.norm((np.asarray(rows, "float64") - mean) @ scaled_axes, axis=1)
