"""SavedModels, run in a process with TensorFlow and without Keras."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export import saved_model_process
from keras_resgen.export.errors import ExportError
from keras_resgen.export.running import Call, Outputs


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
