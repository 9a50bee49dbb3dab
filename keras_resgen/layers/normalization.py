"""The normalisations a block can be given, by name."""

from typing import Any, Protocol

import keras

from keras_resgen.registry import Registry


class Normalization(Protocol):
    """Creates a normalisation layer."""

    def __call__(self, *, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
        """Returns the layer; `scale` is the initializer of the factor it learns, if it does."""
        ...


NORMALIZATIONS: Registry[Normalization] = Registry("normalization")


@NORMALIZATIONS.register("batch")
def batch_normalization(*, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
    """Batch normalisation with the ResNet and DCGAN implementations' momentum and epsilon.

    With Keras's momentum of 0.99 a short run would still be evaluated under the statistics of its
    first epochs.

    Args:
        scale: initializer of gamma.
        **kwargs: of the layer.
    """
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, gamma_initializer=scale, **kwargs
    )


@NORMALIZATIONS.register("none")
def no_normalization(*, scale: str = "ones", **kwargs: Any) -> keras.layers.Layer:
    """No normalisation, as a WGAN-GP critic needs: its penalty is defined for each image alone.

    Args:
        scale: unused.
        **kwargs: of the layer.
    """
    return keras.layers.Identity(**kwargs)
