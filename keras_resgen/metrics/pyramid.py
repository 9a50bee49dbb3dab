"""Sharpness and texture of images, measured on the levels of a Laplacian pyramid."""

from itertools import pairwise

import numpy as np

PATCH = 7  # pixels
PATCHES = 128  # of each image and level
DIRECTIONS, REPEATS = 128, 4
SMALLEST = 16  # pixels of the last level
FILTER = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0


def sliced_wasserstein_distances(
    real: np.ndarray, generated: np.ndarray, seed: int = 0
) -> dict[int, float]:
    """Return the sliced Wasserstein distance of patches on each level of a Laplacian pyramid.

    Karras et al., "Progressive Growing of GANs" (2018, https://arxiv.org/abs/1710.10196), section
    5: a pyramid down to 16 pixels, 128 patches of 7 x 7 pixels of each image and level, channels
    normalized to mean 0 and standard deviation 1, 4 times 128 random directions. As in the paper,
    distances are multiplied by 1000.

    Args:
        real: float array of shape `(count, size, size, channels)`, of any range. The size is
            a power of two, at least 16.
        generated: array of the same shape.
        seed: seed of the patches and directions.

    Returns:
        Distances by the size of the level, the largest first.

    Raises:
        ValueError: if the shapes differ, or the size is not a power of two of at least 16.

    Example:

    >>> images = np.random.default_rng(0).random((2, 8, 32, 32, 3))
    >>> list(sliced_wasserstein_distances(images[0], images[1]))
    [32, 16]
    """
    size = real.shape[1]
    if real.shape != generated.shape or size < SMALLEST or size & (size - 1):
        raise ValueError(
            "Expected two arrays of the same shape, with a size that is a power of two of at least "
            f"{SMALLEST}. Received: shapes {real.shape} and {generated.shape}. "
            "Use the same number of both."
        )
    generator = np.random.default_rng(seed)
    distances = {}
    levels = zip(laplacian_pyramid(real), laplacian_pyramid(generated), strict=True)
    for real_level, generated_level in levels:
        x, y = (_patches(level, generator) for level in (real_level, generated_level))
        of_repeats = [_sliced_distance(x, y, generator) for _ in range(REPEATS)]
        distances[real_level.shape[1]] = 1000.0 * float(np.mean(of_repeats))
    return distances


def laplacian_pyramid(images: np.ndarray) -> list[np.ndarray]:
    """Return the Laplacian pyramid of images (Burt and Adelson, 1983).

    Args:
        images: array of shape `(count, size, size, channels)`.

    Returns:
        Arrays of halved sizes, down to 16 pixels; the last is the blurred image.

    Example:

    >>> [level.shape[1] for level in laplacian_pyramid(np.zeros((1, 64, 64, 3)))]
    [64, 32, 16]
    """
    levels = [np.asarray(images, "float32")]
    while levels[-1].shape[1] > SMALLEST:
        levels.append(_blur(levels[-1])[:, ::2, ::2])
    finer = [level - _enlarge(coarse) for level, coarse in pairwise(levels)]
    return [*finer, levels[-1]]


def sharpness(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the high-frequency energy of generated images relative to real ones.

    The energy is the variance of the first level of a Laplacian pyramid, a focus measure as in
    Pertuz et al., "Analysis of focus measure operators" (2013). Noise counts as detail: the metric
    shows missing detail, not wrong detail.

    Args:
        real: float array of shape `(n, size, size, channels)` in [0, 1], of at least 32 pixels.
        generated: array of shape `(m, size, size, channels)`.

    Returns:
        0 for no detail, 1 for as much as real images, above 1 for noise.

    Raises:
        ValueError: if images are smaller than 32 pixels.

    Example:

    >>> images = np.random.default_rng(0).random((4, 32, 32, 3))
    >>> round(sharpness(images, 0.5 * images), 2)
    0.25
    """
    if min(real.shape[1], generated.shape[1]) < 32:
        raise ValueError(
            "Expected images of at least 32 pixels. "
            f"Received: shapes {real.shape} and {generated.shape}. Use larger images."
        )
    fine = [laplacian_pyramid(images)[0] for images in (generated, real)]
    return float(np.square(fine[0]).mean() / np.square(fine[1]).mean())


def _blur(images: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        margins = [(0, 0)] * 4
        margins[axis] = (2, 2)
        padded = np.moveaxis(np.pad(images, margins, mode="reflect"), axis, 0)
        size = images.shape[axis]
        blurred = sum(w * padded[i : i + size] for i, w in enumerate(FILTER.astype("float32")))
        images = np.moveaxis(blurred, 0, axis)
    return images


def _enlarge(images: np.ndarray) -> np.ndarray:
    count, height, width, channels = images.shape
    spread = np.zeros((count, 2 * height, 2 * width, channels), images.dtype)
    spread[:, ::2, ::2] = 4.0 * images
    return _blur(spread)


def _patches(images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Random patches as normalized rows."""
    count, height, width, _ = images.shape
    image = np.repeat(np.arange(count), PATCHES)[:, None, None]
    top = generator.integers(0, height - PATCH + 1, count * PATCHES)[:, None, None]
    left = generator.integers(0, width - PATCH + 1, count * PATCHES)[:, None, None]
    across = np.arange(PATCH)
    patches = images[image, top + across[:, None], left + across]
    patches -= patches.mean(axis=(0, 1, 2))
    patches /= np.maximum(patches.std(axis=(0, 1, 2)), 1e-8)
    return patches.reshape(len(patches), -1)


def _sliced_distance(x: np.ndarray, y: np.ndarray, generator: np.random.Generator) -> float:
    """Mean distance of the samples along random directions."""
    directions = generator.standard_normal((x.shape[1], DIRECTIONS), "float32")
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(x @ directions, axis=0) - np.sort(y @ directions, axis=0)).mean())
