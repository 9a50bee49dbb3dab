"""The table of formats an export holds.

A format is a function `write(signatures, variables, properties, folder)` which writes its files
and returns, for each signature it can serve, the path within the folder.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_resgen.export.onnx_format import write_onnx
from keras_resgen.export.saved_model_format import write_saved_model
from keras_resgen.export.signatures import Signature
from keras_resgen.registry import Registry

Writer = Callable[[Sequence[Signature], Sequence[Any], Mapping[str, str], Path], dict[str, str]]

FORMATS: Registry[Writer] = Registry(
    "format", {"saved_model": write_saved_model, "onnx": write_onnx}
)
