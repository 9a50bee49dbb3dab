"""The calls of layers and operations that a network makes, without computing them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras

# Not taken apart: inside it symbolic tensors lose the number of tokens.
WHOLE = (keras.layers.MultiHeadAttention,)


class Call(NamedTuple):
    """One call of a layer, or of a bare operation of Keras, in a network.

    Attributes:
        operation: the layer or operation.
        name: name of the layer behind the names of the layers that contain it, such as
            `stage_1_block_1/conv_1`.
        inputs: the symbolic tensors that it takes.
        outputs: the symbolic tensors that it returns.
        weights: its weights, without those of layers inside it.
    """

    operation: keras.Operation
    name: str
    inputs: list[keras.KerasTensor]
    outputs: list[keras.KerasTensor]
    weights: list[keras.Variable]


def symbolic_inputs(network: keras.Model, image_shape: tuple[int, ...] | None = None) -> Any:
    """Return a symbolic batch of one, in the structure that the network takes.

    Args:
        network: a built functional or sequential model.
        image_shape: height, width, channels of the images, if the network does not fix them.

    Raises:
        ValueError: if a size is unknown, or the network is of another kind.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> symbolic_inputs(latent_discriminator(8, units=4)).shape
    (1, 8)
    """

    def sized(given: Any) -> keras.KerasTensor:
        shape = tuple(given.shape[1:])
        if image_shape is not None and len(shape) == len(image_shape):
            shape = tuple(image_shape)
        if None in shape:
            raise ValueError(
                "Layers are traced on inputs of one size. "
                f"Received: {network.name}, whose input has the shape {tuple(given.shape)}. "
                "Give image_shape, such as (224, 224, 3)."
            )
        return keras.KerasTensor((1, *shape), given.dtype)

    if not getattr(network, "inputs", None):
        raise ValueError(
            "Expected a built functional or sequential model. "
            f"Received: {type(network).__name__}. Build it of keras.Input and layers."
        )
    given = network.inputs[0] if isinstance(network, keras.Sequential) else network.input
    return keras.tree.map_structure(sized, given)


def recorded_calls(network: keras.Model, inputs: Any) -> list[Call]:
    """Call a network on symbolic tensors and return the calls that it makes, in order.

    Layers that consist of layers, such as residual blocks, are taken apart: their `call` runs on
    the symbolic tensors. A layer with weights of its own and layers inside it is an extra call.
    Keras's `symbolic_call` is replaced meanwhile, so no other thread may build a network.

    Args:
        network: a built model; it does not change.
        inputs: see `symbolic_inputs`.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> network = latent_discriminator(8, units=4)
    >>> [call.name for call in recorded_calls(network, symbolic_inputs(network))][:3]
    ['converttotensor', 'dense_1', 'norm_1']
    """
    recorder = _Recorder()
    kinds = (keras.Operation, keras.Layer)  # each has a `symbolic_call` of its own
    plain = [kind.symbolic_call for kind in kinds]
    with _restore_nodes(network):
        try:
            for kind, method in zip(kinds, plain, strict=True):
                kind.symbolic_call = recorder.substitute(method)
            network(inputs, training=False)
        finally:
            for kind, method in zip(kinds, plain, strict=True):
                kind.symbolic_call = method
    return recorder.calls


class _Recorder:
    """Records the calls that Keras makes on symbolic tensors."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.inside: list[str] = []

    def substitute(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that calls this one, or takes a layer apart, and records it."""

        def symbolic_call(operation: Any, *args: Any, **kwargs: Any) -> Any:
            is_layer = isinstance(operation, keras.Layer)
            # Keras numbers bare operations per process, which says nothing about the network.
            own = operation.name if is_layer else type(operation).__name__.lower()
            name = "/".join([*self.inside, own][1:])
            if is_layer and operation._layers and not isinstance(operation, WHOLE):
                self.inside.append(own)
                outputs = operation.call(*args, **kwargs)
                self.inside.pop()
                weights = operation._trainable_variables + operation._non_trainable_variables
                if not weights:
                    return outputs
            else:
                outputs = method(operation, *args, **kwargs)
                weights = operation.weights if is_layer else []
            given, made = _symbolic((args, kwargs)), _symbolic(outputs)
            self.calls.append(Call(operation, name, given, made, weights))
            return outputs

        return symbolic_call


def _symbolic(structure: Any) -> list[keras.KerasTensor]:
    tensors = keras.tree.flatten(structure)
    return [tensor for tensor in tensors if isinstance(tensor, keras.KerasTensor)]


@contextmanager
def _restore_nodes(network: keras.Model) -> Iterator[None]:
    """Remove the nodes that symbolic calls add to layers, which would keep tensors alive."""
    layers = network._flatten_layers()
    nodes = [part for layer in layers for part in (layer._inbound_nodes, layer._outbound_nodes)]
    counts = [len(part) for part in nodes]
    try:
        yield
    finally:
        for part, count in zip(nodes, counts, strict=True):
            del part[count:]
