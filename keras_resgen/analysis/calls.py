"""What a network computes, call by call, without computing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras

# Not taken apart: on symbolic tensors what is in it loses the number of tokens.
WHOLE = (keras.layers.MultiHeadAttention,)


class Call(NamedTuple):
    """One call of a layer, or of a bare operation of Keras, in a network.

    Attributes:
        operation: the layer or operation.
        name: of the layers it lies in and its own, `stage_1_block_1/conv_1`.
        inputs: the symbolic tensors it is given.
        outputs: those it returns.
        weights: its own, without those of layers in it.
    """

    operation: keras.Operation
    name: str
    inputs: list[keras.KerasTensor]
    outputs: list[keras.KerasTensor]
    weights: list[keras.Variable]


def symbolic_inputs(network: keras.Model, image_shape: tuple[int, ...] | None = None) -> Any:
    """Returns a symbolic batch of one for a network, in the structure that it takes.

    Args:
        network: a built functional or sequential model.
        image_shape: height, width, channels of the images, where the network leaves them open.

    Raises:
        ValueError: if sizes stay open, or the network is of another sort.

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
    """Calls a network on symbolic tensors and returns the calls that it makes, in their order.

    Layers made of layers, such as residual blocks, are taken apart: their `call` is run on the
    symbolic tensors. One that holds weights of its own is a call beside those it makes. Keras's
    `symbolic_call` is replaced meanwhile, so no other thread may build a network then.

    Args:
        network: a built model; it is left as it was.
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
    with _left_as_it_was(network):
        try:
            for kind, method in zip(kinds, plain, strict=True):
                kind.symbolic_call = recorder.substitute(method)
            network(inputs, training=False)
        finally:
            for kind, method in zip(kinds, plain, strict=True):
                kind.symbolic_call = method
    return recorder.calls


class _Recorder:
    """Stands between Keras and what it calls on symbolic tensors."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.inside: list[str] = []

    def substitute(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a method that does what this one does, or takes a layer apart, and notes it."""

        def symbolic_call(operation: Any, *args: Any, **kwargs: Any) -> Any:
            is_layer = isinstance(operation, keras.Layer)
            # Bare operations are numbered as they come in a process, which says nothing.
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
def _left_as_it_was(network: keras.Model) -> Iterator[None]:
    """Takes back what a symbolic call adds to layers: nodes that hold its tensors for ever."""
    layers = network._flatten_layers()
    nodes = [part for layer in layers for part in (layer._inbound_nodes, layer._outbound_nodes)]
    counts = [len(part) for part in nodes]
    try:
        yield
    finally:
        for part, count in zip(nodes, counts, strict=True):
            del part[count:]
