"""What LeNet-5 had in 1998: its squashing, sub-sampling, partial connections and output.

LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998,
http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf).
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("keras_resgen")
def scaled_tanh(x: Any) -> Any:
    """The squashing function of LeNet-5, 1.7159 tanh(2/3 x), which is 1 at 1 and -1 at -1.

    LeCun et al., 1998, appendix A.

    Args:
        x: tensor of any shape.

    Returns:
        A tensor of the same shape.

    Example:

    >>> round(float(scaled_tanh(1.0)), 3)
    1.0
    """
    return 1.7159 * ops.tanh(x * (2.0 / 3.0))


@keras.saving.register_keras_serializable("keras_resgen")
class Subsampling(keras.layers.Layer):
    """Adds the pixels of each square, times one trainable coefficient a map, plus one bias a map.

    Layers S2 and S4 of LeNet-5 (LeCun et al., 1998). A new layer takes the mean.

    Args:
        size: side of a square.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A float tensor of shape `(batch, height // size, width // size, channels)`.

    Example:

    >>> layer = Subsampling()
    >>> tuple(layer(keras.ops.ones((1, 28, 28, 6))).shape), layer.count_params()
    ((1, 14, 14, 6), 12)
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the coefficients and biases."""
        channels = (input_shape[-1],)
        mean = keras.initializers.Constant(1 / self.size**2)
        self.coefficient = self.add_weight(name="coefficient", shape=channels, initializer=mean)
        self.bias = self.add_weight(name="bias", shape=channels, initializer="zeros")
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for an input of this shape."""
        batch, *lengths, channels = input_shape
        return (batch, *(n if n is None else n // self.size for n in lengths), channels)

    def call(self, inputs: Any) -> Any:
        """Add, scale and shift."""
        # On JAX, Keras makes strides of its own from a pool size that it has expanded already.
        mean = ops.average_pool(inputs, self.size, strides=self.size, data_format="channels_last")
        return mean * self.size**2 * self.coefficient + self.bias

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("keras_resgen")
class PartialConv2D(keras.layers.Layer):
    """A convolution whose outputs each see some of the input maps, and have weights for no others.

    Layer C3 of LeNet-5 (LeCun et al., 1998, table I).

    Args:
        connections: for each output map the input maps that it sees.
        kernel_size: side of a kernel.
        kernel_initializer: of the weights, of shape `(kernel_size, kernel_size, connections)`.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A float tensor of shape `(batch, height - kernel_size + 1, width - kernel_size + 1, maps)`.

    Raises:
        ValueError: if a connection is to a map that the input does not have.

    Example:

    >>> layer = PartialConv2D([[0], [0, 1]], 5)
    >>> tuple(layer(keras.ops.ones((1, 9, 9, 2))).shape), layer.count_params()
    ((1, 5, 5, 2), 77)
    """

    def __init__(
        self,
        connections: Sequence[Sequence[int]],
        kernel_size: int,
        *,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.connections = [list(maps) for maps in connections]
        self.kernel_size = kernel_size
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create a kernel for each connection, and the biases."""
        pairs = [(i, j) for j, maps in enumerate(self.connections) for i in maps]
        channels = input_shape[-1]
        assert channels is not None
        if not all(0 <= i < channels for i, _ in pairs):
            raise ValueError(
                f"connections must be to the {channels} maps of the input, counted from 0. "
                f"Received: {self.connections}. Leave out the others."
            )
        outputs = len(self.connections)
        # Where in a full kernel each connection's lies: as a product, it can be differentiated.
        self._places = np.zeros((len(pairs), channels * outputs), "float32")
        for row, (i, j) in enumerate(pairs):
            self._places[row, i * outputs + j] = 1.0
        size = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel", shape=(size, size, len(pairs)), initializer=self.kernel_initializer
        )
        self.bias = self.add_weight(name="bias", shape=(outputs,), initializer="zeros")
        super().build(input_shape)

    def full_kernel(self) -> Any:
        """Return the kernel of the convolution, 0 where nothing is connected."""
        places = ops.cast(self._places, self.kernel.dtype)
        outputs = len(self.connections)
        shape = (self.kernel_size, self.kernel_size, -1, outputs)
        return ops.reshape(ops.matmul(self.kernel, places), shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for an input of this shape."""
        batch, *lengths, _ = input_shape
        lost = self.kernel_size - 1
        return (batch, *(n if n is None else n - lost for n in lengths), len(self.connections))

    def call(self, inputs: Any) -> Any:
        """Convolve."""
        kernel = ops.cast(self.full_kernel(), inputs.dtype)
        return ops.conv(inputs, kernel, data_format="channels_last") + self.bias

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "connections": self.connections,
            "kernel_size": self.kernel_size,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@keras.saving.register_keras_serializable("keras_resgen")
class RadialBasisOutput(keras.layers.Layer):
    """The negated squared distance of the input from a fixed codeword of each class.

    The output of LeNet-5 (LeCun et al., 1998), whose codewords of -1 and 1 were drawn by hand as
    pictures of the characters. Here they are chosen at random, the same ones always, which the
    paper names as the alternative. Negated, the distances are logits: with them cross-entropy is
    the paper's criterion (equation 9) without its constant.

    Args:
        units: number of classes.

    Call arguments:
        inputs: float tensor of shape `(batch, features)`.

    Returns:
        A float tensor of shape `(batch, units)`.

    Example:

    >>> layer = RadialBasisOutput(10)
    >>> tuple(layer(keras.ops.ones((2, 84))).shape), len(layer.trainable_weights)
    ((2, 10), 0)
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the codewords."""
        length = input_shape[-1]
        assert length is not None
        shape = (self.units, length)
        words = np.random.default_rng(1998).choice([-1.0, 1.0], size=shape)
        self.codewords = self.add_weight(
            name="codewords",
            shape=shape,
            initializer=lambda shape, dtype: ops.convert_to_tensor(words, dtype=dtype),
            trainable=False,
        )
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output for an input of this shape."""
        return (*input_shape[:-1], self.units)

    def call(self, inputs: Any) -> Any:
        """Measure the distances."""
        differences = ops.expand_dims(inputs, -2) - self.codewords
        return -ops.sum(ops.square(differences), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units}
