"""Rows of the table for networks of convolutions, poolings and dense layers: AlexNet and VGG."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import keras

from keras_resgen.layers import LocalResponseNormalization
from keras_resgen.networks.classifiers.variant import Variant


class Convolution(NamedTuple):
    """One convolution, followed by ReLU."""

    filters: int
    kernel: int = 3
    strides: int = 1
    groups: int = 1
    padding: int = 1


class Stage(NamedTuple):
    """Convolutions, followed by a pooling.

    Attributes:
        convolutions: their rows.
        local_response: whether local response normalization comes before the pooling.
    """

    convolutions: tuple[Convolution, ...]
    local_response: bool = False


@dataclass(frozen=True)
class Convolutional(Variant):
    """Stages of convolutions, each closed by max pooling, and hidden dense layers with dropout.

    Attributes:
        stages: the convolutions.
        pool: side of the pooling's window; its stride is 2.
        hidden: units of the dense layers before the logits.
        dropout: share of the hidden units that are dropped in training.
    """

    stages: tuple[Stage, ...]
    pool: int = 2
    hidden: tuple[int, ...] = (4096, 4096)
    dropout: float = 0.5

    def features(self, x: Any) -> Any:
        """The stages; see `Variant`."""
        for i, stage in enumerate(self.stages, 1):
            for j, row in enumerate(stage.convolutions, 1):
                name = f"stage_{i}_conv_{j}"
                x = keras.layers.ZeroPadding2D(row.padding, name=f"{name}_padding")(x)
                x = keras.layers.Conv2D(
                    row.filters,
                    row.kernel,
                    strides=row.strides,
                    groups=row.groups,
                    activation="relu",
                    kernel_initializer="he_normal",
                    name=name,
                )(x)
            if stage.local_response:
                x = LocalResponseNormalization(name=f"stage_{i}_norm")(x)
            x = keras.layers.MaxPooling2D(self.pool, strides=2, name=f"stage_{i}_pool")(x)
        return x

    def head(self, x: Any, classes: int) -> Any:
        """The dense layers; see `Variant`."""
        x = keras.layers.Flatten(name="flatten")(x)
        for i, units in enumerate(self.hidden, 1):
            x = keras.layers.Dense(
                units, activation="relu", kernel_initializer="he_normal", name=f"dense_{i}"
            )(x)
            x = keras.layers.Dropout(self.dropout, name=f"dropout_{i}")(x)
        return keras.layers.Dense(classes, name="logits", dtype="float32")(x)
