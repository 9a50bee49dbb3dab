"""The model card: `README.md` in the export, for people."""

from collections.abc import Mapping
from typing import Any

from keras_resgen.export.manifest import Manifest, formats_of
from keras_resgen.export.runtimes import RUNTIMES

CARD = "README.md"


def model_card(manifest: Manifest) -> str:
    """Returns the card of an export as Markdown."""
    height, width, channels = manifest.image_shape
    networks = "\n".join(
        f"| `{name}` | {entry['parameters']:,} |" for name, entry in manifest.networks.items()
    )
    endpoints = "\n".join(
        f"| `{name}` | {_tensors(entry['inputs'])} | {_tensors(entry['outputs'])} "
        f"| {', '.join(f'`{path}`' for path in entry['formats'].values())} |"
        for name, entry in manifest.endpoints.items()
    )
    metadata = "\n".join(
        f"- {name}: {value}"
        for name, value in manifest.metadata.items()
        if not isinstance(value, dict | list)  # long ones are for the manifest
    )
    examples = "\n\n".join(
        f"{title}:\n\n```python\n{code}\n```"
        for title, code in (
            ("An ONNX file, with `pip install onnxruntime numpy`", _onnx_snippet(manifest)),
            ("The SavedModel, with `pip install tensorflow`", _saved_model_snippet(manifest)),
        )
        if code
    )
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    return f"""# {manifest.model_class}

{_kind(manifest)} of {height}x{width} images with {channels} channel(s), exported by keras_resgen.
It runs without it, as {", ".join(formats_of(manifest.endpoints))}.

{_latent_lines(manifest)}\
- Images: `(batch, height, width, channels)`; float32 in [0, 1], or uint8 from 0 to 255 in the
  endpoints that end in `_uint8`.
{metadata}

| Network | Parameters |
| --- | --- |
{networks}

| Endpoint | Takes | Returns | In |
| --- | --- | --- | --- |
{endpoints}

{examples}

`manifest.json` holds all of this for programs, with the SHA-256 of every file and the largest
differences from Keras that were measured. Made with {versions}.
"""


def _kind(manifest: Manifest) -> str:
    return "Networks of a generative model" if manifest.latent["dim"] else "A classifier"


def _latent_lines(manifest: Manifest) -> str:
    """What there is to know of latent vectors, if there are any."""
    dim = manifest.latent["dim"]
    if not dim:
        return ""
    return f"- Latent vectors: {dim} {_prior(manifest)}.{_told_and_tools(manifest)}\n"


def _prior(manifest: Manifest) -> str:
    """Where latent vectors come from."""
    match manifest.latent["prior"]:
        case None:
            return "numbers that the encoder gives; no distribution to draw them from was learnt"
        case "gaussian":
            return "numbers from a standard normal distribution"
        case name:
            return (
                f"numbers from the prior `{name}`, which `keras_resgen.latent.priors` defines; "
                f"`{manifest.reference}` holds draws of it"
            )


def _attributes(manifest: Manifest) -> int:
    """How many attributes the model is told; 0 if none."""
    inputs = manifest.endpoints[_shown_endpoint(manifest)]["inputs"]
    return inputs["attributes"]["shape"][1] if "attributes" in inputs else 0


def _attributes_line(manifest: Manifest) -> str:
    """What attributes are, if the model is told any."""
    count, names = _attributes(manifest), manifest.metadata.get("attributes")
    if not count:
        return ""
    which = f": {', '.join(names)}, in this order" if isinstance(names, list) else ""
    return f"\n- Attributes: float32 `(batch, {count})`, 1 for present and 0 for absent{which}."


def _told_and_tools(manifest: Manifest) -> str:
    """What attributes are, what `draw` draws from and `move` changes, where there are any."""
    lines = []
    if draw := manifest.latent.get("draw"):
        name = draw["distribution"]
        which = f"a {name} fitted to codes" if draw["fitted"] else f"the prior `{name}`"
        lines.append(f"`draw` maps standard normal noise to draws of {which}.")
    if directions := manifest.latent.get("directions"):
        names = ", ".join(directions["names"])
        lines.append(
            "`move` changes codes by strengths, 1 to add an attribute and -1 to remove it, in this "
            f"order: {names}."
        )
    return _attributes_line(manifest) + "".join(f"\n- {line}" for line in lines)


def _told(manifest: Manifest, function: str) -> tuple[str, str]:
    """A line of code that makes attributes, and how they are handed on; nothing without any."""
    count = _attributes(manifest)
    if not count:
        return "", ""
    return f'\nattributes = {function}((4, {count}), dtype="float32")', "attributes"


def _tensors(specs: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"`{name}` {spec['dtype']} ({', '.join(map(str, spec['shape']))})"
        for name, spec in specs.items()
    )


def _shown_endpoint(manifest: Manifest) -> str:
    """The endpoint of the examples: from latent vectors to images, or of a classifier its one."""
    names = [name for name, entry in manifest.endpoints.items() if "latents" in entry["inputs"]]
    return next(iter(names or manifest.endpoints))


def _shown(manifest: Manifest) -> tuple[str, str]:
    """What the endpoint of the examples takes and returns."""
    entry = manifest.endpoints[_shown_endpoint(manifest)]
    return next(iter(entry["inputs"])), next(iter(entry["outputs"]))


def _stored_draws(manifest: Manifest) -> str:
    """Code for draws of a prior that is not one line of numpy, else nothing."""
    if not manifest.latent["dim"] or manifest.latent["prior"] in (None, "gaussian"):
        return ""
    return f'np.load("{manifest.reference}")["inputs/latents"][:4]'


def _onnx_snippet(manifest: Manifest) -> str:
    formats = manifest.endpoints[_shown_endpoint(manifest)]["formats"]
    path = next((formats[name] for name in RUNTIMES["onnxruntime"].formats if name in formats), "")
    if not path:
        return ""
    taken, returned = _shown(manifest)
    dim, shape = manifest.latent["dim"], ", ".join(map(str, manifest.image_shape))
    draw = f"standard_normal((4, {dim})" if dim else f"random((4, {shape})"
    values = _stored_draws(manifest) or f'np.random.default_rng(0).{draw}, dtype="float32")'
    line, told = _told(manifest, "np.zeros")
    handed_on = f', "{told}": {told}' if told else ""
    return f"""import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{path}")
{taken} = {values}{line}
({returned},) = session.run(["{returned}"], {{"{taken}": {taken}{handed_on}}})"""


def _saved_model_snippet(manifest: Manifest) -> str:
    endpoint = _shown_endpoint(manifest)
    path = manifest.endpoints[endpoint]["formats"].get("saved_model")
    if path is None:
        return ""
    taken, returned = _shown(manifest)
    dim, shape = manifest.latent["dim"], ", ".join(map(str, manifest.image_shape))
    stored = _stored_draws(manifest)
    draw = f"normal((4, {dim}))" if dim else f"uniform((4, {shape}))"
    values = f"tf.constant({stored})" if stored else f"tf.random.{draw}"
    signature = f"{endpoint}_uint8" if dim else endpoint
    line, told = _told(manifest, "tf.zeros")
    handed_on = f", {told}={told}" if told else ""
    call = f'model.signatures["{signature}"]({taken}={taken}{handed_on})'
    return f"""{"import numpy as np" if stored else ""}
import tensorflow as tf

model = tf.saved_model.load("{path}")
{taken} = {values}{line}
{returned} = {call}["{returned}"].numpy()""".lstrip()
