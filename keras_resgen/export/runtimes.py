"""The table of runtimes an export is run in."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export import saved_model_process
from keras_resgen.export.errors import ExportError
from keras_resgen.registry import Registry


@dataclass(frozen=True)
class Call:
    """One call of an endpoint.

    Attributes:
        endpoint: its name.
        path: of the file or folder that holds it, within the export.
        inputs: arrays by input name, all with the same number of rows.
    """

    endpoint: str
    path: str
    inputs: Mapping[str, np.ndarray]

    @property
    def batch(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))


Outputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class Runtime:
    """A way to run one format.

    Attributes:
        format: name in `FORMATS`.
        run: makes calls on an export folder and returns the outputs of each, by name.
    """

    format: str
    run: Callable[[Path, Sequence[Call]], list[Outputs]]


RUNTIMES: Registry[Runtime] = Registry("runtime")


def run_onnxruntime(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
    """Runs ONNX files in ONNX Runtime on the CPU, in this process.

    Raises:
        ExportError: if ONNX Runtime refuses a file or its inputs.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    sessions: dict[str, onnxruntime.InferenceSession] = {}
    results = []
    for call in calls:
        try:
            if call.path not in sessions:
                sessions[call.path] = onnxruntime.InferenceSession(
                    (folder / call.path).read_bytes(), options, providers=["CPUExecutionProvider"]
                )
            session = sessions[call.path]
            names = [output.name for output in session.get_outputs()]
            arrays = session.run(names, dict(call.inputs))
        except Exception as error:  # ONNX Runtime's exceptions have no common class
            raise ExportError(
                f"ONNX Runtime must run {call.endpoint} of {call.path}. Received: {error}. "
                "Export the model again."
            ) from error
        results.append(dict(zip(names, arrays, strict=True)))
    return results


def run_tensorflow(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
    """Runs SavedModel signatures in a process that imports tensorflow and numpy alone.

    Raises:
        ExportError: if that process fails, as it does on an import of Keras or this package.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        inputs: dict[str, Any] = {
            f"{i}/{call.path}/{call.endpoint}/{key}": array
            for i, call in enumerate(calls)
            for key, array in call.inputs.items()
        }
        np.savez(work / "inputs.npz", **inputs)
        script = Path(saved_model_process.__file__)
        process = subprocess.run(
            # -P: without the script's folder, where modules of this package lie, on the path.
            [sys.executable, "-P", str(script), str(folder), name],
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode:
            raise ExportError(
                "The SavedModel must run in a process with TensorFlow alone. Received: exit "
                f"status {process.returncode}\n{process.stderr[-2000:]}\nExport the model again."
            )
        results: list[Outputs] = [{} for _ in calls]
        with np.load(work / "outputs.npz", allow_pickle=False) as arrays:
            for key in arrays.files:
                i, output = key.split("/", 1)
                results[int(i)][output] = arrays[key]
        return results


RUNTIMES.register("onnxruntime")(Runtime("onnx", run_onnxruntime))
RUNTIMES.register("tensorflow")(Runtime("saved_model", run_tensorflow))
