"""Interpolation between latent vectors."""

from collections.abc import Callable
from typing import Any

import numpy as np


def linear(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Return points at equal distances on the straight line between two vectors.

    Args:
        start: array of shape `(latent_dim,)`.
        end: array of the same shape.
        steps: number of points, including the two ends.

    Returns:
        An array of shape `(steps, latent_dim)`.

    Raises:
        ValueError: if the shapes differ or there are fewer than 2 steps.

    Example:

    >>> linear(np.zeros(1), np.ones(1), 3).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    _check(start, end, steps)
    share = _shares(start, end, steps)
    return (1 - share) * start + share * end


def spherical(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Return points at equal angles on the arc between two vectors.

    Samples of a normal distribution in many dimensions lie near a sphere, and so does the arc, but
    not the straight line: White, "Sampling Generative Networks" (2016,
    https://arxiv.org/abs/1609.04468).

    Args:
        start: array of shape `(latent_dim,)`.
        end: array of the same shape.
        steps: number of points, including the two ends.

    Returns:
        An array of shape `(steps, latent_dim)`; the straight line where the vectors are parallel
        or one is zero.

    Raises:
        ValueError: if the shapes differ or there are fewer than 2 steps.

    Example:

    >>> spherical(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3)[1].round(4).tolist()
    [0.7071, 0.7071]
    """
    _check(start, end, steps)
    norms = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = np.clip(start @ end / norms, -1.0, 1.0) if norms else 1.0
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-6:
        return linear(start, end, steps)
    share = _shares(start, end, steps)
    arc = np.sin((1 - share) * angle) * start + np.sin(share * angle) * end
    return (arc / np.sin(angle)).astype(share.dtype)


def interpolate(
    model: Any, points: np.ndarray, steps: int, attributes: np.ndarray | None = None
) -> np.ndarray:
    """Return images of interpolations between pairs of latent vectors.

    Interpolation is linear between the codes of an encoder, and spherical between samples of the
    prior of a model without one.

    Args:
        model: a model with `has_encoder` and `generate`, see `keras_resgen.models`.
        points: float array of shape `(2 * pairs, latent_dim)`: alternating starts and ends.
        steps: images from each start to its end, including both.
        attributes: attributes of each point, of shape `(2 * pairs, attributes)`, for a conditional
            model; they are interpolated linearly.

    Returns:
        A float32 array of shape `(pairs * steps, size, size, channels)` in [0, 1].

    Raises:
        ValueError: if there are fewer than 2 steps, or the number of points is odd.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> interpolate(model, model.draw_latents(2), steps=3).shape
    (3, 32, 32, 3)
    """
    if not len(points) or len(points) % 2:
        raise ValueError(
            f"points must alternate starts and ends. Received: {len(points)} points. "
            "Give two for each path."
        )
    path = linear if model.has_encoder else spherical

    def along_pairs(ends: np.ndarray, path: Callable[..., np.ndarray]) -> np.ndarray:
        pairs = zip(ends[::2], ends[1::2], strict=True)
        return np.concatenate([path(start, end, steps) for start, end in pairs])

    condition = None if attributes is None else along_pairs(attributes, linear)
    return model.generate(along_pairs(points, path), condition)


def _shares(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Shares from 0 to 1 in equal steps, in the vectors' dtype if they are floats."""
    return np.linspace(0.0, 1.0, steps, dtype=np.result_type(start, end, np.float32))[:, None]


def _check(start: np.ndarray, end: np.ndarray, steps: int) -> None:
    if start.shape != end.shape or start.ndim != 1:
        raise ValueError(
            "start and end must be vectors of one length. "
            f"Received: shapes {start.shape} and {end.shape}. Give two codes of the same model."
        )
    if steps < 2:
        raise ValueError(f"steps must be 2 or more. Received: {steps!r}. The ends count.")
