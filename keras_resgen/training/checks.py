"""Checks of the data that `fit` and `evaluate` receive."""

from typing import Any

import numpy as np


def check_data(
    x: Any,
    image_shape: tuple[int, ...],
    *,
    batch_size: int | None = None,
    updates: int = 1,
    devices: int = 1,
) -> None:
    """Raise a ValueError if a model cannot be trained on `x`.

    Arrays are checked completely. Data sets are checked by their element specification and
    cardinality; whether their values lie in [0, 1] is not checked.

    Args:
        x: images as an array, or any data set that `fit` takes.
        image_shape: `(size, size, channels)` of the model.
        batch_size: batch size of arrays; Keras's default is 32.
        updates: number of updates of one phase on a batch, each on a part of it.
        devices: number of devices that each part is divided among.

    Raises:
        ValueError: on wrong shape, type or range, no images, no batches, or an indivisible batch.

    Example:

    >>> check_data(np.zeros((8, 32, 32, 3), "float32"), (32, 32, 3))
    """
    if isinstance(x, np.ndarray):
        check_images(x, image_shape)
        batch = min(batch_size or 32, len(x))
        for size in (batch, len(x) % batch):
            _check_parts(size, updates, devices)
        return
    spec = getattr(x, "element_spec", None)
    if spec is None:
        return
    images = spec[0] if isinstance(spec, tuple) else spec
    shape = getattr(images, "shape", None)
    if shape is not None and shape.rank is not None:
        _check_shape(tuple(shape), image_shape)
        _check_dtype(images.dtype.name)
        if shape[0] is not None:
            _check_parts(shape[0], updates, devices)
    cardinality = x.cardinality  # distributed data sets have a number in place of a method
    if int(cardinality() if callable(cardinality) else cardinality) == 0:
        raise ValueError(
            "A data set must have at least one batch. Received: a data set with none. "
            "Give more images, or a smaller batch."
        )


def check_images(x: np.ndarray, image_shape: tuple[int, ...]) -> None:
    """Raise a ValueError unless an array holds images that a model takes.

    Args:
        x: images.
        image_shape: `(size, size, channels)` of the model.

    Raises:
        ValueError: on wrong shape, type or range, or no images.

    Example:

    >>> check_images(np.zeros((8, 32, 32, 3), "float32"), (32, 32, 3))
    """
    _check_shape(x.shape, image_shape)
    if len(x) == 0:
        raise ValueError(
            "There must be at least one image. Received: an empty array. Give more images."
        )
    _check_dtype(x.dtype.name)
    low, high = float(x.min()), float(x.max())
    if not (low >= 0.0 and high <= 1.0):
        raise ValueError(
            f"Images must be floats in [0, 1]. Received: values from {low:g} to {high:g}. "
            "Rescale the images; a NaN shows as nan here."
        )


def _check_dtype(name: str) -> None:
    if "float" not in name:
        raise ValueError(
            f"Images must be floats in [0, 1]. Received: {name}. "
            "Divide by 255 and convert to float32."
        )


def _check_shape(shape: tuple[int | None, ...], image_shape: tuple[int, ...]) -> None:
    matches = len(shape) == 4 and all(
        given in (None, wanted) for given, wanted in zip(shape[1:], image_shape, strict=True)
    )
    if not matches:
        raise ValueError(
            f"Images must have shape (batch, {', '.join(map(str, image_shape))}). "
            f"Received: shape {shape}. Resize the images, or build the model for this shape."
        )


def _check_parts(batch: int, updates: int, devices: int) -> None:
    if batch % (updates * devices):
        reasons = [f"each step makes {updates} updates of one phase on images of their own"]
        shared = [f"{devices} devices share it"]
        why = " and ".join(reasons * (updates > 1) + shared * (devices > 1))
        raise ValueError(
            f"A batch must be a multiple of {updates * devices}, since {why}. "
            f"Received: a batch of {batch}. Choose a multiple, and drop the remainder."
        )
