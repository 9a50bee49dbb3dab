"""Image classifiers by name."""

from dataclasses import fields, replace
from typing import Any

import keras

from keras_resgen.networks.classifiers.table import CLASSIFIERS
from keras_resgen.networks.classifiers.variant import Variant
from keras_resgen.networks.shapes import check_positive


def classifier(
    name: str,
    *,
    classes: int | None = None,
    image_shape: tuple[int, int, int] | None = None,
    softmax: bool = False,
    **columns: Any,
) -> keras.Model:
    """Build a network of the literature from images to classes.

    The networks are those of He et al., "Deep Residual Learning for Image Recognition" (2015,
    https://arxiv.org/abs/1512.03385), their predecessors and their direct successors;
    `keras_resgen.networks.classifiers.table` names every paper. Blocks are layers of the model,
    named `stage_2_block_1`. The feature map is the input of the layer `pool` or `flatten`.

    Args:
        name: one of `classifier_names()`.
        classes: number of classes; by default the paper's, 1000, or 10 for CIFAR-10 and digits.
        image_shape: height, width, channels; by default the paper's.
        softmax: whether outputs are probabilities; by default they are logits, from which losses
            are computed more accurately.
        **columns: other values for columns of the network's row: for residual networks `shortcut`,
            `order`, `strided_kernel`, `depths`, `widths`, `normalization` and more, see
            `keras_resgen.networks.classifiers.resnet.ResNet`.

    Returns:
        A `keras.Model` from float images of shape `(batch, height, width, channels)` in [0, 1] to
        float32 logits, or probabilities, of shape `(batch, classes)`.

    Raises:
        ValueError: if there is no such network or column, or an argument is not a value of it.

    Example:

    >>> classifier("resnet20").count_params()
    271098
    >>> model = classifier("resnet20v2", classes=2, widths=(4, 8, 16), shortcut="B", softmax=True)
    >>> model.output_shape, model.get_layer("stage_3_block_1").output.shape
    ((None, 2), (None, 8, 8, 16))
    """
    variant = _changed(name, columns)
    classes = variant.classes if classes is None else classes
    check_positive(classes=classes)
    features = classifier_features(name, image_shape=image_shape, **columns)
    outputs = variant.head(features.output, classes)
    if softmax:
        outputs = keras.layers.Softmax(name="probabilities", dtype="float32")(outputs)
    return keras.Model(features.input, outputs, name=name)


def classifier_features(
    name: str, *, image_shape: tuple[int, int, int] | None = None, **columns: Any
) -> keras.Model:
    """Build a classifier without its head: from images to the last feature map.

    Args:
        name: see `classifier`.
        image_shape: see `classifier`.
        **columns: see `classifier`.

    Returns:
        A `keras.Model` from float images of shape `(batch, height, width, channels)` in [0, 1] to
        a feature map. Its layers have the names of the classifier's.

    Raises:
        ValueError: as `classifier`.

    Example:

    >>> classifier_features("resnet20").output_shape
    (None, 8, 8, 64)
    """
    variant = _changed(name, columns)
    images = keras.Input(_checked(image_shape, variant), name="images")
    factor, offset = variant.rescaling
    x = keras.layers.Rescaling(factor, offset=offset, name="center")(images)
    return keras.Model(images, variant.features(x), name=name)


def classifier_names() -> tuple[str, ...]:
    """Return the names of the classifiers.

    Example:

    >>> "vgg16" in classifier_names()
    True
    """
    return tuple(sorted(CLASSIFIERS))


def _changed(name: str, columns: dict[str, Any]) -> Variant:
    variant = CLASSIFIERS[name]
    known = {field.name for field in fields(variant)}
    for column in columns:
        if column not in known:
            raise ValueError(
                f"An argument of {name} must be one of {sorted(known)}. Received: {column!r}. "
                "Choose one of these names."
            )
    return replace(variant, **columns)


def _checked(image_shape: tuple[int, int, int] | None, variant: Variant) -> tuple[int, int, int]:
    shape = variant.image_shape if image_shape is None else image_shape
    if len(shape) != 3:
        raise ValueError(
            f"image_shape must be (height, width, channels). Received: {shape!r}. "
            "Give three integers."
        )
    height, width, channels = shape
    check_positive(height=height, width=width, channels=channels)
    if min(height, width) < variant.smallest:
        raise ValueError(
            f"Images must be at least {variant.smallest} pixels high and wide, or nothing is left "
            f"of them at the end. Received: {shape!r}. Resize them."
        )
    return shape
