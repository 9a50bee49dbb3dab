"""Example code for the model card."""

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS
from keras_resgen.export.folder.manifest import Manifest
from keras_resgen.export.formats.table import find_file

SHOWN = "Smiling"  # the direction of the example, if the export has it


def onnx_example(manifest: Manifest) -> str:
    """Return code that needs only onnxruntime and NumPy; empty without ONNX files.

    It generates images, and also reconstructs and edits them if the export has an encoder and
    directions.
    """
    paths = {
        name: path
        for name, entry in manifest.endpoints.items()
        if (path := find_file(entry, "onnxruntime"))
    }
    images = next((paths[name] for name in IMAGE_ENDPOINTS if name in paths), None)
    lines = [*_ONNX_HEAD]
    if "classify" in paths:
        (output,) = manifest.endpoints["classify"]["outputs"]
        shape = ", ".join(map(str, manifest.image_shape))
        lines += [
            f'images = rng.random((4, {shape}), dtype="float32")',
            f'({output},) = run("{paths["classify"]}", images=images)',
        ]
        return "\n".join(lines)
    if images is None:
        return ""
    condition = ", attributes=attributes" if manifest.attribute_count else ""
    if condition:
        lines += [f'attributes = np.zeros((4, {manifest.attribute_count}), dtype="float32")']
    if "draw" in paths:
        noise_dim = manifest.endpoints["draw"]["inputs"]["noise"]["shape"][1]
        lines += [
            f'noise = rng.standard_normal((4, {noise_dim}), dtype="float32")',
            f'(latents,) = run("{paths["draw"]}", noise=noise)',
        ]
    else:
        dim = manifest.latent["dim"]
        lines += [f'latents = rng.standard_normal((4, {dim}), dtype="float32")']
    lines += [f'(images,) = run("{images}", latents=latents{condition})  # from 0 to 1']
    if "encode" not in paths:
        return "\n".join(lines)
    lines += [
        "",
        "# Encode these images, or your own photographs:",
        f'code = run("{paths["encode"]}", images=images)[0]',
        f'(reconstructions,) = run("{images}", latents=code{condition})',
    ]
    if "move" not in paths:
        return "\n".join(lines)
    names = manifest.latent["directions"]["names"]
    shown = SHOWN if SHOWN in names else names[0]
    lines += [
        f'strengths = np.zeros((4, {len(names)}), dtype="float32")',
        f"strengths[:, {names.index(shown)}] = 1  # {shown}",
        f'(moved,) = run("{paths["move"]}", codes=code, strengths=strengths)',
        f'(edited,) = run("{images}", latents=moved{condition})',
    ]
    return "\n".join(lines)


def saved_model_example(manifest: Manifest) -> str:
    """Return code that needs only TensorFlow; empty without a SavedModel."""
    wanted = ("sample", *IMAGE_ENDPOINTS, "classify")
    paths = {
        name: path
        for name in wanted
        if name in manifest.endpoints
        and (path := find_file(manifest.endpoints[name], "tensorflow"))
    }
    if not paths:
        return ""
    name, path = next(iter(paths.items()))
    entry = manifest.endpoints[name]
    (output,) = entry["outputs"]
    lines = ["import tensorflow as tf", "", f'model = tf.saved_model.load("{path}")']
    for key, spec in entry["inputs"].items():
        shape = ", ".join(map(str, spec["shape"][1:]))
        lines += [f"{key} = tf.{_VALUES.get(key, 'random.normal')}((4, {shape}))"]
    inputs = ", ".join(f"{key}={key}" for key in entry["inputs"])
    signature = name if name == "classify" else f"{name}_uint8"
    lines += [
        f'outputs = model.signatures["{signature}"]({inputs})',
        f'{output} = outputs["{output}"].numpy()',
    ]
    return "\n".join(lines)


_ONNX_HEAD = (
    "import numpy as np",
    "import onnxruntime",
    "",
    "",
    "def run(path, **inputs):",
    "    return onnxruntime.InferenceSession(path).run(None, inputs)",
    "",
    "",
    "rng = np.random.default_rng(0)",
)
_VALUES = {"images": "random.uniform", "attributes": "zeros"}
