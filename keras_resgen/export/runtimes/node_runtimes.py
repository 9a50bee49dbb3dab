"""ONNX Runtime in Node.js, native and as WebAssembly, and in a browser."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from keras_resgen.export.errors import ExportError
from keras_resgen.export.runtimes.runtime import Call, Outputs

SCRIPT = Path(__file__).with_name("run_onnx.mjs")
CHROMIUM_SCRIPT = Path(__file__).with_name("run_in_chromium.mjs")
CHROMIUM_PACKAGES = ("onnxruntime-web", "playwright-core")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VARIABLE = "KERAS_RESGEN_NODE_MODULES"
FLOAT, FLOAT_BYTES = "<f4", 4


def node_modules() -> Path:
    """Return the folder of npm packages: `$KERAS_RESGEN_NODE_MODULES`, or `node_modules` here."""
    return Path(os.environ.get(VARIABLE, "node_modules")).resolve()


def needs_node(*packages: str) -> Callable[[], str]:
    """Return the `missing_requirement` of a runtime that consists of npm packages.

    Args:
        *packages: their names.

    Example:

    >>> needs_node("no-such-package")()
    '...no-such-package...'
    """

    def missing_requirement() -> str:
        if shutil.which("node") is None:
            return "install Node.js"
        missing = [p for p in packages if not (node_modules() / p / "package.json").is_file()]
        if not missing:
            return ""
        names = " ".join(missing)
        return f"npm install --ignore-scripts {names}, and set {VARIABLE} to its node_modules"

    return missing_requirement


def needs_chromium() -> str:
    """Return what to install before Chromium can run ONNX files; empty if nothing is missing."""
    return needs_node(*CHROMIUM_PACKAGES)() or ("" if _browser() else "install Chromium")


def run_under_node(package: str) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Return the `run` of a runtime that is an npm package.

    Args:
        package: `onnxruntime-node` or `onnxruntime-web`.
    """
    return _runner(package, lambda: [str(SCRIPT), str(node_modules()), package])


def run_in_chromium(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
    """Make calls with onnxruntime-web in a page of headless Chromium."""
    command = [str(CHROMIUM_SCRIPT), str(node_modules()), _browser() or ""]
    return _runner("onnxruntime-web in Chromium", lambda: command)(folder, calls)


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _runner(
    title: str, script: Callable[[], list[str]]
) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Return a `run` that makes calls by a script for Node.js.

    The script gets a folder with the inputs as its last argument, and writes the outputs there.
    """

    def run(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            _write_inputs(work, folder, calls)
            process = subprocess.run(
                ["node", *script(), name], capture_output=True, text=True, check=False
            )
            if process.returncode:
                raise ExportError(
                    f"{title} must run the export's ONNX files. Received: exit status "
                    f"{process.returncode}\n{process.stderr[-2000:]}\nExport the model again."
                )
            return _read_outputs(work)

    return run


def _write_inputs(work: Path, folder: Path, calls: Sequence[Call]) -> None:
    """Write tensors as float32 to one file, and their names and shapes as JSON to another."""
    import numpy as np

    described = []
    with (work / "inputs.bin").open("wb") as file:
        for call in calls:
            inputs = {}
            for name, array in call.inputs.items():
                inputs[name] = {"offset": file.tell() // FLOAT_BYTES, "shape": array.shape}
                file.write(np.ascontiguousarray(array, FLOAT).tobytes())
            described.append({"path": str(folder / call.path), "inputs": inputs})
    (work / "inputs.json").write_text(json.dumps(described), encoding="utf-8")


def _read_outputs(work: Path) -> list[Outputs]:
    import numpy as np

    values = np.fromfile(work / "outputs.bin", FLOAT)
    results: list[Outputs] = []
    for outputs in json.loads((work / "outputs.json").read_text(encoding="utf-8")):
        results.append({})
        for name, entry in outputs.items():
            count = int(np.prod(entry["shape"]))
            array = values[entry["offset"] : entry["offset"] + count]
            results[-1][name] = array.reshape(entry["shape"])
    return results
