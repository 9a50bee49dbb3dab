"""Script that makes calls in a runtime that is a Python package; run by `python_runtimes.py`.

    python -P python_process.py RUNTIME EXPORT WORK

WORK holds `calls.json`, a list of `{"path": ..., "endpoint": ...}`, and `inputs.npz` with keys
`<index of the call>/<input>`. The script writes `outputs.npz` with keys
`<index of the call>/<output>`. It imports NumPy and the runtime, but nothing of this package.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Run = Callable[[Mapping[str, np.ndarray]], Arrays]
FOREIGN = ("keras", "tf_keras", "keras_resgen")


def load_tensorflow(path: Path, endpoint: str) -> Run:
    """Return a signature of a SavedModel."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a GPU may round convolutions to TensorFloat-32
    import tensorflow as tf

    signature = _saved_model(path).signatures[endpoint]

    def run(inputs: Mapping[str, np.ndarray]) -> Arrays:
        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        return {name: value.numpy() for name, value in signature(**tensors).items()}

    return run


@cache
def _saved_model(path: Path) -> Any:
    """Load a SavedModel, once for all its signatures."""
    import tensorflow as tf

    return tf.saved_model.load(str(path))


def load_openvino(path: Path, endpoint: str) -> Run:
    """Return a model that OpenVINO compiled for the CPU."""
    import openvino

    core = openvino.Core()
    # By default OpenVINO computes in bfloat16 where the processor can, with errors of 0.02.
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    model = core.compile_model(core.read_model(path), "CPU", options)

    def run(inputs: Mapping[str, np.ndarray]) -> Arrays:
        results = model(dict(inputs))
        return {output.get_any_name(): results[output].copy() for output in model.outputs}

    return run


def load_litert(path: Path, endpoint: str) -> Run:
    """Return the only signature of a LiteRT file."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))

    def run(inputs: Mapping[str, np.ndarray]) -> Arrays:
        # The runner adapts its memory to the batch size at each call.
        outputs = interpreter.get_signature_runner()(**inputs)
        return {name: array.copy() for name, array in outputs.items()}

    return run


def load_opencv(path: Path, endpoint: str) -> Run:
    """Return a network of OpenCV's DNN module."""
    import cv2

    network = cv2.dnn.readNetFromONNX(str(path))
    names = network.getUnconnectedOutLayersNames()

    def run(inputs: Mapping[str, np.ndarray]) -> Arrays:
        for name, array in inputs.items():
            network.setInput(array, name)
        return dict(zip(names, network.forward(names), strict=True))

    return run


LOADERS = {
    "tensorflow": load_tensorflow,
    "openvino": load_openvino,
    "litert": load_litert,
    "opencv": load_opencv,
}


def main(runtime: str, export: Path, work: Path) -> None:
    """Make the calls of `calls.json`."""
    # TensorFlow imports Keras if it is installed; None makes any import of these packages fail.
    blocked: dict[str, Any] = dict.fromkeys(FOREIGN)
    sys.modules.update(blocked)
    load = cache(LOADERS[runtime])
    inputs: dict[int, Arrays] = {}
    with np.load(work / "inputs.npz", allow_pickle=False) as arrays:
        for key in arrays.files:
            i, name = key.split("/", 1)
            inputs.setdefault(int(i), {})[name] = arrays[key]
    outputs: dict[str, Any] = {}
    for i, call in enumerate(json.loads((work / "calls.json").read_text(encoding="utf-8"))):
        results = load(export / call["path"], call["endpoint"])(inputs[i])
        outputs |= {f"{i}/{name}": array for name, array in results.items()}
    assert not any(sys.modules[name] for name in FOREIGN)
    np.savez(work / "outputs.npz", **outputs)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
