"""The linear autoencoder that others are to be compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def component_directions(codes: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Returns the directions in which codes vary most, which nobody had to name.

    Args:
        codes: array of shape `(rows, latent_dim)`, of two rows at least.
        count: how many; the latent dimensions at most.

    Returns:
        Float32 arrays of shape `(latent_dim,)`, as long as a deviation along them, by the names
        `Component_1`, `Component_2` and so on.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(5000, 3)) * [1.0, 4.0, 2.0]
    >>> float(component_directions(codes, 1)["Component_1"].max().round())
    4.0
    """
    variances, vectors = np.linalg.eigh(np.atleast_2d(np.cov(np.asarray(codes, "float64").T)))
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(len(largest))])  # which are nobody's choice
    scaled = vectors * signs * np.sqrt(np.maximum(variances, 0.0))
    leading = scaled.T[::-1][:count].astype("float32")
    return {f"Component_{i}": direction for i, direction in enumerate(leading, start=1)}


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """Encodes images by their principal components, as no linear model can do better.

    It has `encode`, `generate` and `reconstruct` like the models of `keras_resgen.models`, so that
    `edit`, `sweep` and `walk` work on it.

    Attributes:
        mean: image of shape `(size, size, channels)`.
        components: array of shape `(latent_dim, size * size * channels)`, orthonormal rows.
        deviations: of the training images' codes, of shape `(latent_dim,)`, by which codes are
            divided.

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
        """Finds the components of images.

        Args:
            images: float array of shape `(count, size, size, channels)` in [0, 1].
            latent_dim: how many components; fewer than images, and no more than pixels.

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
        mean = rows.mean(axis=0)
        centered = rows - mean
        # The smaller of the two matrices of products has the same eigenvalues.
        if len(rows) < rows.shape[1]:
            values, vectors = np.linalg.eigh(centered @ centered.T)
            components = vectors.T[::-1][:latent_dim] @ centered
            components /= np.linalg.norm(components, axis=1, keepdims=True)
        else:
            values, vectors = np.linalg.eigh(centered.T @ centered)
            components = vectors.T[::-1][:latent_dim]
        variances = np.maximum(values[::-1][:latent_dim], 0.0) / (len(rows) - 1)
        return cls(
            mean.reshape(images.shape[1:]).astype("float32"),
            components.astype("float32"),
            np.sqrt(np.maximum(variances, 1e-12)).astype("float32"),
        )

    @property
    def latent_dim(self) -> int:
        """Length of a code."""
        return len(self.components)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Returns codes of unit variance, of shape `(count, latent_dim)`."""
        rows = (np.asarray(images, "float32") - self.mean).reshape(len(images), -1)
        return rows @ self.components.T / self.deviations

    def generate(self, latents: np.ndarray, attributes: None = None) -> np.ndarray:
        """Returns images in [0, 1]."""
        rows = (np.asarray(latents, "float32") * self.deviations) @ self.components
        return np.clip(rows.reshape(-1, *self.mean.shape) + self.mean, 0.0, 1.0)

    def reconstruct(self, images: np.ndarray) -> np.ndarray:
        """Returns what the components keep of images."""
        return self.generate(self.encode(images))
