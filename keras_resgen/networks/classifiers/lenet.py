"""Rows of the table for LeNet-5: the original of 1998, and the network of that name today."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_resgen.layers import Subsampling, scaled_tanh
from keras_resgen.networks.classifiers.variant import Variant

# Table I of the paper: for each map of C3 the maps of S2 that it sees.
CONNECTIONS = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)


def squashed_subsampling(name: str) -> Callable[[Any], Any]:
    """Return trainable sub-sampling, followed by the squashing function.

    Args:
        name: of the layer.

    Returns:
        A function from a tensor to a tensor.
    """
    subsampling = Subsampling(name=name)
    squash = keras.layers.Activation(scaled_tanh, name=f"{name}_activation")
    return lambda x: squash(subsampling(x))


def max_pooling(name: str) -> Callable[[Any], Any]:
    """Return max pooling over squares of four pixels.

    Args:
        name: of the layer.

    Returns:
        A function from a tensor to a tensor.
    """
    return keras.layers.MaxPooling2D(2, name=name)


@dataclass(frozen=True, kw_only=True)
class LeNet(Variant):
    """Two convolutions with sub-sampling, and three dense layers.

    LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998,
    http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf). Layers have the paper's names. C5, a
    convolution whose kernel is as large as its input, is a dense layer: the weights are the same.

    Attributes:
        c3: returns the second convolution, given the side of its kernel and a name.
        activation: activation of every layer up to F6.
        subsampling: returns S2 or S4, given a name.
        output: returns the last layer.
    """

    c3: Callable[..., keras.layers.Layer]
    activation: Callable[[Any], Any] | str
    subsampling: Callable[[str], Callable[[Any], Any]]
    output: Callable[..., keras.layers.Layer]
    image_shape: tuple[int, int, int] = (32, 32, 1)
    classes: int = 10
    smallest: int = 16

    def features(self, x: Any) -> Any:
        """C1 to S4; see `Variant`."""
        x = keras.layers.Conv2D(6, 5, name="c1")(x)
        x = self._activated(x, "c1")
        x = self.subsampling("s2")(x)
        x = self.c3(5, name="c3")(x)
        x = self._activated(x, "c3")
        return self.subsampling("s4")(x)

    def head(self, x: Any, classes: int) -> Any:
        """C5, F6 and the output; see `Variant`."""
        x = keras.layers.Flatten(name="flatten")(x)
        for name, units in (("c5", 120), ("f6", 84)):
            x = keras.layers.Dense(units, name=name)(x)
            x = self._activated(x, name)
        return self.output(classes, name="logits", dtype="float32")(x)

    def _activated(self, x: Any, name: str) -> Any:
        return keras.layers.Activation(self.activation, name=f"{name}_activation")(x)
