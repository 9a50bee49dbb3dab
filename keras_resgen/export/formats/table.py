"""The table of export formats, and which runtimes run each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.tolerances import LARGEST_DIFFERENCE, Measure, signal_to_noise
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.registry import Registry

if TYPE_CHECKING:
    from keras_resgen.export.formats.traced_model import TracedModel

    Writer = Callable[[TracedModel, Path], dict[str, str]]

DEFAULT_FORMATS = ("saved_model", "onnx")


@dataclass(frozen=True)
class Format:
    """An export format.

    A format names no runtime: `runtimes_for` finds those that read its file type and data type.

    Attributes:
        write: `(traced_model, folder)` writes the files and returns, for each signature that they
            compute, the path of its file within the folder.
        description: one line for the command line's help and the model card.
        file_type: what the files are, such as `"onnx"`.
        dtype: data type of the stored weights.
        measure: how outputs are compared with those of Keras.
        calibrated: whether it needs images, from which it estimates ranges of activations.
        aliases: other names, such as the one of `keras.Model.export`.
    """

    write: "Writer"
    description: str
    file_type: str
    dtype: str = "float32"
    measure: Measure = LARGEST_DIFFERENCE
    calibrated: bool = False
    aliases: tuple[str, ...] = ()


def _writer(module: str) -> "Writer":
    """Return the function `write` of a module of this folder, imported at its first call.

    These modules import TensorFlow and ONNX, which the command line's help must not.
    """
    return lambda traced, folder: import_module(f"{__package__}.{module}").write(traced, folder)


# Formats of the same file type are ordered from the most to the least precise, see `find_file`.
FORMATS: Registry[Format] = Registry(
    "format",
    {
        "saved_model": Format(
            _writer("saved_model_format"),
            "TensorFlow SavedModel with a signature for each endpoint",
            "saved_model",
            aliases=("tf_saved_model",),
        ),
        "onnx": Format(
            _writer("onnx_format"), "one ONNX file for each network, in float32", "onnx"
        ),
        "onnx_fp16": Format(
            _writer("onnx_fp16"),
            "ONNX with float16 weights, half the size",
            "onnx",
            "float16",
            signal_to_noise(images=60, others=50),
        ),
        "onnx_int8": Format(
            _writer("onnx_int8"),
            "ONNX with 8-bit weights and activations, a quarter of the size",
            "onnx",
            "int8",
            signal_to_noise(images=24, others=15),
            calibrated=True,
        ),
        "litert": Format(
            _writer("litert_format"), "LiteRT, for phones and small devices", "litert"
        ),
        "openvino": Format(
            _writer("openvino_format"), "OpenVINO's intermediate representation", "openvino"
        ),
    },
)


def runtimes_for(format: str) -> list[str]:
    """Return the runtimes that run a format, whether they are installed or not.

    An export is accepted only if the first of them that is installed computes what Keras computes.

    Args:
        format: a name in `FORMATS`.

    Example:

    >>> runtimes_for("saved_model")
    ['tensorflow']
    """
    row = FORMATS[format]
    reads = {name: runtime.reads.get(row.file_type, ()) for name, runtime in RUNTIMES.items()}
    return [name for name, dtypes in reads.items() if row.dtype in dtypes]


def formats_for(runtime: str) -> list[str]:
    """Return the formats that a runtime runs.

    Args:
        runtime: a name in `RUNTIMES`.

    Example:

    >>> formats_for("onnxruntime")
    ['onnx', 'onnx_fp16', 'onnx_int8']
    """
    return [name for name in FORMATS if runtime in runtimes_for(name)]


def find_file(endpoint: Mapping[str, Any], runtime: str) -> str | None:
    """Return the most precise file that a runtime can compute an endpoint from, None without one.

    Args:
        endpoint: an entry of the manifest.
        runtime: a name in `RUNTIMES`.

    Example:

    >>> find_file({"formats": {"onnx_fp16": "a.fp16.onnx", "onnx": "a.onnx"}}, "onnxruntime")
    'a.onnx'
    """
    paths = endpoint["formats"]
    return next((paths[name] for name in formats_for(runtime) if name in paths), None)


def check_formats(names: Sequence[str]) -> dict[str, str]:
    """Return the runtime that checks each of the formats that an export is to have.

    Args:
        names: of formats, or aliases of them.

    Returns:
        The first installed runtime of each format, by the format's name in `FORMATS`.

    Raises:
        ExportError: if a format is unknown or named twice, or no installed runtime runs it.

    Example:

    >>> check_formats(["tf_saved_model", "onnx"])
    {'saved_model': 'tensorflow', 'onnx': 'onnxruntime'}
    """
    aliases = {alias: name for name, row in FORMATS.items() for alias in row.aliases}
    formats = [aliases.get(name, name) for name in names]
    if not formats or set(formats) - FORMATS.keys() or len(set(formats)) < len(formats):
        raise ExportError(
            f"formats must be some of {', '.join(FORMATS)}, each once. "
            f"Received: {', '.join(names) or 'none'}. Choose among these names."
        )
    return {name: _installed_runtime(name) for name in formats}


def _installed_runtime(format: str) -> str:
    requirements = {name: RUNTIMES[name].missing_requirement() for name in runtimes_for(format)}
    if not requirements:
        row = FORMATS[format]
        raise ExportError(
            f"An export is checked by a runtime, so one must read the format {format}. Received: "
            f"file type {row.file_type!r} with {row.dtype} weights, which none of "
            f"{', '.join(RUNTIMES)} reads. Add a row to RUNTIMES, or leave {format} out."
        )
    installed = [name for name, requirement in requirements.items() if not requirement]
    if not installed:
        raise ExportError(
            f"An export is checked by a runtime, so one that runs {format} must be installed. "
            f"Received: none of {', '.join(requirements)}. "
            f"First: {' or '.join(requirements.values())}."
        )
    return installed[0]
