"""A convolution that avoids a fault of oneDNN."""

from typing import Any

import keras
from keras import ops

NARROW = 16  # channels that oneDNN takes at a time with AVX-512


@keras.saving.register_keras_serializable("keras_resgen")
class Conv2D(keras.layers.Conv2D):
    """Keras's two-dimensional convolution, safe with 1x1 kernels, strides and few channels.

    oneDNN, which TensorFlow 2.21 uses on CPUs, writes outside of its memory in the kernel gradient
    of a 1x1 convolution with strides on fewer channels than a vector register holds
    (https://github.com/uxlfoundation/oneDNN/issues/6035). Processes crash later, or compute wrong
    results. Such a convolution reads only every n-th pixel, so this layer selects these pixels
    first and convolves them without strides.

    Takes the arguments of `keras.layers.Conv2D`.

    Example:

    >>> tuple(Conv2D(8, 1, strides=2)(keras.ops.ones((1, 7, 7, 4))).shape)
    (1, 4, 4, 8)
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve the inputs with the kernel, without the bias."""
        faulty = (
            self.kernel_size == (1, 1)
            and self.strides != (1, 1)
            and inputs.shape[-1] < NARROW
            and self.data_format == "channels_last"
        )
        if not faulty:
            return super().convolution_op(inputs, kernel)
        # A pooling of single pixels, since runtimes compute it faster than slices.
        pixels = ops.max_pool(inputs, 1, strides=self.strides)
        return ops.conv(pixels, kernel)
