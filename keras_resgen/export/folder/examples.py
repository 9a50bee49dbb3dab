"""Code that runs an export, for its model card."""

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS
from keras_resgen.export.folder.manifest import Manifest
from keras_resgen.export.runtimes.table import RUNTIMES

SHOWN = "Smiling"  # the direction that an example goes along, where there is such a one


def onnx_example(manifest: Manifest) -> str:
    """Returns code that needs onnxruntime and numpy alone; nothing without ONNX files.

    It draws images, and where there are an encoder and directions it also reconstructs and edits.
    """
    paths = {
        name: path
        for name, entry in manifest.endpoints.items()
        if (path := next(filter(None, map(entry["formats"].get, _ONNX_FORMATS)), None))
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
    told = ", attributes=attributes" if manifest.attribute_count else ""
    if told:
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
    lines += [f'(images,) = run("{images}", latents=latents{told})  # from 0 to 1']
    if "encode" not in paths:
        return "\n".join(lines)
    lines += [
        "",
        "# Of these images, or of photographs of your own:",
        f'code = run("{paths["encode"]}", images=images)[0]',
        f'(reconstructions,) = run("{images}", latents=code{told})',
    ]
    if "move" not in paths:
        return "\n".join(lines)
    names = manifest.latent["directions"]["names"]
    shown = SHOWN if SHOWN in names else names[0]
    lines += [
        f'strengths = np.zeros((4, {len(names)}), dtype="float32")',
        f"strengths[:, {names.index(shown)}] = 1  # {shown}",
        f'(moved,) = run("{paths["move"]}", codes=code, strengths=strengths)',
        f'(edited,) = run("{images}", latents=moved{told})',
    ]
    return "\n".join(lines)


def saved_model_example(manifest: Manifest) -> str:
    """Returns code that needs TensorFlow alone; nothing without a SavedModel."""
    wanted = ("sample", *IMAGE_ENDPOINTS, "classify")
    served = [
        (name, manifest.endpoints[name])
        for name in wanted
        if "saved_model" in manifest.endpoints.get(name, {}).get("formats", {})
    ]
    if not served:
        return ""
    name, entry = served[0]
    (output,) = entry["outputs"]
    path = entry["formats"]["saved_model"]
    lines = ["import tensorflow as tf", "", f'model = tf.saved_model.load("{path}")']
    for taken, spec in entry["inputs"].items():
        shape = ", ".join(map(str, spec["shape"][1:]))
        lines += [f"{taken} = tf.{_VALUES.get(taken, 'random.normal')}((4, {shape}))"]
    inputs = ", ".join(f"{taken}={taken}" for taken in entry["inputs"])
    signature = name if name == "classify" else f"{name}_uint8"
    lines += [
        f'outputs = model.signatures["{signature}"]({inputs})',
        f'{output} = outputs["{output}"].numpy()',
    ]
    return "\n".join(lines)


_ONNX_FORMATS = RUNTIMES["onnxruntime"].formats  # the most exact first
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
