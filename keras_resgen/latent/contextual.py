"""Directions that depend on where in the latent space an image is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CONTEXT = 8  # leading principal components; at most half of the dimensions
RIDGE = 1.0  # L2 penalty of the slopes


@dataclass(frozen=True, eq=False)
class ContextualDirection:
    """The step that changes an attribute, as a linear function of the code that it starts from.

    Codes differ most in the position, size and orientation of a face, and the place of eyeglasses
    depends on these: one step for all faces puts faint eyeglasses everywhere.

    Attributes:
        mean: mean of the codes, of shape `(latent_dim,)`.
        components: array of shape `(latent_dim, context)`: the context of a code is its distance
            from the mean along these.
        steps: array of shape `(1 + context, latent_dim)`: the step from the mean, and the change
            of it per unit of each number of the context.
    """

    mean: np.ndarray
    components: np.ndarray
    steps: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a step, `(latent_dim,)`, as of a direction that is equal for all codes."""
        return self.mean.shape

    def at(self, codes: np.ndarray) -> np.ndarray:
        """Return the step from each code, of shape `(count, latent_dim)`.

        Args:
            codes: array of shape `(count, latent_dim)`.
        """
        return self.steps[0] + (codes - self.mean) @ self.components @ self.steps[1:]


def contextual_direction(codes: np.ndarray, labels: np.ndarray) -> ContextualDirection:
    """Fit the step to an attribute as a function of the context.

    The codes of images with the attribute, and those without it, are each regressed on the 8
    leading principal components; the step is the difference of the two. Along these components
    themselves it is the difference of means.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean array of shape `(count,)`, of both values.

    Example:

    >>> generator = np.random.default_rng(0)
    >>> labels, pose = generator.random(500) < 0.5, generator.normal(size=500)
    >>> codes = np.column_stack([5 * pose, labels * pose])
    >>> direction = contextual_direction(codes, labels)
    >>> direction.at(np.array([[10.0, 0.0], [-10.0, 0.0]]))[:, 1].round().tolist()
    [2.0, -2.0]
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge

    mean = codes.mean(axis=0)
    fitted = PCA(min(CONTEXT, codes.shape[1] // 2, len(codes))).fit(codes)
    leading = fitted.components_.T
    components = leading / np.sqrt(np.maximum(fitted.explained_variance_, 1e-12))

    def regress(rows: np.ndarray) -> np.ndarray:
        centered = rows - mean
        if not components.size:  # one dimension has no context
            return centered.mean(axis=0, keepdims=True)
        regression = Ridge(RIDGE, solver="cholesky").fit(centered @ components, centered)
        return np.vstack([regression.intercept_, regression.coef_.T])

    steps = regress(codes[labels]) - regress(codes[~labels])
    steps -= steps @ leading @ leading.T
    gap = codes[labels].mean(axis=0) - codes[~labels].mean(axis=0)
    steps[0] += leading @ (leading.T @ gap)
    return ContextualDirection(*(part.astype("float32") for part in (mean, components, steps)))
