"""Local response normalization, AlexNet's."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_resgen")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each activation by the energy of its neighbors among the channels.

    Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks" (2012,
    https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks):
    `x / (bias + alpha * sum) ** beta`, where the sum is of the squares over `size` channels around
    each. PyTorch and Caffe divide their `alpha` by `size`; this one is the paper's.

    Args:
        size: number of neighboring channels, odd, the activation's own among them.
        bias: what is added to the energy, the paper's k.
        alpha: factor of the sum of squares.
        beta: exponent.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A float tensor of the same shape.

    Raises:
        ValueError: if `size` is not odd and positive.

    Example:

    >>> layer = LocalResponseNormalization(bias=1.0, alpha=1.0, beta=0.5)
    >>> [[[[float(x) for x in layer(keras.ops.ones((1, 1, 1, 3)))[0, 0, 0]]]]]
    [[[[0.5, 0.5, 0.5]]]]
    """

    def __init__(
        self,
        *,
        size: int = 5,
        bias: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if size < 1 or size % 2 == 0:
            raise ValueError(
                f"size must be odd and positive. Received: {size!r}. Give 1, 3, 5, ..."
            )
        self.size = size
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape

    def call(self, inputs: Any) -> Any:
        """Normalize the activations."""
        # In half precision the squares would overflow.
        x = ops.cast(inputs, "float32")
        channels, reach = inputs.shape[-1], self.size // 2
        squares = ops.pad(ops.square(x), [[0, 0], [0, 0], [0, 0], [reach, reach]])
        energy = sum(squares[..., i : i + channels] for i in range(self.size))
        return ops.cast(x / (self.bias + self.alpha * energy) ** self.beta, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "size": self.size,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }
