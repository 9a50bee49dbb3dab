"""Feature maps of images, by any backbone that has a name."""

from typing import Any

import keras

from keras_resgen.networks.backbones import BACKBONE_LIBRARIES, backbone, check_backbone
from keras_resgen.networks.classifiers import classifier_names
from keras_resgen.networks.registry import IMAGE_BACKBONES


def feature_map(
    images: Any, network: str, *, width: int, normalization: str, weights: str | None = None
) -> Any:
    """Apply a backbone, a network without its head, to images.

    Args:
        images: symbolic tensor of shape `(batch, size, size, channels)` in [0, 1].
        network: one of `IMAGE_BACKBONES`, or what `keras_resgen.networks.backbone` takes.
        width: channels of the first block of one of `IMAGE_BACKBONES`; others have their own.
        normalization: likewise, see `keras_resgen.layers.NORMALIZATIONS`.
        weights: of the other networks, see `keras_resgen.networks.backbone`.

    Returns:
        A tensor of shape `(batch, height, width, channels)`.

    Raises:
        ValueError: as `check_encoder`, and if the network does not take such images.
    """
    check_encoder(network, weights)
    if network in IMAGE_BACKBONES:
        x = keras.layers.Rescaling(2.0, offset=-1.0, name="center")(images)
        return IMAGE_BACKBONES[network](x, width=width, normalization=normalization)
    features = backbone(network, images.shape[1:], weights)
    if features.input_shape[-1] != images.shape[-1]:
        images = keras.layers.Concatenate(name="gray_to_rgb")([images] * 3)
    return features(images)


def check_encoder(network: str, weights: str | None = None) -> None:
    """Raise a ValueError for every mistake that can be found before the network is built.

    Args:
        network: see `feature_map`.
        weights: see `feature_map`.

    Raises:
        ValueError: if there is no such network or file, or weights are given to a network of
            `IMAGE_BACKBONES`.

    Example:

    >>> check_encoder("plain")
    """
    if network in IMAGE_BACKBONES:
        if weights is not None:
            raise ValueError(
                "encoder_weights can be given to networks of other libraries and to classifiers. "
                f"Received: {weights} for {network}. Leave them out, or name another encoder."
            )
    elif network in classifier_names() or network.partition(":")[0] in BACKBONE_LIBRARIES:
        check_backbone(network, weights)
    else:
        raise ValueError(
            f"network must be one of {', '.join(sorted(IMAGE_BACKBONES))}; a classifier: "
            f"{', '.join(classifier_names())}; applications:NAME; or keras_cv:NAME. "
            f"Received: {network!r}. Choose one of these names."
        )
