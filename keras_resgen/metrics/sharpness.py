"""How sharp generated images are, compared with real ones."""

import numpy as np

from keras_resgen.metrics.sliced_wasserstein import laplacian_pyramid


def sharpness(real: np.ndarray, generated: np.ndarray) -> float:
    """The energy of generated images' finest details, of that of real images.

    The variance of the first level of a Laplacian pyramid, what blurring an image removes: a focus
    measure as in Pertuz et al., "Analysis of focus measure operators" (2013). Noise counts as
    detail, so it says what is missing, and not whether what is there is right.

    Args:
        real: float array of shape `(n, size, size, channels)` in [0, 1], 32 pixels at least.
        generated: array of shape `(m, size, size, channels)`.

    Returns:
        1 for as much detail, 0 for none, more than 1 for noise.

    Raises:
        ValueError: for smaller images.

    Example:

    >>> images = np.random.default_rng(0).random((4, 32, 32, 3))
    >>> round(sharpness(images, 0.5 * images), 2)
    0.25
    """
    if min(real.shape[1], generated.shape[1]) < 32:
        raise ValueError(
            "Sharpness is measured on images of 32 pixels or more. "
            f"Received: shapes {real.shape} and {generated.shape}. Use larger images."
        )
    fine = [laplacian_pyramid(images)[0] for images in (generated, real)]
    return float(np.square(fine[0]).mean() / np.square(fine[1]).mean())
