"""Similarity of pairs of images: PSNR, SSIM and multi-scale SSIM."""

from typing import Any

import numpy as np
from keras import ops

Tensor = Any

WINDOW = 11  # pixels
DEVIATION = 1.5  # standard deviation of the window, in pixels
LUMINANCE, CONTRAST = 0.01**2, 0.03**2  # avoid division by zero
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def psnr(images: Tensor, others: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio of each image, in decibels.

    Args:
        images: float tensor of shape `(count, size, size, channels)` in [0, 1].
        others: tensor of the same shape.

    Returns:
        A tensor of shape `(count,)`; 100 dB, the maximum, for equal images.

    Example:

    >>> np.asarray(psnr(ops.zeros((1, 2, 2, 1)), 0.1 * ops.ones((1, 2, 2, 1)))).round(4).tolist()
    [20.0]
    """
    squared_error = ops.mean(ops.square(images - others), axis=(1, 2, 3))
    return -10.0 * ops.log10(ops.maximum(squared_error, 1e-10))


def ssim(images: Tensor, others: Tensor) -> Tensor:
    """Return the structural similarity of each image, with Gaussian windows of 11 pixels.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004).

    Args:
        images: float tensor of shape `(count, size, size, channels)` in [0, 1], of at least 11
            pixels.
        others: tensor of the same shape.

    Returns:
        A tensor of shape `(count,)`: 1 for equal images, the mean over channels.

    Raises:
        ValueError: if the images are smaller than a window.

    Example:

    >>> np.asarray(ssim(ops.ones((2, 16, 16, 3)), ops.ones((2, 16, 16, 3)))).tolist()
    [1.0, 1.0]
    """
    luminance, structure = _similarities(images, others)
    return ops.mean(luminance * structure, axis=(1, 2, 3))


def multiscale_ssim(images: Tensor, others: Tensor) -> Tensor:
    """Return the structural similarity of each image over up to five scales.

    Wang et al., "Multiscale Structural Similarity for Image Quality Assessment" (2003). Each scale
    halves the size. Scales smaller than a window are left out, and the weights of the others sum to
    1: 2 scales for images of 32 pixels, 3 for 64, 5 from 176. Arguments, result and errors are
    those of `ssim`.

    Example:

    >>> np.asarray(multiscale_ssim(ops.ones((2, 32, 32, 3)), ops.ones((2, 32, 32, 3)))).tolist()
    [1.0, 1.0]
    """
    smallest = min(images.shape[1:3])
    weights = [w for i, w in enumerate(SCALE_WEIGHTS) if not i or smallest // 2**i >= WINDOW]
    product: Tensor = 1.0
    for i, weight in enumerate(weights):
        luminance, structure = _similarities(images, others)
        last = i == len(weights) - 1
        similarity = ops.mean(luminance * structure if last else structure, axis=(1, 2))
        # Negative numbers have no fractional power.
        product = product * ops.power(ops.maximum(similarity, 0.0), weight / sum(weights))
        if not last:
            # Keras's average_pool on JAX fails where strides are left out.
            images, others = (
                ops.average_pool(x, 2, strides=2, padding="same") for x in (images, others)
            )
    return ops.mean(product, axis=1)


def _similarities(images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """The luminance term and the contrast-structure term of each window."""
    if min(images.shape[1:3]) < WINDOW:
        raise ValueError(
            f"Structural similarity needs images of at least {WINDOW} pixels. "
            f"Received: shape {tuple(images.shape)}. Use larger images, or psnr."
        )
    x, y = _windows(images), _windows(others)
    xx, yy, xy = _windows(images * images), _windows(others * others), _windows(images * others)
    luminance = (2.0 * x * y + LUMINANCE) / (x * x + y * y + LUMINANCE)
    structure = (2.0 * (xy - x * y) + CONTRAST) / (xx + yy - x * x - y * y + CONTRAST)
    return luminance, structure


def _windows(images: Tensor) -> Tensor:
    """The weighted mean of each window within the image."""
    offsets = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-0.5 * np.square(offsets / DEVIATION))
    weights = np.asarray(weights / weights.sum(), "float32").reshape(WINDOW, 1, 1, 1)
    channels = images.shape[-1]
    for kernel in (weights, weights.transpose(1, 0, 2, 3)):  # rows, then columns
        images = ops.depthwise_conv(images, np.repeat(kernel, channels, axis=2), padding="valid")
    return images
