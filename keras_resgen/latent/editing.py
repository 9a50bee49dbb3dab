"""Editing images by moving their codes."""

from collections.abc import Mapping
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
    step = _step(directions, strengths)
    codes = model.encode(images)
    edited = model.generate(np.asarray(codes + step, "float32"), attributes)
    if not keep_details:
        return edited
    return np.clip(images + edited - model.generate(codes, attributes), 0.0, 1.0)


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
    codes = model.encode(images)
    edited = sweep_codes(model, codes, direction, strengths, attributes)
    if not keep_details:
        return edited
    change_from = model.generate(codes, attributes)[:, None]
    return np.clip(images[:, None] + edited - change_from, 0.0, 1.0)


def sweep_codes(
    model: Any,
    codes: np.ndarray,
    direction: np.ndarray,
    strengths: np.ndarray,
    attributes: np.ndarray | None = None,
) -> np.ndarray:
    """Turns an attribute gradually on, or off, in the images of codes or draws of the prior.

    Args:
        model: any with `generate`, see `keras_resgen.models`.
        codes: array of shape `(count, latent_dim)`.
        direction: array of shape `(latent_dim,)`.
        strengths: array of shape `(steps,)`.
        attributes: what a conditional model is told of the images.

    Returns:
        A float32 array of shape `(count, steps, size, size, channels)`.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=2)
    >>> sweep_codes(model, model.draw_latents(2), np.ones(8), np.linspace(-1, 1, 5)).shape
    (2, 5, 32, 32, 3)
    """
    steps = [np.asarray(codes + float(strength) * direction, "float32") for strength in strengths]
    return np.stack([model.generate(step, attributes) for step in steps], axis=1)


def _step(directions: Mapping[str, np.ndarray], strengths: Mapping[str, float]) -> np.ndarray:
    unknown = sorted(set(strengths) - set(directions))
    if unknown:
        raise ValueError(
            f"Attributes must be among {sorted(directions)}. Received: {', '.join(unknown)}. "
            "Choose from these."
        )
    steps = [strength * directions[name] for name, strength in strengths.items()]
    return np.sum(steps, axis=0)
