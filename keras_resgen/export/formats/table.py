"""The table of formats an export can hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.litert_format import litert_bytes
from keras_resgen.export.formats.onnx_fp16 import onnx_fp16_bytes
from keras_resgen.export.formats.onnx_int8 import onnx_int8_bytes
from keras_resgen.export.formats.openvino_format import write_openvino
from keras_resgen.export.formats.saved_model_format import write_saved_model
from keras_resgen.export.formats.tolerances import LARGEST, Measure, noise_below
from keras_resgen.export.formats.traced_model import TracedModel
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.registry import Registry

DEFAULT_FORMATS = ("saved_model", "onnx")


@dataclass(frozen=True)
class Format:
    """A form of a model.

    Attributes:
        write: `(traced, folder)` writes its files, and returns for each signature that it can serve
            the path within the folder.
        runtime: name in `RUNTIMES` of the one that an export is run in before it is whole.
        measure: how outputs are compared with Keras's.
        calibrated: whether it reads ranges of values from images.
    """

    write: Callable[[TracedModel, Path], dict[str, str]]
    runtime: str
    measure: Measure = LARGEST
    calibrated: bool = False


def _of_networks(
    ending: str, convert: Callable[[TracedModel, str], bytes | None]
) -> Callable[[TracedModel, Path], dict[str, str]]:
    """Writes one file for each network."""
    return lambda traced, folder: traced.write_networks(
        folder, ending, lambda network: convert(traced, network)
    )


FORMATS: Registry[Format] = Registry(
    "format",
    {
        "saved_model": Format(write_saved_model, "tensorflow"),
        "onnx": Format(_of_networks(".onnx", TracedModel.onnx), "onnxruntime"),
        "onnx_fp16": Format(
            _of_networks(".fp16.onnx", onnx_fp16_bytes),
            "onnxruntime",
            noise_below(images=60, others=50),
        ),
        "onnx_int8": Format(
            _of_networks(".int8.onnx", onnx_int8_bytes),
            "onnxruntime",
            noise_below(images=24, others=15),
            calibrated=True,
        ),
        "litert": Format(_of_networks(".tflite", litert_bytes), "litert"),
        "openvino": Format(write_openvino, "openvino"),
    },
)


def check_formats(names: Sequence[str]) -> None:
    """Raises an ExportError unless every format is known and can be made and run here.

    Args:
        names: of formats.

    Raises:
        ExportError: naming the formats there are, or the package that is missing.

    Example:

    >>> check_formats(["saved_model", "onnx"])
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names or len(set(names)) < len(names):
        raise ExportError(
            f"formats must be some of {', '.join(FORMATS)}, each once. "
            f"Received: {', '.join(names) or 'none'}. Choose among these names."
        )
    for name in names:
        missing = RUNTIMES[FORMATS[name].runtime].missing_requirement()
        if missing:
            raise ExportError(
                f"The format {name} is run before it is exported. Received: it where "
                f"{FORMATS[name].runtime} cannot be run. First: {missing}."
            )
