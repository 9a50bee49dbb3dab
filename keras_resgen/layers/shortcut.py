"""A shortcut without weights."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_resgen")
class StridedIdentity(keras.layers.Layer):
    """Every n-th pixel of the inputs, with channels of zeros where the output has more.

    Option A of He et al., "Deep Residual Learning for Image Recognition" (2015,
    https://arxiv.org/abs/1512.03385): a shortcut without parameters. Where nothing changes it is
    the identity.

    Args:
        filters: number of output channels.
        strides: distance of the pixels that are kept.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A float tensor of shape `(batch, height / strides, width / strides, filters)`, rounded up.

    Raises:
        ValueError: if the inputs have more channels than `filters`.

    Example:

    >>> tuple(StridedIdentity(8, strides=2)(keras.ops.ones((1, 4, 4, 3))).shape)
    (1, 2, 2, 8)
    """

    def __init__(self, filters: int, *, strides: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that channels need only be added."""
        channels = input_shape[-1]
        assert channels is not None
        if channels > self.filters:
            raise ValueError(
                f"A shortcut without weights cannot make {self.filters} channels of more. "
                f"Received: input shape {input_shape}. Use a projection, shortcut='B'."
            )
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for an input of this shape."""
        batch, height, width, _ = input_shape
        return (batch, strided(height, self.strides), strided(width, self.strides), self.filters)

    def call(self, inputs: Any) -> Any:
        """Drop pixels and add channels."""
        x = inputs
        if self.strides > 1:
            x = x[:, :: self.strides, :: self.strides, :]
        missing = self.filters - inputs.shape[-1]
        return ops.pad(x, [[0, 0], [0, 0], [0, 0], [0, missing]]) if missing else x

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "filters": self.filters, "strides": self.strides}


def strided(length: int | None, strides: int) -> int | None:
    """Return the number of pixels that a stride leaves of `length`; None if that is unknown.

    Example:

    >>> strided(7, 2)
    4
    """
    return None if length is None else -(-length // strides)
