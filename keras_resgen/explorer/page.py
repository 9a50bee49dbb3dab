"""Writing of the page."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files
from keras_resgen.export.folder.staging import staged_folder
from keras_resgen.files import write_json

STATIC = Path(__file__).parent / "static"
VENDOR = "vendor"
DESCRIPTION = "explorer.json"
# The networks of the page, each with the endpoints that compute it; the first one is used.
ENDPOINTS = {
    "decoder": IMAGE_ENDPOINTS,
    "encoder": ("encode",),
    "prior": ("draw",),
    "directions": ("move",),
}
FORMATS = ("onnx_fp16", "onnx")  # the smaller first, because browsers download it
COMPONENT = "Component_"


def check_target(folder: Path) -> None:
    """Raise a ValueError unless a page may be written to a folder.

    Args:
        folder: must be missing, empty, or hold a page of an export, which is replaced.

    Example:

    >>> check_target(Path("a/new/folder"))
    """
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / DESCRIPTION).is_file()):
        return
    if folder.exists():
        raise ValueError(
            "The page's folder must be missing, empty, or hold a page of an export. "
            f"Received: {folder}. Choose another one."
        )


def write_explorer(
    export: Path, folder: Path, runtime: Sequence[Path], *, title: str | None = None
) -> None:
    """Write a static page that generates, edits and interpolates faces of an export.

    Any server of static files can serve the page. It loads nothing from other addresses.

    Args:
        export: folder of an export; a conditional model gets a slider for each attribute.
        folder: where to write, see `check_target`.
        runtime: files of onnxruntime-web, see `browser_runtime`.
        title: of the page; by default the name of the export.

    Raises:
        ExportError: if the export is damaged, or has no ONNX file from latent vectors to images.
        ValueError: if the folder holds other files.

    Example:

    >>> from keras_resgen.explorer.onnxruntime_web import browser_runtime
    >>> runtime = browser_runtime(Path("cache"))  # doctest: +SKIP
    >>> write_explorer(Path("exports/faces"), Path("page"), runtime)  # doctest: +SKIP
    """
    check_target(folder)
    manifest = Manifest.load(export)
    check_files(export, manifest)
    networks = _networks(manifest)
    for path in networks.values():
        check_no_external_data(export / path)
    description = _description(manifest, networks, title or export.resolve().name)
    with staged_folder(folder.resolve()) as staging:
        shutil.copytree(STATIC, staging, dirs_exist_ok=True)
        (staging / VENDOR).mkdir()
        for file in runtime:
            shutil.copy(file, staging / VENDOR)
        for path in networks.values():
            shutil.copy(export / path, staging)
        write_json(staging / DESCRIPTION, description)


def _networks(manifest: Manifest) -> dict[str, str]:
    """Return the file of each network that the export has."""
    found = {}
    for network, names in ENDPOINTS.items():
        entries = [manifest.endpoints[name] for name in names if name in manifest.endpoints]
        paths = [entry["formats"].get(format) for entry in entries for format in FORMATS]
        if path := next(filter(None, paths), None):
            found[network] = path
    if "decoder" not in found:
        raise ExportError(
            f"The explorer needs an ONNX file of {' or '.join(IMAGE_ENDPOINTS)}. Received: "
            f"an export of {', '.join(manifest.endpoints)} without one. Export the model with the "
            "format onnx."
        )
    return found


def _description(manifest: Manifest, networks: dict[str, str], title: str) -> dict[str, Any]:
    """Return the content of explorer.json."""
    size, _, channels = manifest.image_shape
    latent_dim = manifest.latent["dim"]
    noise_dim = latent_dim
    if "prior" in networks:
        noise_dim = manifest.endpoints["draw"]["inputs"]["noise"]["shape"][1]
    directions = manifest.latent.get("directions") or {"names": []}
    return {
        "title": title,
        "about": _about(manifest),
        "imageSize": size,
        "channels": channels,
        "latentDim": latent_dim,
        "noiseDim": noise_dim,
        "networks": networks,
        "attributes": [_slider(name) for name in _attribute_names(manifest)],
        "directions": [
            {**_slider(name), "kind": "component" if name.startswith(COMPONENT) else "attribute"}
            for name in directions["names"]
        ],
    }


def _about(manifest: Manifest) -> str:
    size, _, channels = manifest.image_shape
    data = str(manifest.metadata.get("data") or "").split(",")[0]
    training = f", trained on {data}" if data else ""
    color = "color" if channels == 3 else "gray"
    images = f"{size} by {size} {color} pixels"
    return f"A {manifest.model_class} of {images}{training}, which runs in this browser."


def _attribute_names(manifest: Manifest) -> list[str]:
    """Return the names of the attributes that the model is conditioned on."""
    numbered = [f"Attribute {number + 1}" for number in range(manifest.attribute_count)]
    return manifest.metadata.get("attributes", numbered) if numbered else []


def _slider(name: str) -> dict[str, Any]:
    """Return a slider's label, and whether it is negated: No_Beard becomes a slider for Beard."""
    words = name.removeprefix("No_").replace("_", " ")
    return {"label": words[:1].upper() + words[1:].lower(), "negated": name.startswith("No_")}
