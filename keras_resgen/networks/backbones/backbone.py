"""Backbones by name, from the table of libraries."""

from collections.abc import Callable
from pathlib import Path

import keras

from keras_resgen.networks.backbones.applications import applications_backbone
from keras_resgen.networks.backbones.classifiers import classifier_backbone
from keras_resgen.networks.backbones.common import PRETRAINED
from keras_resgen.networks.backbones.keras_cv import keras_cv_backbone
from keras_resgen.networks.classifiers import CLASSIFIERS
from keras_resgen.registry import Registry

# From a name, the images' shape and the weights to a model of images in [0, 1].
Source = Callable[[str, tuple[int, int, int], str | None], keras.Model]

OWN = "classifier"
BACKBONE_LIBRARIES: Registry[Source] = Registry(
    "source of an encoder",
    {
        OWN: classifier_backbone,
        "applications": applications_backbone,
        "keras_cv": keras_cv_backbone,
    },
)


def backbone(
    network: str, image_shape: tuple[int, int, int], weights: str | None = None
) -> keras.Model:
    """Build a network of the literature without its head: from images to a feature map.

    Args:
        network: a classifier's name, such as `"resnet18"`; `"applications:ResNet50V2"`, of
            `keras.applications`; or `"keras_cv:densenet121"`, a preset of KerasCV or its folder.
        image_shape: `(height, width, channels)`.
        weights: `"pretrained"`, those that the library offers; a file; or None, for random weights.
            A file holds a classifier's whole `.keras` model, or what Keras loads into the network
            without its head.

    Returns:
        A `keras.Model` from float images of shape `(batch, height, width, channels)` in [0, 1] to
        a feature map. Networks of other libraries take three channels.

    Raises:
        ValueError: if there is no such network, it does not take such images, or the weights are
            missing or belong to another network.

    Example:

    >>> backbone("resnet18", (64, 64, 3)).output_shape
    (None, 2, 2, 512)
    """
    check_backbone(network, weights)
    source, name = _split_name(network)
    try:
        return BACKBONE_LIBRARIES[source](name, image_shape, weights)
    except Exception as error:  # Keras raises a bare Exception where a download fails
        reason = str(error).strip().splitlines()[0].rstrip(".")
        what = f" with the weights {weights}" if weights else ""
        raise ValueError(
            f"The encoder {network} must be built for images of shape {image_shape}{what}. "
            f"Received: {reason}. Choose another size or network, give a file of its weights, or "
            "connect once to download them."
        ) from error


def check_backbone(network: str, weights: str | None = None) -> None:
    """Raise a ValueError unless the library is known and the file of weights exists.

    Args:
        network: see `backbone`.
        weights: see `backbone`.

    Raises:
        ValueError: for an unknown library or classifier, or a missing file.

    Example:

    >>> check_backbone("applications:VGG16", "pretrained")
    """
    source, name = _split_name(network)
    BACKBONE_LIBRARIES[source]
    if source == OWN:
        CLASSIFIERS[name]
    if weights not in (None, PRETRAINED) and not Path(weights).is_file():
        raise ValueError(
            f"encoder_weights must be {PRETRAINED} or a file. Received: {weights}. "
            "Correct the path."
        )


def _split_name(network: str) -> tuple[str, str]:
    """The library of a backbone and its name there; classifiers are named without a library."""
    source, colon, name = network.partition(":")
    return (source, name) if colon else (OWN, network)
