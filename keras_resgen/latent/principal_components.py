"""The linear autoencoder as a baseline for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def component_directions(codes: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Return the directions in which codes vary most.

    Args:
        codes: array of shape `(rows, latent_dim)`, of two rows at least.
        count: number of directions; the latent dimensions at most.

    Returns:
        Float32 arrays of shape `(latent_dim,)`, as long as a deviation along them, by the names
        `Component_1`, `Component_2` and so on.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(5000, 3)) * [1.0, 4.0, 2.0]
    >>> float(component_directions(codes, 1)["Component_1"].max().round())
    4.0
    """
    from sklearn.decomposition import PCA  # as in mixture.py

    codes = np.asarray(codes, "float64")
    fitted = PCA(min(count, *codes.shape)).fit(codes)
    scaled = fitted.components_ * np.sqrt(fitted.explained_variance_)[:, None]
    return {f"Component_{i}": row for i, row in enumerate(scaled.astype("float32"), start=1)}


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """An autoencoder of principal components, the best linear one.

    It has `encode`, `generate` and `reconstruct` like the models of `keras_resgen.models`, so that
    `edit`, `sweep` and `interpolate` work on it.

    Attributes:
        mean: image of shape `(size, size, channels)`.
        components: array of shape `(latent_dim, size * size * channels)`, orthonormal rows.
        deviations: standard deviations along the components, of shape `(latent_dim,)`, which codes
            are divided by.

    Example:

    >>> images = np.random.default_rng(0).random((20, 4, 4, 1)).astype("float32")
    >>> model = PrincipalComponents.fit(images, latent_dim=16)
    >>> bool(np.abs(model.reconstruct(images) - images).max() < 1e-4)
    True
    """

    mean: np.ndarray
    components: np.ndarray
    deviations: np.ndarray

    has_encoder = True

    @classmethod
    def fit(cls, images: np.ndarray, latent_dim: int) -> PrincipalComponents:
        """Fit the components of images.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            latent_dim: number of components; fewer than images, and no more than pixels.

        Raises:
            ValueError: if there are too few images or pixels.
        """
        rows = np.asarray(images, "float64").reshape(len(images), -1)
        if not 0 < latent_dim < len(rows) or latent_dim > rows.shape[1]:
            raise ValueError(
                f"latent_dim must be from 1 to {min(len(rows) - 1, rows.shape[1])}, since there "
                f"are {len(rows)} images of {rows.shape[1]} values. Received: {latent_dim}. "
                "Give more images, or fewer components."
            )
        from sklearn.decomposition import PCA

        # Exact, and several times as fast as a full decomposition where few components are left.
        solver = "arpack" if latent_dim < min(rows.shape) else "full"
        fitted = PCA(latent_dim, svd_solver=solver, random_state=0).fit(rows)
        return cls(
            fitted.mean_.reshape(images.shape[1:]).astype("float32"),
            fitted.components_.astype("float32"),
            np.sqrt(np.maximum(fitted.explained_variance_, 1e-12)).astype("float32"),
        )

    @property
    def latent_dim(self) -> int:
        """Length of a code."""
        return len(self.components)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Return codes of unit variance, of shape `(count, latent_dim)`."""
        rows = (np.asarray(images, "float32") - self.mean).reshape(len(images), -1)
        return rows @ self.components.T / self.deviations

    def generate(self, latents: np.ndarray, attributes: None = None) -> np.ndarray:
        """Return images in [0, 1]."""
        rows = (np.asarray(latents, "float32") * self.deviations) @ self.components
        return np.clip(rows.reshape(-1, *self.mean.shape) + self.mean, 0.0, 1.0)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Return the projection of images onto the components."""
        return self.generate(self.encode(images))
