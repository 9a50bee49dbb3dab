"""The table of runtimes that run exports.

A row says which files the runtime reads; `keras_resgen.export.formats.table.runtimes_for` matches
that with what each format writes.
"""

from keras_resgen.export.runtimes.node_runtimes import (
    needs_chromium,
    needs_node,
    run_in_chromium,
    run_under_node,
)
from keras_resgen.export.runtimes.python_runtimes import run_in_python, run_onnxruntime
from keras_resgen.export.runtimes.runtime import Runtime, needs
from keras_resgen.registry import Registry

FLOAT32_ONNX = {"onnx": ("float32",)}

# The first installed runtime of a format checks its exports.
RUNTIMES: Registry[Runtime] = Registry(
    "runtime",
    {
        "onnxruntime": Runtime({"onnx": ("float32", "float16", "int8")}, run_onnxruntime),
        "tensorflow": Runtime(
            {"saved_model": ("float32",)}, run_in_python("TensorFlow", "tensorflow")
        ),
        "openvino": Runtime(
            {"openvino": ("float32",), **FLOAT32_ONNX},
            run_in_python("OpenVINO", "openvino"),
            needs("openvino", '"keras-resgen[openvino]"'),
        ),
        "litert": Runtime(
            {"litert": ("float32",)},
            run_in_python("LiteRT", "litert"),
            needs("ai_edge_litert", '"keras-resgen[litert]"'),
        ),
        "opencv": Runtime(
            FLOAT32_ONNX,
            run_in_python("OpenCV", "opencv"),
            needs("cv2", '"keras-resgen[opencv]"'),
        ),
        "onnxruntime-node": Runtime(
            FLOAT32_ONNX, run_under_node("onnxruntime-node"), needs_node("onnxruntime-node")
        ),
        "onnxruntime-web": Runtime(
            FLOAT32_ONNX, run_under_node("onnxruntime-web"), needs_node("onnxruntime-web")
        ),
        "chromium": Runtime(FLOAT32_ONNX, run_in_chromium, needs_chromium),
    },
)
