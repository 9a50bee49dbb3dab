"""Codes of training images, which directions and latent priors are fitted to."""

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

MOST_IMAGES = 4000
BATCH = 256


def choose_rows(images: ImageSet) -> np.ndarray:
    """Return the rows of the images to encode: 4,000 at most, at equal distances."""
    return spread(images, min(len(images), MOST_IMAGES))


def encode_rows(trained: Trained, images: ImageSet, rows: np.ndarray) -> np.ndarray:
    """Encode some images, with one batch at a time in memory.

    Args:
        trained: a run or export of a model with an encoder.
        images: images of its size.
        rows: rows of the images to encode.

    Returns:
        An array of shape `(len(rows), latent_dim)`.
    """
    parts = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    return np.concatenate([trained.model.encode(images.floats(part)) for part in parts])
