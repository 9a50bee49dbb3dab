"""The table of runtimes an export is run in."""

from keras_resgen.export.runtimes.node_runtimes import (
    needs_chromium,
    needs_node,
    run_in_chromium,
    run_under_node,
)
from keras_resgen.export.runtimes.python_runtimes import run_in_python, run_onnxruntime
from keras_resgen.export.runtimes.runtime import Runtime, needs
from keras_resgen.registry import Registry

RUNTIMES: Registry[Runtime] = Registry(
    "runtime",
    {
        "onnxruntime": Runtime(("onnx", "onnx_fp16", "onnx_int8"), run_onnxruntime),
        "tensorflow": Runtime(("saved_model",), run_in_python("TensorFlow", "tensorflow")),
        "openvino": Runtime(
            ("onnx", "openvino"),
            run_in_python("OpenVINO", "openvino"),
            needs("openvino", '"keras-resgen[openvino]"'),
        ),
        "litert": Runtime(
            ("litert",),
            run_in_python("LiteRT", "litert"),
            needs("ai_edge_litert", '"keras-resgen[litert]"'),
        ),
        "opencv": Runtime(
            ("onnx",), run_in_python("OpenCV", "opencv"), needs("cv2", '"keras-resgen[opencv]"')
        ),
        "onnxruntime-node": Runtime(
            ("onnx",), run_under_node("onnxruntime-node"), needs_node("onnxruntime-node")
        ),
        "onnxruntime-web": Runtime(
            ("onnx",), run_under_node("onnxruntime-web"), needs_node("onnxruntime-web")
        ),
        "chromium": Runtime(("onnx",), run_in_chromium, needs_chromium),
    },
)
