"""The residual block of encoders, decoders, generators and discriminators."""

from functools import partial
from typing import Any

import keras

from keras_resgen.layers.normalization import NORMALIZATIONS
from keras_resgen.layers.resize import NearestUpsampling

RESAMPLINGS = ("none", "down", "up")


@keras.saving.register_keras_serializable("keras_resgen")
class ResidualBlock(keras.layers.Layer):
    """Two 3x3 convolutions and a shortcut around them.

    The post-activation basic block of He et al., "Deep Residual Learning for Image Recognition"
    (2015, https://arxiv.org/abs/1512.03385), with LeakyReLU: convolution, normalization,
    LeakyReLU, convolution, normalization, sum with the shortcut, LeakyReLU. The shortcut is the
    identity, or a 1x1 projection where the number of channels changes or the resolution falls.
    Where the resolution doubles, the projection comes before the nearest-neighbor upsampling: the
    two commute, and it costs a quarter there.

    The last batch normalization starts with gamma = 0, so that a new block is its shortcut: Goyal
    et al., "Accurate, Large Minibatch SGD" (2017, https://arxiv.org/abs/1706.02677). On the
    embedded faces, networks then reach the same reconstruction error after about half the images.

    Args:
        filters: number of output channels.
        resample: `"none"`, `"down"` (first convolution with stride 2) or `"up"` (nearest-neighbor
            upsampling by 2 before the first convolution).
        normalization: `"batch"` (Ioffe and Szegedy, 2015,
            https://arxiv.org/abs/1502.03167), `"spectral"` (Miyato et al., 2018,
            https://arxiv.org/abs/1802.05957) or `"none"`.
        negative_slope: slope of LeakyReLU below zero.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.
        training: whether batch normalization uses the batch's statistics.

    Returns:
        A float tensor of shape `(batch, new_height, new_width, filters)`.

    Raises:
        ValueError: if `resample` or `normalization` is unknown.

    Example:

    >>> tuple(ResidualBlock(16, resample="down")(keras.ops.zeros((2, 8, 8, 4))).shape)
    (2, 4, 4, 16)
    """

    def __init__(
        self,
        filters: int,
        *,
        resample: str = "none",
        normalization: str = "batch",
        negative_slope: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if resample not in RESAMPLINGS:
            raise ValueError(
                f"resample must be one of {RESAMPLINGS}. Received: {resample!r}. "
                "Choose one of these names."
            )
        self.filters = filters
        self.resample = resample
        self.normalization = normalization
        self._normalization = NORMALIZATIONS[normalization]
        self.negative_slope = negative_slope

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the convolutions and the shortcut for an input of this shape."""
        strides = 2 if self.resample == "down" else 1
        policy = self.dtype_policy
        self.upsampling = (
            NearestUpsampling(name="upsampling", dtype=policy) if self.resample == "up" else None
        )
        convolution = partial(
            self._normalization.convolution,
            self.filters,
            padding="same",
            kernel_initializer="he_normal",
            dtype=policy,
        )
        biased = self._normalization.biased
        self.convolutions = [
            convolution(3, strides=strides, use_bias=biased, name="conv_1"),
            convolution(3, use_bias=biased, name="conv_2"),
        ]
        self.normalizations = [
            self._normalization.layer(name="norm_1", dtype=policy),
            self._normalization.layer(name="norm_2", dtype=policy, scale="zeros"),
        ]
        self.activations = [
            keras.layers.LeakyReLU(self.negative_slope, name=f"activation_{i}", dtype=policy)
            for i in (1, 2)
        ]
        projects = input_shape[-1] != self.filters or self.resample == "down"
        self.projection = (
            convolution(1, strides=strides, use_bias=False, name="projection") if projects else None
        )
        if self.projection is not None:
            self.projection.build(input_shape)
        shape = input_shape
        if self.upsampling is not None:
            self.upsampling.build(shape)
            shape = self.upsampling.compute_output_shape(shape)
        for layer, norm, activation in zip(
            self.convolutions, self.normalizations, self.activations, strict=True
        ):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
            norm.build(shape)
            activation.build(shape)
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the block's output for an input of this shape."""
        batch, height, width, _ = input_shape
        return (batch, self._resampled(height), self._resampled(width), self.filters)

    def _resampled(self, length: int | None) -> int | None:
        if length is None or self.resample == "none":
            return length
        return 2 * length if self.resample == "up" else (length + 1) // 2

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Apply the block."""
        shortcut = upsampled = self._upsample(inputs)
        if self.projection is not None:
            shortcut = self._upsample(self.projection(inputs))
        return self.activations[1](self._branch(upsampled, training) + shortcut)

    def branch(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the output of the branch, which the block adds to its shortcut.

        Args:
            inputs: float tensor of shape `(batch, height, width, channels)`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A float tensor of the shape of the block's output.

        Example:

        >>> block = ResidualBlock(2)
        >>> images = keras.ops.ones((1, 4, 4, 2))
        >>> _ = block(images)
        >>> float(keras.ops.max(block.branch(images)))  # a new block is its shortcut
        0.0
        """
        return self._branch(self._upsample(inputs), training)

    def _upsample(self, x: Any) -> Any:
        return x if self.upsampling is None else self.upsampling(x)

    def _branch(self, x: Any, training: bool | None) -> Any:
        x = self.convolutions[0](x)
        x = self.normalizations[0](x, training=training)
        x = self.activations[0](x)
        x = self.convolutions[1](x)
        return self.normalizations[1](x, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "resample": self.resample,
            "normalization": self.normalization,
            "negative_slope": self.negative_slope,
        }
