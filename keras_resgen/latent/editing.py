"""Editing images by moving their codes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_resgen.latent.directions import Direction, step_at


def moved(
    codes: np.ndarray, directions: Mapping[str, Direction], strengths: Mapping[str, float]
) -> np.ndarray:
    """Move codes along several directions.

    Args:
        codes: array of shape `(count, latent_dim)`.
        directions: directions by name, see `fit_directions`.
        strengths: strength of each by name: 1 adds an attribute, -1 removes it.

    Returns:
        A float32 array of shape `(count, latent_dim)`.

    Raises:
        ValueError: for a name without a direction.

    Example:

    >>> moved(np.zeros((1, 2)), {"Smiling": np.array([1.0, 2.0])}, {"Smiling": 0.5}).tolist()
    [[0.5, 1.0]]
    """
    return np.asarray(codes + _step(codes, directions, strengths), "float32")


def edit(
    model: Any,
    images: np.ndarray,
    directions: Mapping[str, Direction],
    strengths: Mapping[str, float],
    *,
    keep_details: bool = False,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Change attributes of images by moving their codes.

    Args:
        model: a model with `encode` and `generate`, see `keras_resgen.models`.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        directions: see `fit_directions`.
        strengths: see `moved`.
        keep_details: whether the change of the reconstruction is added to the image itself, which
            keeps details that the model cannot reconstruct.
        attributes: attributes of the images, for a conditional model.

    Returns:
        A float32 array like `images`.

    Raises:
        ValueError: as `moved`.

    Example:

    >>> from keras_resgen.models import Autoencoder
    >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=2)
    >>> images = np.zeros((2, 32, 32, 3), "float32")
    >>> edit(model, images, {"Smiling": np.ones(8)}, {"Smiling": 1.0}).shape
    (2, 32, 32, 3)
    """
    codes = model.encode(images)
    edited = model.generate(moved(codes, directions, strengths), attributes)
    if not keep_details:
        return edited
    return np.clip(images + edited - model.generate(codes, attributes), 0.0, 1.0)


def sweep(
    model: Any,
    images: np.ndarray,
    directions: Mapping[str, Direction],
    strengths: Mapping[str, float],
    shares: np.ndarray,
    *,
    keep_details: bool = False,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Turn attributes of images gradually on, or off.

    Args:
        model: see `edit`.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        directions: see `fit_directions`.
        strengths: see `moved`.
        shares: array of shape `(steps,)`: shares of the strengths, from 0 to 1.
        keep_details: see `edit`.
        attributes: see `edit`.

    Returns:
        A float32 array of shape `(count, steps, size, size, channels)`.

    Example:

    >>> from keras_resgen.models import Autoencoder
    >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=2)
    >>> images = np.zeros((2, 32, 32, 3), "float32")
    >>> directions = {"Smiling": np.ones(8)}
    >>> sweep(model, images, directions, {"Smiling": 1.0}, np.linspace(0, 1, 5)).shape
    (2, 5, 32, 32, 3)
    """
    codes = model.encode(images)
    edited = sweep_codes(model, codes, directions, strengths, shares, attributes)
    if not keep_details:
        return edited
    change_from = model.generate(codes, attributes)[:, None]
    return np.clip(images[:, None] + edited - change_from, 0.0, 1.0)


def sweep_codes(
    model: Any,
    codes: np.ndarray,
    directions: Mapping[str, Direction],
    strengths: Mapping[str, float],
    shares: np.ndarray,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Turn attributes gradually on, or off, in the images of codes or samples of the prior.

    Args:
        model: a model with `generate`, see `keras_resgen.models`.
        codes: array of shape `(count, latent_dim)`.
        directions: see `fit_directions`.
        strengths: see `moved`.
        shares: see `sweep`.
        attributes: attributes of the images, for a conditional model.

    Returns:
        A float32 array of shape `(count, steps, size, size, channels)`.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=2)
    >>> directions, codes = {"Smiling": np.ones(8)}, model.draw_latents(2)
    >>> sweep_codes(model, codes, directions, {"Smiling": 1.0}, np.linspace(0, 1, 5)).shape
    (2, 5, 32, 32, 3)
    """
    step = _step(codes, directions, strengths)
    points = [np.asarray(codes + float(share) * step, "float32") for share in shares]
    return np.stack([model.generate(point, attributes) for point in points], axis=1)


def _step(
    codes: np.ndarray, directions: Mapping[str, Direction], strengths: Mapping[str, float]
) -> np.ndarray:
    unknown = sorted(set(strengths) - set(directions))
    if unknown:
        raise ValueError(
            f"Attributes must be among {sorted(directions)}. Received: {', '.join(unknown)}. "
            "Choose from these."
        )
    steps = [strength * step_at(directions[name], codes) for name, strength in strengths.items()]
    return sum(steps, np.zeros(1))
