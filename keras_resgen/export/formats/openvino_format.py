"""OpenVINO's intermediate representation, which OpenVINO loads faster than ONNX."""

from io import BytesIO
from pathlib import Path

from keras_resgen.export.formats.traced_model import TracedModel


def write(traced: TracedModel, folder: Path) -> dict[str, str]:
    """Write `<network>.xml`, the graph, and `<network>.bin`, the weights, for each network.

    Args:
        traced: the traced model.
        folder: where to write.

    Returns:
        The `.xml` file of each signature that one network computes.
    """
    import openvino

    for network in traced.networks:
        model = openvino.convert_model(BytesIO(traced.onnx(network)))
        openvino.save_model(model, folder / f"{network}.xml", compress_to_fp16=False)
    return {s.name: f"{s.network}.xml" for s in traced.signatures if s.network and not s.variant_of}
