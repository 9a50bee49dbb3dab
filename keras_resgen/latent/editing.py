"""Editing images by moving their codes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def moved(
    codes: np.ndarray, directions: Mapping[str, np.ndarray], strengths: Mapping[str, float]
) -> np.ndarray:
    """Moves codes along several directions.

    Args:
        codes: array of shape `(count, latent_dim)`.
        directions: arrays of shape `(latent_dim,)` by name.
        strengths: how far along each, by name: 1 adds an attribute, -1 takes it away.

    Returns:
        A float32 array of shape `(count, latent_dim)`.

    Raises:
        ValueError: for a name there is no direction of.

    Example:

    >>> moved(np.zeros((1, 2)), {"Smiling": np.array([1.0, 2.0])}, {"Smiling": 0.5}).tolist()
    [[0.5, 1.0]]
    """
    return np.asarray(codes + _step(directions, strengths), "float32")


def edit(
    model: Any,
    images: np.ndarray,
    directions: Mapping[str, np.ndarray],
    strengths: Mapping[str, float],
    *,
    keep_details: bool = False,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Changes attributes of images by moving their codes.

    Args:
        model: any with `encode` and `generate`, see `keras_resgen.models`.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        directions: see `fit_directions`.
        strengths: see `moved`.
        keep_details: add what the move changes in the reconstruction to the image itself, so that
            what the model cannot reconstruct stays.
        attributes: what a conditional model is told of the images.

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
    steps = [_step(directions, strengths)]
    [edited] = _after(model, images, steps, keep_details, attributes)
    return edited


def sweep(
    model: Any,
    images: np.ndarray,
    direction: np.ndarray,
    strengths: np.ndarray,
    *,
    keep_details: bool = False,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Turns an attribute of images gradually on, or off.

    Args:
        model: see `edit`.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        direction: array of shape `(latent_dim,)`.
        strengths: array of shape `(steps,)`.
        keep_details: see `edit`.
        attributes: see `edit`.

    Returns:
        A float32 array of shape `(count, steps, size, size, channels)`.

    Example:

    >>> from keras_resgen.models import Autoencoder
    >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=2)
    >>> images = np.zeros((2, 32, 32, 3), "float32")
    >>> sweep(model, images, np.ones(8), np.linspace(-1, 1, 5)).shape
    (2, 5, 32, 32, 3)
    """
    steps = [float(strength) * direction for strength in strengths]
    return np.stack(_after(model, images, steps, keep_details, attributes), axis=1)


def _after(
    model: Any,
    images: np.ndarray,
    steps: Sequence[np.ndarray],
    keep_details: bool,
    attributes: np.ndarray | None,
) -> list[np.ndarray]:
    """The images after each step of their codes, which are computed once."""
    codes = model.encode(images)
    edited = [model.generate(np.asarray(codes + s, "float32"), attributes) for s in steps]
    if not keep_details:
        return edited
    change_from = model.generate(codes, attributes)
    return [np.clip(images + one - change_from, 0.0, 1.0) for one in edited]


def _step(directions: Mapping[str, np.ndarray], strengths: Mapping[str, float]) -> np.ndarray:
    unknown = sorted(set(strengths) - set(directions))
    if unknown:
        raise ValueError(
            f"Attributes must be among {sorted(directions)}. Received: {', '.join(unknown)}. "
            "Choose from these."
        )
    steps = [strength * directions[name] for name, strength in strengths.items()]
    return np.sum(steps, axis=0)
