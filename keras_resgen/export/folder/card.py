"""The model card: `README.md` in the export, for people."""

from collections.abc import Mapping
from typing import Any

from keras_resgen.export.folder.examples import onnx_example, saved_model_example
from keras_resgen.export.folder.manifest import Manifest, list_formats

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
            ("ONNX files, with `pip install onnxruntime numpy`", onnx_example(manifest)),
            ("The SavedModel, with `pip install tensorflow`", saved_model_example(manifest)),
        )
        if code
    )
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    return f"""# {manifest.model_class}

{_kind(manifest)} of {height}x{width} images with {channels} channel(s), exported by keras_resgen.
It runs without it, as {", ".join(list_formats(manifest.endpoints))}.

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
            return "numbers that the encoder gives; no distribution to draw them from was learned"
        case "gaussian":
            return "numbers from a standard normal distribution"
        case name:
            return (
                f"numbers from the prior `{name}`, which `keras_resgen.latent.priors` defines; "
                f"`{manifest.reference}` holds draws of it"
            )


def _attributes_line(manifest: Manifest) -> str:
    """What attributes are, if the model is told any."""
    count, names = manifest.attribute_count, manifest.metadata.get("attributes")
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


def _tensors(specs: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(
        f"`{name}` {spec['dtype']} ({', '.join(map(str, spec['shape']))})"
        for name, spec in specs.items()
    )
