"""The feature maps of this package's classifiers."""

import keras

from keras_resgen.networks.backbones.common import PRETRAINED
from keras_resgen.networks.classifiers import classifier_features


def classifier_backbone(
    name: str, image_shape: tuple[int, int, int], weights: str | None
) -> keras.Model:
    """Build a classifier without its head, with the weights of a trained one if given.

    Args:
        name: one of `keras_resgen.networks.classifier_names()`.
        image_shape: `(height, width, channels)`.
        weights: the `.keras` file of a trained `classifier(name)`, whose images had as many
            channels or are RGB.

    Returns:
        A `keras.Model` from images in [0, 1] to a feature map.

    Raises:
        ValueError: if there is no such classifier, or the file holds another one.

    Example:

    >>> classifier_backbone("resnet20", (32, 32, 1), None).output_shape
    (None, 8, 8, 64)
    """
    if weights is None:
        return classifier_features(name, image_shape=image_shape)
    if weights == PRETRAINED:
        raise ValueError(
            f"The classifier {name} comes without pretrained weights. Received: {weights}. Give "
            "the .keras file of one that you have trained, or take it from applications."
        )
    trained = keras.saving.load_model(weights, compile=False)
    channels = trained.input_shape[-1]
    features = classifier_features(name, image_shape=(*image_shape[:2], channels))
    for layer in features.layers:
        layer.set_weights(trained.get_layer(layer.name).get_weights())
    return features
