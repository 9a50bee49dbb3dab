"""Runtimes that are Python packages, each imported where it is used."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_resgen.export.running import Outputs, Session, in_process


def load_onnxruntime(path: Path) -> Session:
    """Returns a session of ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, dict(inputs)), strict=True))


def load_openvino(path: Path) -> Session:
    """Returns a model that OpenVINO compiled for the CPU."""
    import openvino

    core = openvino.Core()
    # Else processors that know bfloat16 compute in it, with errors of 0.02.
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    model = core.compile_model(core.read_model(path), "CPU", options)

    def run(inputs: Mapping[str, np.ndarray]) -> Outputs:
        results = model(dict(inputs))
        return {output.get_any_name(): results[output].copy() for output in model.outputs}

    return run


def load_litert(path: Path) -> Session:
    """Returns the one signature of a LiteRT file."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))

    def run(inputs: Mapping[str, np.ndarray]) -> Outputs:
        # Interpreters fit their memory to the batch at each call.
        outputs = interpreter.get_signature_runner()(**inputs)
        return {name: array.copy() for name, array in outputs.items()}

    return run


def load_opencv(path: Path) -> Session:
    """Returns a network of OpenCV's DNN module."""
    import cv2

    network = cv2.dnn.readNetFromONNX(str(path))
    names = network.getUnconnectedOutLayersNames()

    def run(inputs: Mapping[str, np.ndarray]) -> Outputs:
        for name, array in inputs.items():
            network.setInput(array, name)
        return dict(zip(names, network.forward(names), strict=True))

    return run


run_onnxruntime = in_process("ONNX Runtime", load_onnxruntime)
run_openvino = in_process("OpenVINO", load_openvino)
run_litert = in_process("LiteRT", load_litert)
run_opencv = in_process("OpenCV", load_opencv)
