"""Normal distributions and mixtures of them, fitted to codes."""

from __future__ import annotations

import warnings
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

    The codes of an autoencoder follow no prior, and samples of a standard normal distribution
    decode to images of nothing. Samples of a distribution fitted to the codes decode to images like
    the training images: Ghosh et al., "From Variational to Deterministic Autoencoders" (2020,
    https://arxiv.org/abs/1903.12436), section 4.

    Attributes:
        weights: weights of the components, of shape `(components,)`; their sum is 1.
        means: array of shape `(components, latent_dim)`.
        roots: lower triangular roots of the covariances, `(components, latent_dim, latent_dim)`.
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray

    @property
    def noise_dim(self) -> int:
        """Length of the noise of a latent vector: one more number chooses the component."""
        return self.means.shape[1] + (len(self.weights) > 1)

    def transform(self, noise: Any) -> Any:
        """Map standard normal noise to latent vectors, in operations of any Keras backend.

        Args:
            noise: array of shape `(count, noise_dim)`.

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
        """Draw latent vectors.

        Args:
            count: number of latent vectors.
            seed: the same seed gives the same vectors.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Example:

        >>> fit_gaussian(np.random.default_rng(0).normal(size=(50, 3))).draw(2).shape
        (2, 3)
        """
        return draw_by_noise(self, count, seed)

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density at codes, of shape `(count,)`."""
        return np.logaddexp.reduce(self._log_joint(np.asarray(codes, "float64")), axis=1)

    def _log_joint(self, codes: np.ndarray) -> np.ndarray:
        """Log-density of codes and components together, of shape `(count, components)`."""
        columns = []
        for weight, mean, root in zip(self.weights, self.means, self.roots, strict=True):
            scaled = np.linalg.solve(root, (codes - mean).T)
            size = codes.shape[1] * np.log(2.0 * np.pi) + 2.0 * np.log(np.diag(root)).sum()
            columns.append(np.log(weight) - 0.5 * (np.square(scaled).sum(axis=0) + size))
        return np.stack(columns, axis=1)


def draw_by_noise(prior: Any, count: int, seed: int) -> np.ndarray:
    """Map noise of numpy's generator to latent vectors of a prior.

    Args:
        prior: a prior with `noise_dim` and `transform`.
        count: number of latent vectors.
        seed: seed of the noise.

    Example:

    >>> draw_by_noise(fit_gaussian(np.eye(3)), count=2, seed=0).shape
    (2, 3)
    """
    noise = np.random.default_rng(seed).standard_normal((count, prior.noise_dim), "float32")
    return ops.convert_to_numpy(prior.transform(noise))


def fit_gaussian(codes: np.ndarray) -> GaussianMixture:
    """Fit one normal distribution.

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
    return _estimate_mixture(codes, np.ones((len(codes), 1)))


def fit_mixture(codes: np.ndarray, components: int = 10, seed: int = 0) -> GaussianMixture:
    """Fit a mixture of normal distributions by variational inference.

    Blei and Jordan, "Variational Inference for Dirichlet Process Mixtures" (2006,
    https://doi.org/10.1214/06-BA104), as scikit-learn computes it from clusters of k-means. Its
    prior keeps covariances near that of all codes, without which components of few codes would
    describe these codes only. The covariances returned are those of the codes of each component and
    one more, spread like all codes.

    Args:
        codes: array of shape `(count, latent_dim)`, of two rows for each component at least.
        components: number of components.
        seed: seed of the clusters.

    Raises:
        ValueError: if there are fewer rows, or no component.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat([[0.0], [9.0]], 200, 0)
    >>> sorted(abs(fit_mixture(codes, components=2).means[:, 0]).round().tolist())
    [0.0, 9.0]
    """
    # Imported here, since commands that fit nothing need not wait for it.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture
    from threadpoolctl import threadpool_limits

    codes = _checked(codes, components)
    mixture = BayesianGaussianMixture(
        n_components=components,
        weight_concentration_prior_type="dirichlet_distribution",
        covariance_prior=np.diag(codes.var(axis=0) + _ridge(codes)),
        reg_covar=_ridge(codes),
        tol=1e-4,
        max_iter=ITERATIONS,
        random_state=seed,
    )
    # Threads of k-means add up in any order, and results would differ in their last bits.
    with warnings.catch_warnings(), threadpool_limits(1, user_api="openmp"):
        # Codes may be equal, and a mixture that has not converged is one all the same.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(codes)
    return _estimate_mixture(codes, mixture.predict_proba(codes))


def _ridge(codes: np.ndarray) -> float:
    """The variance that is added to every dimension."""
    return RIDGE * codes.var(axis=0).mean() + 1e-12


def _estimate_mixture(codes: np.ndarray, shares: np.ndarray) -> GaussianMixture:
    """Return the mixture of codes that belong to the components by these shares."""
    counts = np.maximum(shares.sum(axis=0), 1e-3)
    means = shares.T @ codes / counts[:, None]
    roots = []
    for share, mean, count in zip(shares.T, means, counts, strict=True):
        centered = codes - mean
        covariance = (centered * share[:, None]).T @ centered
        # As if one more code were spread like all codes, see `fit_mixture`.
        covariance = (covariance + np.diag(codes.var(axis=0))) / (count + 1.0)
        roots.append(np.linalg.cholesky(covariance + _ridge(codes) * np.eye(len(mean))))
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
