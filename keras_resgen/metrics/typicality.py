"""Whether an image looks like one of a kind, by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-3  # share of the mean variance that is added to every variance
LEFT_OUT = 0.005  # of real images, at each end


@dataclass(frozen=True, eq=False)
class Typicality:
    """Says of single images whether their features are as far from the mean as real ones are.

    By Mahalanobis distance, as in Lee et al., "A Simple Unified Framework for Detecting
    Out-of-Distribution Samples" (2018, https://arxiv.org/abs/1807.03888). Images too near to the
    mean are as untypical as those too far away. The nearest neighbours behind `precision` take
    images for real that lie amid all real ones and resemble none, as the grey ghosts do that an
    autoencoder decodes from draws of a normal distribution.

    Attributes:
        mean: of real features, of shape `(features,)`.
        precision: inverse of their covariance, of shape `(features, features)`.
        nearest: distance from which on images are typical.
        farthest: distance up to which they are.
    """

    mean: np.ndarray
    precision: np.ndarray
    nearest: float
    farthest: float

    @classmethod
    def of(cls, rows: np.ndarray, others: np.ndarray) -> Typicality:
        """Learns from real images what is typical.

        Args:
            rows: features of shape `(n, features)`, more than features at best.
            others: features of other real images, of shape `(m, features)`, 99 % of which are
                typical by definition.

        Example:

        >>> rows = np.random.default_rng(0).normal(size=(3, 500, 4))
        >>> typical = Typicality.of(rows[0], rows[1])
        >>> typical.share(rows[2]) > 0.95, typical.share(5.0 * rows[2]) < 0.2
        (True, True)
        """
        rows = np.asarray(rows, "float64")
        covariance = np.atleast_2d(np.cov(rows.T))
        ridge = (RIDGE * np.trace(covariance) / len(covariance) + 1e-12) * np.eye(len(covariance))
        mean, precision = rows.mean(axis=0), np.linalg.inv(covariance + ridge)
        distances = _distances(np.asarray(others, "float64"), mean, precision)
        nearest, farthest = np.quantile(distances, [LEFT_OUT, 1.0 - LEFT_OUT])
        return cls(mean, precision, float(nearest), float(farthest))

    def share(self, rows: np.ndarray) -> float:
        """Returns the share of typical images.

        Args:
            rows: features of shape `(count, features)`.
        """
        distances = _distances(np.asarray(rows, "float64"), self.mean, self.precision)
        return float(((distances >= self.nearest) & (distances <= self.farthest)).mean())


def _distances(rows: np.ndarray, mean: np.ndarray, precision: np.ndarray) -> np.ndarray:
    away = rows - mean
    return np.sqrt(np.einsum("ij,jk,ik->i", away, precision, away, optimize=True))
