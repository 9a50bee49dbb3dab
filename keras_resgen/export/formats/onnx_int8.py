"""ONNX files with 8-bit weights and activations, which are faster on CPUs."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import onnx

from keras_resgen.export.formats.onnx_format import serialize
from keras_resgen.export.formats.onnx_graph import canonicalize
from keras_resgen.export.formats.traced_model import TracedModel

BATCH = 16
QUANTIZED = ("Conv", "ConvTranspose", "Gemm", "MatMul")


def write(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Write `<network>.int8.onnx` for each network that there are calibration inputs for."""
    return traced.write_networks(folder, ".int8.onnx", partial(onnx_int8_bytes, traced))


def onnx_int8_bytes(traced: TracedModel, network: str) -> bytes | None:
    """Return a network's ONNX file after static quantization by ONNX Runtime.

    QuantizeLinear and DequantizeLinear surround convolutions and matrix products. Weights are
    signed with a scale for each channel. Activations are unsigned with one scale for each tensor,
    which covers all values seen in calibration.

    Args:
        traced: the traced model.
        network: name of one of its networks.

    Returns:
        None for latent tools, which are small and would lose visible precision.
    """
    signature = traced.networks[network]
    names = [spec.name for spec in signature.input_specs]
    if not set(names) <= traced.calibration.keys():
        return None
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Batches(CalibrationDataReader):
        def __init__(self) -> None:
            self.batches = _batches({name: traced.calibration[name] for name in names})

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.batches, None)

    content = traced.onnx(network)
    with tempfile.TemporaryDirectory() as name:
        before, after = Path(name) / "float.onnx", Path(name) / "int8.onnx"
        before.write_bytes(content)
        logging.disable(logging.WARNING)  # it advises preprocessing that onnxslim has done
        try:
            quantize_static(
                before,
                after,
                Batches(),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(QUANTIZED),
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                # The long sums of an encoder overflow the 16-bit accumulators of older processors.
                reduce_range="images" in names,
            )
        finally:
            logging.disable(logging.NOTSET)
        model = onnx.load(after)
    original = onnx.load_from_string(content)
    properties = {item.key: item.value for item in original.metadata_props}
    outputs = [output.name for output in original.graph.output]
    return serialize(canonicalize(model, outputs), properties)


def _batches(inputs: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Yield the rows in batches, up to the number of rows that all inputs have."""
    count = min(map(len, inputs.values()))
    for first in range(0, count, BATCH):
        yield {name: rows[first : min(first + BATCH, count)] for name, rows in inputs.items()}
