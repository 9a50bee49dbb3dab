"""Runtimes that are Python packages."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from keras_resgen.export.errors import ExportError
from keras_resgen.export.runtimes.runtime import Call, Outputs, Session, in_process

SCRIPT = Path(__file__).with_name("python_process.py")


def load_onnxruntime(path: Path) -> Session:
    """Return a session of ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, dict(inputs)), strict=True))


run_onnxruntime = in_process("ONNX Runtime", load_onnxruntime)


def run_in_python(title: str, runtime: str) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Return the `run` of a runtime in a process of its own, without Keras and this package.

    Some runtimes crash in a process in which TensorFlow has trained.

    Args:
        title: the runtime's name in messages.
        runtime: a name in `LOADERS` of `python_process.py`.
    """

    def run(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            _write_calls(work, calls)
            process = subprocess.run(
                # -P keeps the script's folder, which holds modules of this package, off the path.
                [sys.executable, "-P", str(SCRIPT), runtime, str(folder), name],
                capture_output=True,
                text=True,
                check=False,
            )
            if process.returncode:
                files = ", ".join(dict.fromkeys(call.path for call in calls))
                raise ExportError(
                    f"{title} must run {files} in a process without Keras. Received: exit "
                    f"status {process.returncode}\n{process.stderr[-2000:]}\n"
                    "Export the model again."
                )
            return _read_outputs(work, len(calls))

    return run


def _write_calls(work: Path, calls: Sequence[Call]) -> None:
    import numpy as np

    described = [{"path": call.path, "endpoint": call.endpoint} for call in calls]
    (work / "calls.json").write_text(json.dumps(described), encoding="utf-8")
    inputs: dict[str, Any] = {
        f"{i}/{name}": array for i, call in enumerate(calls) for name, array in call.inputs.items()
    }
    np.savez(work / "inputs.npz", **inputs)


def _read_outputs(work: Path, count: int) -> list[Outputs]:
    import numpy as np

    results: list[Outputs] = [{} for _ in range(count)]
    with np.load(work / "outputs.npz", allow_pickle=False) as arrays:
        for key in arrays.files:
            i, output = key.split("/", 1)
            results[int(i)][output] = arrays[key]
    return results
