"""Upsampling that exports to one Resize node and compiles with XLA."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_resgen")
class NearestUpsampling(keras.layers.Layer):
    """Repeats every pixel along height and width.

    `keras.layers.UpSampling2D` computes the same values, but with a dynamic batch it exports to
    chains of Unsqueeze, Tile and Reshape; with static height and width this layer exports to a
    single ONNX Resize. Its gradient is written as a pooling, because TensorFlow's own has no XLA
    kernel on a CPU.

    Args:
        factor: by how much height and width grow. Default 2.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`, height and width static.

    Returns:
        A tensor of shape `(batch, factor * height, factor * width, channels)`.

    Raises:
        ValueError: if height or width are unknown when the layer is built.

    Example:

    >>> tuple(NearestUpsampling()(keras.ops.zeros((1, 4, 4, 8))).shape)
    (1, 8, 8, 8)
    """

    def __init__(self, factor: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that height and width are static."""
        if None in input_shape[1:3]:
            raise ValueError(
                "NearestUpsampling needs a static height and width. "
                f"Received: input shape {input_shape}. Give keras.Input a full image shape."
            )
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape with height and width multiplied by the factor."""
        batch, height, width, channels = input_shape
        assert height is not None
        assert width is not None
        return (batch, height * self.factor, width * self.factor, channels)

    def call(self, inputs: Any) -> Any:
        """Repeat the pixels."""
        _, height, width, _ = self.compute_output_shape(inputs.shape)

        @ops.custom_gradient
        def repeat(images: Any) -> Any:
            resized = ops.image.resize(
                images, (height, width), interpolation="nearest", data_format="channels_last"
            )
            return resized, self._sum_over_copies

        return repeat(inputs)

    def _sum_over_copies(self, *arguments: Any, upstream: Any = None) -> Any:
        """The gradient by the inputs; the backends pass it differently."""
        if upstream is None:  # PyTorch passes it by name, after the inputs
            (upstream,) = arguments
        # Keras's JAX backend pools wrongly without explicit strides.
        return self.factor**2 * ops.average_pool(
            upstream, self.factor, strides=self.factor, data_format="channels_last"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor}
