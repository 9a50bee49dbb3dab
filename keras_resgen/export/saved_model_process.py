"""Runs SavedModel signatures with tensorflow and numpy alone; a script, run by `runtimes.py`.

    python -P saved_model_process.py EXPORT WORK

WORK holds `inputs.npz` with keys `<call>/<SavedModel>/<signature>/<input>`; the script writes
`outputs.npz` with keys `<call>/<output>`.
"""

import os
import sys
from pathlib import Path
from typing import Any

FOREIGN = ("keras", "tf_keras", "keras_resgen")


def main(export: Path, work: Path) -> None:
    """Makes the calls of `inputs.npz`."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a GPU may round convolutions to TensorFloat-32
    # TensorFlow imports Keras whenever it is there; None makes that, and any other import, fail.
    blocked: dict[str, Any] = dict.fromkeys(FOREIGN)
    sys.modules.update(blocked)
    import numpy as np
    import tensorflow as tf

    calls: dict[tuple[str, ...], dict[str, Any]] = {}
    with np.load(work / "inputs.npz", allow_pickle=False) as arrays:
        for key in arrays.files:
            *of_call, name = key.split("/")
            calls.setdefault(tuple(of_call), {})[name] = tf.constant(arrays[key])
    loaded = {}
    outputs: dict[str, Any] = {}
    for (call, path, signature), inputs in calls.items():
        if path not in loaded:
            loaded[path] = tf.saved_model.load(str(export / path))
        results = loaded[path].signatures[signature](**inputs)
        outputs |= {f"{call}/{output}": value.numpy() for output, value in results.items()}
    assert not any(sys.modules[name] for name in FOREIGN)
    np.savez(work / "outputs.npz", **outputs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
