"""ONNX Runtime under Node.js: native, and as the WebAssembly that browsers run."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from keras_resgen.export.errors import ExportError
from keras_resgen.export.running import Call, Outputs

SCRIPT = Path(__file__).with_name("run_onnx.mjs")
VARIABLE = "KERAS_RESGEN_NODE_MODULES"
FLOAT = np.dtype("<f4")


def node_modules() -> Path:
    """The folder of npm packages: that of the environment variable, or of the current folder."""
    return Path(os.environ.get(VARIABLE, "node_modules")).resolve()


def needs_node(package: str) -> Callable[[], str]:
    """Returns the `lacks` of a runtime that is an npm package.

    Args:
        package: its name.

    Example:

    >>> needs_node("no-such-package")()
    '...no-such-package...'
    """

    def lacks() -> str:
        if shutil.which("node") is None:
            return "install Node.js"
        if (node_modules() / package / "package.json").is_file():
            return ""
        return f"npm install --ignore-scripts {package}, and set {VARIABLE} to its node_modules"

    return lacks


def run_under_node(package: str) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Returns the `run` of a runtime that is an npm package.

    Args:
        package: `onnxruntime-node` or `onnxruntime-web`.
    """

    def run(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            _write_inputs(work, folder, calls)
            process = subprocess.run(
                ["node", str(SCRIPT), str(node_modules()), package, name],
                capture_output=True,
                text=True,
                check=False,
            )
            if process.returncode:
                raise ExportError(
                    f"{package} must run the export's ONNX files. Received: exit status "
                    f"{process.returncode}\n{process.stderr[-2000:]}\nExport the model again."
                )
            return _read_outputs(work)

    return run


def _write_inputs(work: Path, folder: Path, calls: Sequence[Call]) -> None:
    """Tensors as float32 in one file, and what they are as JSON in another."""
    described = []
    with (work / "inputs.bin").open("wb") as file:
        for call in calls:
            inputs = {}
            for name, array in call.inputs.items():
                inputs[name] = {"offset": file.tell() // FLOAT.itemsize, "shape": array.shape}
                file.write(np.ascontiguousarray(array, FLOAT).tobytes())
            described.append({"path": str(folder / call.path), "inputs": inputs})
    (work / "inputs.json").write_text(json.dumps(described), encoding="utf-8")


def _read_outputs(work: Path) -> list[Outputs]:
    values = np.fromfile(work / "outputs.bin", FLOAT)
    results: list[Outputs] = []
    for outputs in json.loads((work / "outputs.json").read_text(encoding="utf-8")):
        results.append({})
        for name, entry in outputs.items():
            count = int(np.prod(entry["shape"]))
            array = values[entry["offset"] : entry["offset"] + count]
            results[-1][name] = array.reshape(entry["shape"])
    return results
