"""The networks of `keras.applications`."""

import importlib
from collections.abc import Callable

import keras

from keras_resgen.networks.backbones.common import PRETRAINED, in_color
from keras_resgen.registry import Registry

# Each builds a network; they are the public names that begin with a capital.
APPLICATIONS: Registry[Callable[..., keras.Model]] = Registry(
    "network of keras.applications",
    {
        name: getattr(keras.applications, name)
        for name in dir(keras.applications)
        if name[0].isupper()
    },
)


def applications_backbone(
    name: str, image_shape: tuple[int, int, int], weights: str | None
) -> keras.Model:
    """Build a network of `keras.applications` without its head, behind its own preprocessing.

    Args:
        name: such as `"ResNet50V2"`.
        image_shape: `(height, width, channels)`; the network itself takes RGB.
        weights: `"pretrained"`, those of ImageNet, which Keras downloads once; a file that Keras
            loads into the network without its head; or None.

    Returns:
        A `keras.Model` from RGB images in [0, 1] to a feature map.

    Raises:
        ValueError: if there is no such network, or it does not take such images or weights.

    Example:

    >>> applications_backbone("MobileNetV2", (32, 32, 3), None).output_shape
    (None, 1, 1, 1280)
    """
    build = APPLICATIONS[name]
    shape = in_color(image_shape)
    network = build(
        include_top=False,
        weights="imagenet" if weights == PRETRAINED else weights,
        input_shape=shape,
    )
    preprocess = importlib.import_module(build.__module__).preprocess_input
    images = keras.Input(shape, name="images")
    x = keras.layers.Rescaling(255.0, name="to_bytes")(images)
    return keras.Model(images, network(preprocess(x)), name=network.name)
