"""Endpoints that TensorFlow traces once, each also for uint8 images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.endpoints.names import UINT8_SUFFIX

Function = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Signature:
    """A traced function with its name in exports.

    Attributes:
        name: the endpoint's, followed by `_uint8` if its images are uint8.
        function: a `tf.function` of named tensors with a dynamic batch axis, traced.
        output_names: in the order of the endpoint; TensorFlow sorts them.
        network: name of the sub-network that computes it alone, or None if several compute it.
        variant_of: name of the signature for float images, if this one is for uint8 images.
    """

    name: str
    function: Any
    output_names: tuple[str, ...]
    network: str | None
    variant_of: str | None = None

    @property
    def input_specs(self) -> tuple[tf.TensorSpec, ...]:
        """Name, shape and dtype of each input, in the order of the function."""
        return tuple(self.function.input_signature)

    @property
    def concrete(self) -> Any:
        """The trace, the same object at each use."""
        return self.function.get_concrete_function()

    def describe(self, image_shape: tuple[int, ...]) -> dict[str, Any]:
        """Return the manifest's entry: network, inputs and outputs.

        Args:
            image_shape: tensors of this shape are images and get a pixel range.
        """

        def tensor(spec: Any) -> dict[str, Any]:
            shape = tuple(spec.shape)[1:]
            entry = {"shape": ["batch", *shape], "dtype": spec.dtype.name}
            if shape != image_shape:
                return entry
            return {**entry, "pixel_range": [0, 255 if spec.dtype == tf.uint8 else 1]}

        outputs = self.concrete.structured_outputs
        return {
            "network": self.network,
            "variant_of": self.variant_of,
            "inputs": {spec.name: tensor(spec) for spec in self.input_specs},
            "outputs": {name: tensor(outputs[name]) for name in self.output_names},
        }


def trace_signatures(
    model: ExportableModel, endpoints: Mapping[str, ExportableEndpoint] | None = None
) -> list[Signature]:
    """Trace every endpoint of a model once, and its uint8 variant if it takes or returns images.

    Args:
        model: a float32 model on the TensorFlow backend.
        endpoints: by name; by default those of the model.

    Returns:
        The signatures. Endpoints that share a function share its trace.
    """
    traces: dict[tuple[int, bool], tuple[Any, tuple[str, ...]]] = {}
    signatures = []
    for name, endpoint in (endpoints or model.endpoints()).items():
        key = id(endpoint.function)
        if (key, False) not in traces:
            specs = [
                tf.TensorSpec((None, *shape), tf.float32, name=input_name)
                for input_name, shape in endpoint.inputs.items()
            ]
            traces[key, False] = _trace(endpoint.function, specs)
        function, names = traces[key, False]
        signatures.append(Signature(name, function, names, endpoint.network))
        if not _has_images(endpoint, function, model.image_shape):
            continue
        if (key, True) not in traces:
            traces[key, True] = _trace_uint8(endpoint, function, names, model.image_shape)
        signatures.append(
            Signature(name + UINT8_SUFFIX, *traces[key, True], endpoint.network, variant_of=name)
        )
    return signatures


def inline_compiled_calls(function: Any) -> Any:
    """Return a traced function without inner functions that must be compiled by XLA.

    Keras computes grouped convolutions by such functions, because TensorFlow cannot compute them on
    CPUs otherwise. Converters cannot read these functions, and runtimes do not need them.

    Args:
        function: a `tf.function` with an input signature.
    """
    nodes = function.get_concrete_function().graph.as_graph_def().node
    if not any(node.attr["_XlaMustCompile"].b for node in nodes):
        return function
    tf.config.run_functions_eagerly(True)  # inner functions become part of the trace
    try:
        inlined = tf.function(
            function.python_function, input_signature=function.input_signature, autograph=False
        )
        inlined.get_concrete_function()
    finally:
        tf.config.run_functions_eagerly(False)
    return inlined


def _trace(function: Function, specs: Sequence[tf.TensorSpec]) -> tuple[Any, tuple[str, ...]]:
    """Trace a function, and return it with its output names in order."""
    names: list[str] = []

    def named(*tensors: Any) -> dict[str, Any]:
        outputs = function(*tensors)
        names[:] = outputs
        return outputs

    traced = tf.function(named, input_signature=specs, autograph=False)
    traced.get_concrete_function()
    return traced, tuple(names)


def _is_image(tensor: Any, image_shape: tuple[int, ...]) -> bool:
    return tuple(tensor.shape)[1:] == image_shape


def _has_images(endpoint: ExportableEndpoint, function: Any, image_shape: tuple[int, ...]) -> bool:
    outputs = function.get_concrete_function().structured_outputs.values()
    return image_shape in endpoint.inputs.values() or any(
        _is_image(output, image_shape) for output in outputs
    )


def _trace_uint8(
    endpoint: ExportableEndpoint,
    function: Any,
    names: tuple[str, ...],
    image_shape: tuple[int, ...],
) -> tuple[Any, tuple[str, ...]]:
    """Trace the same function for images with values from 0 to 255."""
    specs = [
        tf.TensorSpec(
            (None, *shape), tf.uint8 if shape == image_shape else tf.float32, name=input_name
        )
        for input_name, shape in endpoint.inputs.items()
    ]

    def as_float(tensor: Any) -> Any:
        return tf.cast(tensor, tf.float32) / 255.0 if tensor.dtype == tf.uint8 else tensor

    def as_uint8(tensor: Any) -> Any:
        if not _is_image(tensor, image_shape):
            return tensor
        return tf.cast(tf.clip_by_value(tf.round(255.0 * tensor), 0.0, 255.0), tf.uint8)

    def uint8(*tensors: Any) -> dict[str, Any]:
        outputs = function(*map(as_float, tensors))
        return {name: as_uint8(outputs[name]) for name in names}

    return _trace(uint8, specs)
