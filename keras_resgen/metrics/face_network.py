"""A small network that predicts the factors of drawn faces: the default feature extractor."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resgen.data.faces import FACTORS
from keras_resgen.networks import IMAGE_BACKBONES

IMAGE_SIZE = 64
WIDTH = 16
FEATURES = 8 * WIDTH
CIRCULAR = ("hat_hue", "background_hue", "background_angle")
DEGRADATIONS = {"blur": 2.0, "noise": 0.1}  # largest deviation, in pixels and of the range
WEIGHTS = Path(__file__).with_name("face_network.npz")


def _columns() -> dict[str, slice]:
    """The outputs of each factor."""
    columns, first = {}, 0
    for name, factor in FACTORS.items():
        count = 2 if name in CIRCULAR else max(len(factor.values), 1)
        columns[name] = slice(first, first + count)
        first += count
    for name in DEGRADATIONS:
        columns[name] = slice(first, first + 1)
        first += 1
    return columns


COLUMNS = _columns()
OUTPUTS = max(columns.stop for columns in COLUMNS.values())


def build() -> keras.Model:
    """Build the network, a residual backbone of four blocks, with random weights.

    Returns:
        A `keras.Model` from float images of shape `(batch, 64, 64, 3)` in [0, 1] to
        `[features, predictions]` of shapes `(batch, 128)` and `(batch, OUTPUTS)`. Features are the
        mean over the last map; predictions are linear in them: logits, or see `encode`.

    Example:

    >>> [output.shape[1] for output in build().outputs] == [FEATURES, OUTPUTS]
    True
    """
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="images")
    x = keras.layers.Rescaling(2.0, offset=-1.0, name="center")(images)
    x = IMAGE_BACKBONES["resnet"](x, width=WIDTH, normalization="batch")
    features = keras.layers.GlobalAveragePooling2D(name="features", dtype="float32")(x)
    predictions = keras.layers.Dense(OUTPUTS, name="predictions", dtype="float32")(features)
    return keras.Model(images, [features, predictions], name="face_network")


def encode(factors: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the targets of the network for known factors, the inverse of `decode`.

    Args:
        factors: arrays of shape `(count,)` by name, those of `FACTORS` and `DEGRADATIONS`.

    Returns:
        A float32 array of shape `(count, OUTPUTS)`: 0 or 1 for a binary factor and for each value
        of a choice, cosine and sine of a circle, and numbers scaled from their range to [-1, 1].
    """
    targets = np.zeros((len(factors["blur"]), OUTPUTS), "float32")
    for name, columns in COLUMNS.items():
        values, (low, high) = np.asarray(factors[name]), _range(name)
        if name in CIRCULAR:
            angles = 2.0 * np.pi * (values - low) / (high - low)
            targets[:, columns] = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        elif name in FACTORS and FACTORS[name].kind == "choice":
            targets[:, columns] = np.eye(len(FACTORS[name].values))[values.astype(int)]
        elif name in FACTORS and FACTORS[name].kind == "binary":
            targets[:, columns] = values[:, None]
        else:
            targets[:, columns] = (2.0 * (values - low) / (high - low) - 1.0)[:, None]
    return targets


def decode(predictions: np.ndarray) -> dict[str, np.ndarray]:
    """Convert the outputs of the network to factors.

    Args:
        predictions: array of shape `(count, OUTPUTS)`, the network's second output.

    Returns:
        By name of factor and degradation: the probability of a binary factor, of shape `(count,)`;
        probabilities `(count, values)` of a choice; numbers in the factor's own unit, `(count,)`.

    Example:

    >>> decode(np.zeros((1, OUTPUTS)))["smile"].tolist()
    [0.5]
    """
    predictions = np.asarray(predictions, "float64")
    found = {}
    for name, columns in COLUMNS.items():
        values, (low, high) = predictions[:, columns], _range(name)
        if name in CIRCULAR:
            turns = np.arctan2(values[:, 1], values[:, 0]) / (2.0 * np.pi) % 1.0
            found[name] = low + (high - low) * turns
        elif name in FACTORS and FACTORS[name].kind == "choice":
            exponentials = np.exp(values - values.max(axis=1, keepdims=True))
            found[name] = exponentials / exponentials.sum(axis=1, keepdims=True)
        elif name in FACTORS and FACTORS[name].kind == "binary":
            found[name] = 1.0 / (1.0 + np.exp(-values[:, 0]))
        else:
            found[name] = low + (high - low) * np.clip((values[:, 0] + 1.0) / 2.0, 0.0, 1.0)
    return found


def _range(name: str) -> tuple[float, float]:
    if name in DEGRADATIONS:
        return 0.0, DEGRADATIONS[name]
    return FACTORS[name].low, FACTORS[name].high


@cache
def load() -> Any:
    """Return the network with the weights trained by `scripts/train_face_network.py`.

    Example:

    >>> load().count_params() < 500_000
    True
    """
    network = build()
    with np.load(WEIGHTS) as stored:
        network.set_weights([stored[name].astype("float32") for name in stored.files])
    network.trainable = False
    return network
