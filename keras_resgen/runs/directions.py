"""Attribute directions in the latent space of a trained model."""

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.latent import fit_directions
from keras_resgen.runs.codes import coded_rows, codes_of
from keras_resgen.runs.trained import Trained


def directions_of(
    trained: Trained, images: ImageSet, *, method: str = "means", orthogonal: bool = False
) -> dict[str, np.ndarray]:
    """Fits a direction for each attribute of images to their codes.

    Args:
        trained: of a model with an encoder.
        images: training images with attributes; 4,000 at most are encoded.
        method: see `keras_resgen.latent.fit_directions`.
        orthogonal: see there.

    Returns:
        Arrays of shape `(latent_dim,)` by name.

    Raises:
        ValueError: if the images have no attributes.
    """
    if not images.attributes:
        raise ValueError(
            "Directions are fitted to images whose attributes are known. Received: "
            f"{images.source}, which has none. Give --data folder:PATH,attributes=CSV, or faces."
        )
    rows = coded_rows(images)
    labels = {name: values[rows] for name, values in images.attributes.items()}
    return fit_directions(
        codes_of(trained, images, rows), labels, method=method, orthogonal=orthogonal
    )
