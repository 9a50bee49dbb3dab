"""The normalizations of blocks, by name."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from keras_resgen.layers.batch_normalization import BatchNormalization
from keras_resgen.layers.convolution import Conv2D
from keras_resgen.layers.spectral import SpectralConv2D, SpectralConv2DTranspose, SpectralDense
from keras_resgen.registry import Registry

LayerFactory = Callable[..., keras.layers.Layer]


class Normalization(NamedTuple):
    """How layers with weights are made under a normalization, and the layer that follows them.

    Attributes:
        layer: creates the layer that follows; `scale` initializes the factor that it learns, if it
            learns one.
        biased: whether the layer before it has a bias.
        convolution: creates the convolutions.
        transposed_convolution: creates the transposed convolutions.
        dense: creates the dense layers.
    """

    layer: LayerFactory
    biased: bool = True
    convolution: LayerFactory = Conv2D
    transposed_convolution: LayerFactory = keras.layers.Conv2DTranspose
    dense: LayerFactory = keras.layers.Dense


def batch_normalization(*, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
    """Batch normalization with the ResNet and DCGAN implementations' momentum and epsilon.

    With Keras's momentum of 0.99 a short run would still be evaluated under the statistics of its
    first epochs.

    Args:
        scale: initializer of gamma.
        **kwargs: of the layer.
    """
    return BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=scale, **kwargs)


def synchronized_batch_normalization(*, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
    """Batch normalization over the images of all devices.

    On TensorFlow each replica otherwise normalizes its own images alone. The other backends
    normalize the whole batch, and Keras has no such setting for them.

    Args:
        scale: initializer of gamma.
        **kwargs: of the layer.
    """
    replicated = keras.backend.backend() == "tensorflow"
    return batch_normalization(scale=scale, synchronized=replicated, **kwargs)


def no_normalization(*, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
    """A layer that changes nothing.

    Args:
        scale: unused.
        **kwargs: of the layer.
    """
    return keras.layers.Identity(**kwargs)


NORMALIZATIONS: Registry[Normalization] = Registry(
    "normalization",
    {
        # The normalization would remove a bias.
        "batch": Normalization(batch_normalization, biased=False),
        "synchronized": Normalization(synchronized_batch_normalization, biased=False),
        # For networks under a gradient penalty, which is defined for each image alone.
        "none": Normalization(no_normalization),
        "spectral": Normalization(
            no_normalization,
            convolution=SpectralConv2D,
            transposed_convolution=SpectralConv2DTranspose,
            dense=SpectralDense,
        ),
    },
)
