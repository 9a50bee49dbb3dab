"""Refusal of ONNX files that read other files from the disk."""

from pathlib import Path

import onnx

from keras_resgen.export.errors import ExportError


def check_no_external_data(path: Path) -> None:
    """Raise an ExportError if an ONNX file stores tensors in other files.

    Args:
        path: the file; it is parsed, but not run.
    """
    try:
        model = onnx.load_model(path, load_external_data=False)
    except Exception as error:
        raise ExportError(
            f"{path.name} must be an ONNX file. Received: {error}. Export the model again."
        ) from error
    for tensor in onnx.external_data_helper._get_all_tensors(model):
        if onnx.external_data_helper.uses_external_data(tensor) or tensor.external_data:
            raise ExportError(
                f"{path.name} must hold all its weights. Received: tensor {tensor.name!r} with "
                f"external data {[(e.key, e.value) for e in tensor.external_data]}. "
                "Do not use this file: it reads other files from the disk."
            )
