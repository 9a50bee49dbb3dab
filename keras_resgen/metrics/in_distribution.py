"""Whether an image looks like one of a kind, by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROWS = 10  # for each component
SMALLEST = 1e-4  # deviation of a component, of that of the first
LEFT_OUT = 0.005  # of real images, at each end


@dataclass(frozen=True, eq=False)
class DistanceRange:
    """Says of single images whether their features are as far from the mean as real ones are.

    By Mahalanobis distance, as in Lee et al., "A Simple Unified Framework for Detecting
    Out-of-Distribution Samples" (2018, https://arxiv.org/abs/1807.03888). Images too near to the
    mean are as untypical as those too far away. The nearest neighbors behind `precision` take
    images for real that lie amid all real ones and resemble none, as the gray ghosts do that an
    autoencoder decodes from draws of a normal distribution.

    Attributes:
        mean: of real features, of shape `(features,)`.
        scaled_axes: principal components over their deviations, of shape `(features, components)`.
        nearest: distance from which on images are typical.
        farthest: distance up to which they are.
    """

    mean: np.ndarray
    scaled_axes: np.ndarray
    nearest: float
    farthest: float

    @classmethod
    def fit(cls, rows: np.ndarray, others: np.ndarray) -> DistanceRange:
        """Learns from real images what is typical.

        Args:
            rows: features of shape `(n, features)`. Ten for each component are needed to know how
                far images are spread along it: of the components the first `n / 10` are looked at.
            others: features of other real images, of shape `(m, features)`, of which 99 % are to
                be typical.

        Raises:
            ValueError: if there are fewer than ten rows, or no others.

        Example:

        >>> rows = np.random.default_rng(0).normal(size=(3, 500, 4))
        >>> typical = DistanceRange.fit(rows[0], rows[1])
        >>> typical.share(rows[2]) > 0.95, typical.share(5.0 * rows[2]) < 0.2
        (True, True)
        """
        if len(rows) < ROWS or not len(others):
            raise ValueError(
                f"What is typical is learned from {ROWS} images or more, and one other. Received: "
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

    def share(self, rows: np.ndarray) -> float:
        """Returns the share of typical images.

        Args:
            rows: features of shape `(count, features)`.
        """
        distances = _distances(rows, self.mean, self.scaled_axes)
        return float(((distances >= self.nearest) & (distances <= self.farthest)).mean())


def _distances(rows: np.ndarray, mean: np.ndarray, scaled_axes: np.ndarray) -> np.ndarray:
    return np.linalg.norm((np.asarray(rows, "float64") - mean) @ scaled_axes, axis=1)
