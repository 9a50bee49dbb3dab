"""Batches of images as `tf.data` data sets, in an order that depends on seed and step alone."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_resgen.data.image_set import ImageRows
from keras_resgen.data.shuffling import permutation

Images = np.ndarray | ImageRows


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Number of full batches among `count` images; the remainder is dropped.

    Raises:
        ValueError: If there are fewer images than a batch takes.

    Example:
        >>> steps_per_epoch(100, batch_size=32)
        3
    """
    if not 1 <= batch_size <= count:
        raise ValueError(
            f"Expected a batch size from 1 up to the number of images. Received: batch_size="
            f"{batch_size} with {count} images. Take a smaller batch or more images."
        )
    return count // batch_size


def batch_rows(count: int, batch_size: int, seed: int) -> Callable[[int], np.ndarray]:
    """The order of training: a function from the step to the rows of its batch.

    Every epoch is a new permutation keyed by seed and epoch, so that a run resumed at any step,
    and every one of many processes, finds the same rows.

    Args:
        count: Number of images.
        batch_size: Images in a batch.
        seed: Non-negative number below 2**64.

    Returns:
        A pure function of the step, counted from 0 over all epochs, to int64 `(batch_size,)`.

    Example:
        >>> rows = batch_rows(6, batch_size=3, seed=0)
        >>> sorted([*rows(0).tolist(), *rows(1).tolist()])
        [0, 1, 2, 3, 4, 5]
    """
    steps = steps_per_epoch(count, batch_size)
    order = functools.lru_cache(maxsize=2)(lambda epoch: permutation(count, seed, epoch))

    def rows(step: int) -> np.ndarray:
        epoch, position = divmod(step, steps)
        return order(epoch)[position * batch_size : (position + 1) * batch_size]

    return rows


def training_batches(
    images: Images,
    batch_size: int,
    *,
    seed: int,
    start_step: int = 0,
    labels: np.ndarray | None = None,
) -> tf.data.Dataset:
    """Endless shuffled batches, scaled to [0, 1].

    Only the images of the next few batches are in memory at a time. Starting at `start_step`
    gives exactly what starting at 0 gives after that many batches.

    Args:
        images: uint8 in [0, 255], `(count, height, width, channels)`.
        batch_size: Images in a batch.
        seed: Non-negative number below 2**64 that decides the order.
        start_step: Number of batches that were consumed before, for resuming.
        labels: What belongs to each image, `(count, ...)`.

    Returns:
        A data set of float32 `(batch_size, height, width, channels)` in [0, 1]; with labels, of
        pairs of such images and their labels.

    Raises:
        ValueError: If there are fewer images than a batch takes, they are not uint8, or the seed
            or step is out of range.

    Example:
        >>> images = np.zeros((100, 32, 32, 3), np.uint8)
        >>> next(iter(training_batches(images, 16, seed=0))).shape
        TensorShape([16, 32, 32, 3])
    """
    if start_step < 0:
        raise ValueError(f"Expected a step from 0 on. Received: start_step={start_step}.")
    rows = batch_rows(len(images), batch_size, seed)
    rows(start_step)  # a bad seed is refused here and not in the middle of training
    steps = tf.data.Dataset.counter(start=start_step)
    return _gathered(steps, images, labels, lambda step: rows(int(step)), batch_size)


def evaluation_batches(
    images: Images, batch_size: int, labels: np.ndarray | None = None
) -> tf.data.Dataset:
    """All images once, in order, scaled to [0, 1]; the last batch holds the remainder.

    Args:
        images: uint8 in [0, 255], `(count, height, width, channels)`.
        batch_size: Images in a batch.
        labels: What belongs to each image, `(count, ...)`.

    Returns:
        A finite data set of float32 `(batch_size or fewer, height, width, channels)` in [0, 1];
        with labels, of pairs of such images and their labels.

    Raises:
        ValueError: If there is no image, they are not uint8, or the batch size is under 1.

    Example:
        >>> images = np.zeros((5, 32, 32, 3), np.uint8)
        >>> [len(batch) for batch in evaluation_batches(images, 2)]
        [2, 2, 1]
    """
    if batch_size < 1 or not len(images):
        raise ValueError(
            f"Expected at least one image and a batch size from 1 on. "
            f"Received: {len(images)} images, batch_size={batch_size}."
        )
    starts = tf.data.Dataset.range(0, len(images), batch_size)
    return _gathered(starts, images, labels, lambda start: slice(start, start + batch_size), None)


def _gathered(
    keys: tf.data.Dataset,
    images: Images,
    labels: np.ndarray | None,
    rows: Callable[[np.integer], np.ndarray | slice],
    batch_size: int | None,
) -> tf.data.Dataset:
    """The images and labels at the rows of each key, gathered by numpy, scaled by TensorFlow."""
    if images.dtype != np.uint8:
        raise ValueError(f"Expected uint8 images in [0, 255]. Received: {images.dtype}.")

    def gathered(array: Images, key: tf.Tensor) -> tf.Tensor:
        tensor = tf.numpy_function(
            lambda key: np.ascontiguousarray(array[rows(key)]), [key], array.dtype, stateful=False
        )
        tensor.set_shape((batch_size, *array.shape[1:]))
        return tensor

    def load(key: tf.Tensor) -> tf.Tensor | tuple[tf.Tensor, tf.Tensor]:
        pixels = tf.cast(gathered(images, key), tf.float32) / 255.0
        return pixels if labels is None else (pixels, gathered(labels, key))

    options = tf.data.Options()
    options.deterministic = True
    # There is nothing to tune, and an epoch would often not end before the tuner next wakes: after
    # 2.55, 5.11, 10.23... seconds, each wait being twice the last.
    options.autotune.enabled = False
    batches = keys.map(load, num_parallel_calls=2, deterministic=True)
    return batches.with_options(options).prefetch(2)
