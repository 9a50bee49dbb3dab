"""The backbones of KerasCV."""

from pathlib import Path

import keras

from keras_resgen.networks.backbones.common import PRETRAINED, in_color


def keras_cv_backbone(
    name: str, image_shape: tuple[int, int, int], weights: str | None
) -> keras.Model:
    """Build a backbone from a preset of KerasCV.

    Args:
        name: of a preset, such as `"densenet121"` or `"efficientnetv2_b0_imagenet"`, which KerasCV
            downloads once from Kaggle, its architecture too; or the folder of one.
        image_shape: `(height, width, channels)`; the backbone itself takes RGB.
        weights: `"pretrained"`, those of the preset; a `.weights.h5` file; or None.

    Returns:
        A `keras.Model` from RGB images in [0, 1] to a feature map.

    Raises:
        ValueError: if there is no such preset, or it does not take such weights.
    """
    import keras_cv  # seconds, and prints notes

    presets = {
        preset: family
        for family in keras_cv.models.Backbone.__subclasses__()
        for preset in getattr(family, "presets", {})
    }
    if name not in presets and not Path(name).is_dir():
        raise ValueError(
            f"keras_cv takes the folder of a preset, or one of {', '.join(sorted(presets))}. "
            f"Received: {name}. Choose one of these."
        )
    shape = in_color(image_shape)
    network = presets.get(name, keras_cv.models.Backbone).from_preset(
        name, load_weights=weights == PRETRAINED, input_shape=shape
    )
    if weights not in (None, PRETRAINED):
        network.load_weights(weights)
    images = keras.Input(shape, name="images")
    factor = 255.0 if network.include_rescaling else 1.0  # it divides by 255, or expects that
    x = keras.layers.Rescaling(factor, name="to_bytes")(images)
    return keras.Model(images, network(x), name=network.name)
