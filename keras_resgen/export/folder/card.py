"""The model card of an export, `README.md`."""

from collections.abc import Mapping
from typing import Any

from keras_resgen.export.folder.examples import onnx_example, saved_model_example
from keras_resgen.export.folder.manifest import Manifest, list_formats
from keras_resgen.export.formats.table import FORMATS, runtimes_for

CARD = "README.md"


def model_card(manifest: Manifest) -> str:
    """Return the model card of an export as Markdown."""
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
        if not isinstance(value, dict | list)  # the manifest holds these
    )
    formats = "\n".join(
        f"| `{name}` | {FORMATS[name].description} | {', '.join(runtimes_for(name))} |"
        for name in list_formats(manifest.endpoints)
    )
    examples = "\n\n".join(
        f"{title}:\n\n```python\n{code}\n```"
        for title, code in (
            ("ONNX files, with `pip install onnxruntime numpy`", onnx_example(manifest)),
            ("The SavedModel, with `pip install tensorflow`", saved_model_example(manifest)),
        )
        if code
    )
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    return f"""# {manifest.model_class}

{_kind(manifest)} of {height}x{width} images with {channels} channel(s), exported by keras_resgen.
The exported files run without keras_resgen and Keras.

{_latent_lines(manifest)}\
- Images: `(batch, height, width, channels)`; float32 in [0, 1], or uint8 from 0 to 255 in the
  endpoints that end in `_uint8`.
{metadata}

| Network | Parameters |
| --- | --- |
{networks}

| Format | What it is | Runtimes |
| --- | --- | --- |
{formats}

| Endpoint | Takes | Returns | Files |
| --- | --- | --- | --- |
{endpoints}

{examples}

`manifest.json` holds the same facts for programs, with the SHA-256 of every file and the measured
differences from Keras. Made with {versions}.
"""


def _kind(manifest: Manifest) -> str:
    return "Networks of a generative model" if manifest.latent["dim"] else "A classifier"


def _latent_lines(manifest: Manifest) -> str:
    """Return lines about latent vectors and attributes; empty for a classifier."""
    dim = manifest.latent["dim"]
    if not dim:
        return ""
    more = _attributes_line(manifest) + _tools_lines(manifest)
    return f"- Latent vectors: {dim} {_prior(manifest)}.{more}\n"


def _prior(manifest: Manifest) -> str:
    """Return the distribution that latent vectors are drawn from."""
    match manifest.latent["prior"]:
        case None:
            return "numbers, computed by the encoder; the model has no prior to sample them from"
        case "gaussian":
            return "numbers from a standard normal distribution"
        case name:
            return (
                f"numbers from the prior `{name}` of `keras_resgen.latent.priors`; "
                f"`{manifest.reference}` holds samples of it"
            )


def _attributes_line(manifest: Manifest) -> str:
    """Return a line about attributes if the model is conditional."""
    count, names = manifest.attribute_count, manifest.metadata.get("attributes")
    if not count:
        return ""
    which = f": {', '.join(names)}, in this order" if isinstance(names, list) else ""
    return f"\n- Attributes: float32 `(batch, {count})`, 1 for present and 0 for absent{which}."


def _tools_lines(manifest: Manifest) -> str:
    """Return lines about the endpoints `draw` and `move` if the export has them."""
    lines = []
    if draw := manifest.latent.get("draw"):
        name = draw["distribution"]
        which = f"a {name} fitted to codes" if draw["fitted"] else f"the prior `{name}`"
        lines.append(f"`draw` maps standard normal noise to samples of {which}.")
    if directions := manifest.latent.get("directions"):
        names = ", ".join(directions["names"])
        lines.append(
            "`move` moves codes along directions by strengths, 1 to add an attribute and -1 to "
            f"remove it, in this order: {names}."
        )
    return "".join(f"\n- {line}" for line in lines)


def _tensors(specs: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"`{name}` {spec['dtype']} ({', '.join(map(str, spec['shape']))})"
        for name, spec in specs.items()
    )
