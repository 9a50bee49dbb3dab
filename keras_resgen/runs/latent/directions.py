"""Attribute directions in the latent space of a trained model."""

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.latent import Direction, fit_directions
from keras_resgen.metrics.predictions import predict_attributes
from keras_resgen.runs.latent.codes import BATCH, choose_rows, encode_rows
from keras_resgen.runs.trained import Trained

DRAWS = 2048


def fit_image_directions(
    trained: Trained, images: ImageSet, *, method: str = "means", orthogonal: bool = False
) -> dict[str, Direction]:
    """Fit a direction for each attribute of images to their codes.

    Args:
        trained: a run or export of a model with an encoder.
        images: training images with attributes; at most 4,000 are encoded.
        method: see `keras_resgen.latent.fit_directions`.
        orthogonal: see there.

    Returns:
        Directions by name.

    Raises:
        ValueError: if the images have no attributes.
    """
    if not images.attributes:
        raise ValueError(
            "Directions are fitted to images with attributes. Received: "
            f"{images.source}, which has none. Give --data folder:PATH,attributes=CSV, or faces."
        )
    rows = choose_rows(images)
    labels = {name: values[rows] for name, values in images.attributes.items()}
    return fit_directions(
        encode_rows(trained, images, rows), labels, method=method, orthogonal=orthogonal
    )


def fit_sample_directions(
    trained: Trained, *, method: str = "means", orthogonal: bool = False
) -> dict[str, Direction]:
    """Fit directions to a classifier's predictions on generated faces, without an encoder.

    Shen et al., "Interpreting the Latent Space of GANs for Semantic Face Editing" (2020,
    https://arxiv.org/abs/1907.10786).

    Args:
        trained: a run or export of an unconditional model of faces in color.
        method: see `keras_resgen.latent.fit_directions`.
        orthogonal: see there.

    Returns:
        Directions by name, see `keras_resgen.metrics.predictions`.

    Raises:
        ValueError: if the model's images are gray, or the model is conditional.
    """
    if trained.config.channels != 3 or trained.config.attribute_names:
        raise ValueError(
            "Without an encoder, directions are fitted to predictions on generated faces in color, "
            f"by an unconditional model. Received: {trained.config.channels} channel(s), "
            f"conditioned on {trained.config.attributes or 'nothing'}. "
            "Use a model with an encoder, or sample --attributes."
        )
    latents = trained.model.draw_latents(DRAWS, trained.config.seed)
    parts = [
        predict_attributes(trained.model.generate(latents[first : first + BATCH]))
        for first in range(0, DRAWS, BATCH)
    ]
    labels = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return fit_directions(latents, labels, method=method, orthogonal=orthogonal)
