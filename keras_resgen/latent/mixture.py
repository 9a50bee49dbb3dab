"""Normal distributions and mixtures of them, fitted to codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from scipy.special import ndtri

RIDGE = 1e-4  # share of the mean variance that is added to every variance
ITERATIONS = 100


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """A mixture of normal distributions with full covariances.

    An autoencoder's codes follow no prior, and draws of a standard normal distribution decode to
    nothing in particular; draws of what its codes do follow decode to images like those it knows:
    Ghosh et al., "From Variational to Deterministic Autoencoders" (2020,
    https://arxiv.org/abs/1903.12436), section 4.

    Attributes:
        weights: of the components, of shape `(components,)`, adding up to 1.
        means: array of shape `(components, latent_dim)`.
        roots: lower triangular roots of the covariances, `(components, latent_dim, latent_dim)`.
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray

    @property
    def noise_dim(self) -> int:
        """How much noise a latent vector takes: one number more chooses among components."""
        return self.means.shape[1] + (len(self.weights) > 1)

    def transform(self, noise: Any) -> Any:
        """Maps standard normal noise to latent vectors, in operations of any Keras backend.

        Args:
            noise: of shape `(count, noise_dim)`.

        Returns:
            A tensor of shape `(count, latent_dim)`.

        Example:

        >>> prior = fit_gaussian(np.array([[1.0, 2.0], [3.0, 4.0]]))
        >>> ops.convert_to_numpy(prior.transform(ops.zeros((1, 2)))).tolist()
        [[2.0, 3.0]]
        """
        components, latent_dim = self.means.shape
        means, roots = self.means.astype("float32"), self.roots.astype("float32")
        if components == 1:
            return ops.matmul(noise, roots[0].T) + means[0]
        # Bounds of each component's share among standard normal numbers.
        bounds = ndtri(np.cumsum(self.weights)[:-1]).astype("float32")
        above = ops.cast(noise[:, :1] > np.append(np.float32(-np.inf), bounds), "float32")
        below = ops.cast(noise[:, :1] <= np.append(bounds, np.float32(np.inf)), "float32")
        chosen = ops.reshape(above * below, (-1, components, 1))
        # One product for all components, which runtimes do faster than many small ones.
        spread = ops.matmul(noise[:, 1:], np.concatenate(roots, axis=0).T)
        return ops.sum(chosen * (ops.reshape(spread, (-1, components, latent_dim)) + means), axis=1)

    def draw(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws latent vectors.

        Args:
            count: how many.
            seed: the same seed gives the same vectors.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Example:

        >>> fit_gaussian(np.random.default_rng(0).normal(size=(50, 3))).draw(2).shape
        (2, 3)
        """
        return draw_by_noise(self, count, seed)

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """Returns the logarithm of the density at codes, of shape `(count,)`."""
        return np.logaddexp.reduce(self._log_joint(np.asarray(codes, "float64")), axis=1)

    def _log_joint(self, codes: np.ndarray) -> np.ndarray:
        """Of code and component, of shape `(count, components)`."""
        columns = []
        for weight, mean, root in zip(self.weights, self.means, self.roots, strict=True):
            scaled = np.linalg.solve(root, (codes - mean).T)
            size = codes.shape[1] * np.log(2.0 * np.pi) + 2.0 * np.log(np.diag(root)).sum()
            columns.append(np.log(weight) - 0.5 * (np.square(scaled).sum(axis=0) + size))
        return np.stack(columns, axis=1)


def draw_by_noise(prior: Any, count: int, seed: int) -> np.ndarray:
    """Returns a prior's latent vectors of noise that numpy draws.

    Args:
        prior: with `noise_dim` and `transform`.
        count: how many.
        seed: of the noise.

    Example:

    >>> draw_by_noise(fit_gaussian(np.eye(3)), count=2, seed=0).shape
    (2, 3)
    """
    noise = np.random.default_rng(seed).standard_normal((count, prior.noise_dim), "float32")
    return ops.convert_to_numpy(prior.transform(noise))


def fit_gaussian(codes: np.ndarray) -> GaussianMixture:
    """Fits one normal distribution.

    Args:
        codes: array of shape `(count, latent_dim)`, of two rows at least.

    Raises:
        ValueError: if there are fewer.

    Example:

    >>> prior = fit_gaussian(np.random.default_rng(0).normal(size=(5000, 2)) * [1.0, 3.0])
    >>> bool(np.abs(prior.roots[0] - np.diag([1.0, 3.0])).max() < 0.2)
    True
    """
    codes = _checked(codes, 1)
    return _mixture(codes, np.ones((len(codes), 1)))


def fit_mixture(codes: np.ndarray, components: int = 10, seed: int = 0) -> GaussianMixture:
    """Fits a mixture of normal distributions by expectation maximization.

    Dempster, Laird and Rubin, "Maximum Likelihood from Incomplete Data via the EM Algorithm"
    (1977), from the clusters of a few rounds of k-means++ (Arthur and Vassilvitskii, 2007).

    Args:
        codes: array of shape `(count, latent_dim)`, of two rows for each component at least.
        components: how many.
        seed: of the start.

    Raises:
        ValueError: if there are fewer rows, or no component.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat([[0.0], [9.0]], 200, 0)
    >>> sorted(abs(fit_mixture(codes, components=2).means[:, 0]).round().tolist())
    [0.0, 9.0]
    """
    codes = _checked(codes, components)
    shares = _clusters(codes, components, np.random.default_rng(seed))
    mixture, before = _mixture(codes, shares), -np.inf
    for _ in range(ITERATIONS):
        joint = mixture._log_joint(codes)
        totals = np.logaddexp.reduce(joint, axis=1)
        if abs(totals.mean() - before) < 1e-5:
            break
        before = totals.mean()
        mixture = _mixture(codes, np.exp(joint - totals[:, None]))
    return mixture


def _clusters(codes: np.ndarray, components: int, generator: np.random.Generator) -> np.ndarray:
    """Which cluster each code is in, as rows of 0 and 1."""
    centers = codes[generator.integers(len(codes))][None]
    for _ in range(components - 1):
        # Far codes are likelier to begin a cluster; all alike if no code is away from a center.
        nearest = _squared_distances(codes, centers).min(axis=1) + 1e-12
        chosen = generator.choice(len(codes), p=nearest / nearest.sum())
        centers = np.concatenate([centers, codes[chosen][None]])
    for _ in range(10):
        shares = np.eye(components)[_squared_distances(codes, centers).argmin(axis=1)]
        counts = shares.sum(axis=0)[:, None]
        centers = np.where(counts, shares.T @ codes / np.maximum(counts, 1.0), centers)
    return shares


def _squared_distances(codes: np.ndarray, centers: np.ndarray) -> np.ndarray:
    lengths = np.square(codes).sum(axis=1)[:, None] + np.square(centers).sum(axis=1)
    return np.maximum(lengths - 2.0 * codes @ centers.T, 0.0)


def _mixture(codes: np.ndarray, shares: np.ndarray) -> GaussianMixture:
    """A likely mixture where each code belongs to components by these shares."""
    counts = np.maximum(shares.sum(axis=0), 1e-3)
    means = shares.T @ codes / counts[:, None]
    ridge = RIDGE * codes.var(axis=0).mean() + 1e-12
    roots = []
    for share, mean, count in zip(shares.T, means, counts, strict=True):
        centered = codes - mean
        covariance = (centered * share[:, None]).T @ centered
        # As if one more code were spread like all: a component of few codes stays a distribution.
        covariance = (covariance + np.diag(codes.var(axis=0))) / (count + 1.0)
        roots.append(np.linalg.cholesky(covariance + ridge * np.eye(len(mean))))
    return GaussianMixture(counts / counts.sum(), means, np.stack(roots))


def _checked(codes: np.ndarray, components: int) -> np.ndarray:
    codes = np.asarray(codes, "float64")
    if codes.ndim != 2 or components < 1 or len(codes) < 2 * components:
        raise ValueError(
            "A distribution is fitted to codes of shape (count, latent_dim), two for each "
            f"component at least. Received: shape {codes.shape} and {components} component(s). "
            "Encode more images."
        )
    return codes
