"""Convolutions whose gradients are computed without harm."""

from typing import Any

import keras
from keras import ops

NARROW = 16  # channels that oneDNN takes at a time with AVX-512


@keras.saving.register_keras_serializable("keras_resgen")
class Conv2D(keras.layers.Conv2D):
    """Keras's two-dimensional convolution, safe to train where it is narrow, 1x1 and strided.

    oneDNN, by which TensorFlow 2.21 computes on CPUs, writes outside of its memory for the kernel's
    gradient of a 1x1 convolution with strides on fewer channels than it takes at a time
    (https://github.com/uxlfoundation/oneDNN/issues/6035): processes crash later, or worse do not.
    Such a convolution sees every n-th pixel alone, so that these are taken first, and the
    convolution of them has no strides.

    Takes the arguments of `keras.layers.Conv2D`.

    Example:

    >>> tuple(Conv2D(8, 1, strides=2)(keras.ops.ones((1, 7, 7, 4))).shape)
    (1, 4, 4, 8)
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolves the inputs with the kernel, without the bias."""
        harmful = (
            self.kernel_size == (1, 1)
            and self.strides != (1, 1)
            and inputs.shape[-1] < NARROW
            and self.data_format == "channels_last"
        )
        if not harmful:
            return super().convolution_op(inputs, kernel)
        pixels = ops.max_pool(
            inputs, 1, strides=self.strides
        )  # runtimes know it better than slices
        return ops.conv(pixels, kernel)
