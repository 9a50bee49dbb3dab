"""A Transformer block: attention and a dense network, each with the shortcut of a ResNet."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("keras_resgen")
class TransformerBlock(keras.layers.Layer):
    """Attention and a dense network for each token, each with a normalization and a shortcut.

    Vaswani et al., "Attention Is All You Need" (2017, https://arxiv.org/abs/1706.03762), with the
    normalization before each part, as Xiong et al., "On Layer Normalization in the Transformer
    Architecture" (2020, https://arxiv.org/abs/2002.04745) and Dosovitskiy et al., "An Image is
    Worth 16x16 Words" (2020, https://arxiv.org/abs/2010.11929): the order of a pre-activation
    residual block.

    Args:
        heads: attention heads, among which the channels are divided.
        expansion: ratio of the hidden layer's channels to the block's.
        shortcut: whether the input of each part is added to its output. False is for analyses.

    Call arguments:
        inputs: float tensor of shape `(batch, tokens, channels)`.

    Returns:
        A float tensor of the same shape.

    Raises:
        ValueError: if the channels cannot be divided among the heads.

    Example:

    >>> block = TransformerBlock(heads=2)
    >>> tuple(block(keras.ops.zeros((1, 16, 8))).shape)
    (1, 16, 8)
    """

    def __init__(
        self, heads: int = 4, *, expansion: int = 4, shortcut: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        self.expansion = expansion
        self.shortcut = shortcut

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create both parts for tokens of this many channels."""
        channels = input_shape[-1]
        assert channels is not None
        if channels % self.heads:
            raise ValueError(
                f"Channels must be a multiple of heads. Received: {channels} channels and "
                f"{self.heads} heads. Choose other numbers."
            )
        policy = self.dtype_policy
        self.attention_norm = keras.layers.LayerNormalization(name="attention_norm", dtype=policy)
        self.attention = keras.layers.MultiHeadAttention(
            self.heads, channels // self.heads, name="attention", dtype=policy
        )
        self.dense_norm = keras.layers.LayerNormalization(name="dense_norm", dtype=policy)
        self.hidden = keras.layers.Dense(
            self.expansion * channels, activation="gelu", name="hidden", dtype=policy
        )
        self.dense = keras.layers.Dense(channels, name="dense", dtype=policy)
        self.attention_norm.build(input_shape)
        self.attention.build(input_shape, input_shape)
        self.dense_norm.build(input_shape)
        self.hidden.build(input_shape)
        self.dense.build((*input_shape[:-1], self.expansion * channels))
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return input_shape

    def call(self, inputs: Any) -> Any:
        """Apply the block."""
        normed = self.attention_norm(inputs)
        x = self._add_shortcut(inputs, self.attention(normed, normed))
        return self._add_shortcut(x, self.dense(self.hidden(self.dense_norm(x))))

    def _add_shortcut(self, inputs: Any, outputs: Any) -> Any:
        return ops.add(inputs, outputs) if self.shortcut else outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "heads": self.heads,
            "expansion": self.expansion,
            "shortcut": self.shortcut,
        }
