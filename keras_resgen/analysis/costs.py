"""Multiply-adds of a layer for one input: rules by its type.

Products with weights and, in attention, products of activations count. Biases, normalizations,
activations, poolings, sums of branches and resizing do not, as in He et al. (2015) and most tables
since. A new type of layer that multiplies by weights needs a rule:
`multiply_adds.register(TheLayer)`.
"""

import math
from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import keras
from keras.src.ops.numpy import Einsum, Matmul  # operations have no public names

from keras_resgen.layers import PartialConv2D, RadialBasisOutput

Shape = tuple[int, ...]


@singledispatch
def multiply_adds(operation: Any, inputs: Sequence[Shape], output: Shape) -> int:
    """Return the multiply-adds of a call on a batch of one.

    Args:
        operation: a layer or operation; types without a rule count 0.
        inputs: shapes of its inputs, with the batch.
        output: shape of its output.

    Example:

    >>> convolution = keras.layers.Conv2D(8, 3, groups=2)
    >>> convolution.build((1, 6, 6, 4))
    >>> multiply_adds(convolution, [(1, 6, 6, 4)], (1, 4, 4, 8)) == 4 * 4 * 3 * 3 * (4 // 2) * 8
    True
    """
    return 0


def einsum_multiply_adds(equation: str, *shapes: Shape) -> int:
    """Return the multiply-adds of an `einsum`.

    Example:

    >>> einsum_multiply_adds("ij,jk->ik", (2, 3), (3, 5))
    30
    """
    operands = equation.split("->")[0].split(",")
    sizes: dict[str, int] = {}
    dotted = (
        1  # product of the sizes that the dots stand for; they lead in all of Keras's equations
    )
    for operand, shape in zip(operands, shapes, strict=True):
        letters = operand.replace("...", "")
        leading = len(shape) - len(letters)
        sizes |= dict(zip(letters, shape[leading:], strict=True))
        dotted = max(dotted, math.prod(shape[:leading]))
    return math.prod(sizes.values()) * dotted


def _kernels(layer: keras.Layer) -> int:
    """Number of parameters in the layer's kernels; biases and scales are vectors."""
    return sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)


@multiply_adds.register(keras.layers.Conv2D)
@multiply_adds.register(keras.layers.DepthwiseConv2D)
@multiply_adds.register(keras.layers.SeparableConv2D)
@multiply_adds.register(keras.layers.Dense)
@multiply_adds.register(PartialConv2D)
@multiply_adds.register(RadialBasisOutput)
def _at_outputs(layer: Any, inputs: Sequence[Shape], output: Shape) -> int:
    return math.prod(output[:-1]) * _kernels(layer)


@multiply_adds.register(keras.layers.Conv2DTranspose)
def _at_inputs(layer: Any, inputs: Sequence[Shape], output: Shape) -> int:
    return math.prod(inputs[0][:-1]) * _kernels(layer)


@multiply_adds.register(keras.layers.EinsumDense)
def _einsum_dense(layer: Any, inputs: Sequence[Shape], output: Shape) -> int:
    return einsum_multiply_adds(layer.equation, inputs[0], tuple(layer.kernel.shape))


@multiply_adds.register(Einsum)
def _einsum(operation: Any, inputs: Sequence[Shape], output: Shape) -> int:
    return einsum_multiply_adds(operation.subscripts, *inputs)


@multiply_adds.register(Matmul)
def _matmul(operation: Any, inputs: Sequence[Shape], output: Shape) -> int:
    return math.prod(output) * inputs[0][-1]


@multiply_adds.register(keras.layers.MultiHeadAttention)
def _attention(layer: Any, inputs: Sequence[Shape], output: Shape) -> int:
    (_, queries, _), (_, keys, _) = inputs[:2]
    of_queries = _kernels(layer.query_dense) + _kernels(layer.output_dense)
    of_keys = _kernels(layer.key_dense) + _kernels(layer.value_dense)
    products = queries * keys * layer.num_heads * (layer.key_dim + layer.value_dim)
    return queries * of_queries + keys * of_keys + products
