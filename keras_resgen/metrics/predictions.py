"""Predictions of facial attributes by the network behind `frechet_faces`."""

from functools import cache

import keras
import numpy as np

from keras_resgen.data.faces import FACTORS
from keras_resgen.metrics import face_network
from keras_resgen.metrics.features import FeatureExtractor

BINARY = tuple(name for name, factor in FACTORS.items() if factor.kind == "binary")
# The factor of each CelebA attribute, and whether the attribute means its presence.
PREDICTED_ATTRIBUTES = {
    "Eyeglasses": ("eyeglasses", True),
    "Mustache": ("mustache", True),
    "No_Beard": ("beard", False),
    "Smiling": ("smile", True),
    "Wearing_Hat": ("hat", True),
}


def predict_binary_factors(images: np.ndarray) -> np.ndarray:
    """Predict the binary factors of faces by the network behind `frechet_faces`.

    Args:
        images: float array of shape `(count, size, size, 3)` in [0, 1].

    Returns:
        Probabilities of shape `(count, len(BINARY))`.

    Example:

    >>> predict_binary_factors(np.zeros((2, 32, 32, 3))).shape == (2, len(BINARY))
    True
    """
    read = face_network.decode(_predictions()(images))
    return np.stack([read[name] for name in BINARY], axis=1)


def predict_attributes(images: np.ndarray) -> dict[str, np.ndarray]:
    """Predict the attributes of unlabeled faces, such as generated ones.

    Args:
        images: float array of shape `(count, size, size, 3)` in [0, 1].

    Returns:
        Boolean arrays of shape `(count,)` by CelebA's names.

    Example:

    >>> from keras_resgen.data import faces
    >>> drawn = faces.sample_factors(50)
    >>> read = predict_attributes(faces.draw(drawn, 64) / 255.0)
    >>> float((read["Eyeglasses"] == (drawn["eyeglasses"] == 1)).mean()) > 0.9
    True
    """
    shares = dict(zip(BINARY, predict_binary_factors(images).T, strict=True))
    return {
        name: (shares[factor] > 0.5) == present
        for name, (factor, present) in PREDICTED_ATTRIBUTES.items()
    }


@cache
def _predictions() -> FeatureExtractor:
    """The second output of the network, for images of any size."""
    network = face_network.load()
    return FeatureExtractor("predictions", keras.Model(network.input, network.outputs[1]))
