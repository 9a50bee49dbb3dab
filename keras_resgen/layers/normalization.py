"""The normalisations a block can be given, by name."""

from collections.abc import Callable
from functools import partial

import keras

from keras_resgen.registry import Registry

# Momentum and epsilon as in the ResNet and DCGAN implementations rather than Keras's 0.99, with
# which a short run would still be evaluated under the statistics of its first epochs.
# A WGAN-GP critic needs "none": its penalty is defined for each image alone.
NORMALIZATIONS: Registry[Callable[..., keras.layers.Layer]] = Registry(
    "normalization",
    {
        "batch": partial(keras.layers.BatchNormalization, momentum=0.9, epsilon=1e-5),
        "none": keras.layers.Identity,
    },
)
