"""Directions that depend on where in the latent space an image is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CONTEXT = 8  # leading principal components; at most half of the dimensions
RIDGE = 1.0  # weight of the squared slopes beside the squared errors of all rows


@dataclass(frozen=True, eq=False)
class ContextualDirection:
    """The step that changes an attribute, as a linear function of the code it starts from.

    Where a face is, how large it is and which way it looks, are what codes differ in most, and
    where eyeglasses go depends on it: one step for all faces makes a little of them everywhere.

    Attributes:
        mean: of the codes, of shape `(latent_dim,)`.
        components: array of shape `(latent_dim, context)`: a code's context is how far it is from
            the mean along these.
        steps: array of shape `(1 + context, latent_dim)`: the step from the mean, and what each
            number of the context adds to it.
    """

    mean: np.ndarray
    components: np.ndarray
    steps: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a step: `(latent_dim,)`, as that of a direction that is the same for all codes."""
        return self.mean.shape

    def at(self, codes: np.ndarray) -> np.ndarray:
        """Returns the step from each code, of shape `(count, latent_dim)`.

        Args:
            codes: array of shape `(count, latent_dim)`.
        """
        return self.steps[0] + (codes - self.mean) @ self.components @ self.steps[1:]


def contextual_direction(codes: np.ndarray, labels: np.ndarray) -> ContextualDirection:
    """Fits the step to an attribute from codes in the same context.

    Codes of images with the attribute, and those of images without it, are each regressed on their
    8 leading principal components; the step is the difference of the two. Along those components
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
    mean = codes.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.atleast_2d(np.cov(codes.T)))
    count = min(CONTEXT, codes.shape[1] // 2)
    leading = vectors[:, ::-1][:, :count]
    components = leading / np.sqrt(np.maximum(variances[::-1][:count], 1e-12))

    def regressed(rows: np.ndarray) -> np.ndarray:
        x = np.column_stack([np.ones(len(rows)), (rows - mean) @ components])
        penalty = RIDGE * np.eye(x.shape[1])
        penalty[0, 0] = 0.0
        return np.linalg.solve(x.T @ x + penalty, x.T @ (rows - mean))

    steps = regressed(codes[labels]) - regressed(codes[~labels])
    steps -= steps @ leading @ leading.T
    gap = codes[labels].mean(axis=0) - codes[~labels].mean(axis=0)
    steps[0] += leading @ (leading.T @ gap)
    return ContextualDirection(*(part.astype("float32") for part in (mean, components, steps)))
