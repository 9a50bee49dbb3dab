"""The manifest: facts about an export, and the SHA-256 of each of its files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS
from keras_resgen.export.errors import ExportError

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Manifest:
    """The content of `manifest.json`.

    Attributes:
        schema_version: of this file; older readers refuse newer versions.
        model_class: name of the model's class.
        image_shape: `[size, size, channels]`.
        latent: `dim`; `prior`, which is `"gaussian"` (standard normal), another name in
            `keras_resgen.latent.PRIORS`, or None without a prior; and the prior's `components`.
            With latent tools also `draw`, with the `distribution` of that endpoint and whether it
            was `fitted` to codes; and `directions`, with their `names` in the order of `strengths`
            and the `method` that fitted them.
        networks: the number of `parameters` of each network.
        endpoints: for each endpoint the `network`, `variant_of` (the endpoint for float images, if
            this one is for uint8 images), `inputs` and `outputs` (shape, dtype, pixel range of
            images), and in `formats` the path by format.
        reference: path of the inputs and outputs of Keras that `verify_export` compares with.
        parity: the comparisons made when the export was written, each a
            `keras_resgen.export.verification.parity.ParityRow`.
        versions: of the packages that made the export.
        metadata: given by the caller, and `source_commit` if this package ran from a clone.
        files: `sha256` and `bytes` of each file, by path.
    """

    schema_version: int
    model_class: str
    image_shape: list[int]
    latent: dict[str, Any]
    networks: dict[str, Any]
    endpoints: dict[str, Any]
    reference: str
    parity: list[dict[str, Any]]
    versions: dict[str, str]
    metadata: dict[str, Any]
    files: dict[str, dict[str, Any]]

    def __repr__(self) -> str:
        """Summarize the manifest on one line."""
        shape = "x".join(map(str, self.image_shape))
        formats = ", ".join(list_formats(self.endpoints))
        return (
            f"<Manifest: {self.model_class}, {shape}, {len(self.endpoints)} endpoints, {formats}>"
        )

    @property
    def image_endpoint(self) -> str | None:
        """The endpoint from latent vectors to images; None for a classifier."""
        return next((name for name in IMAGE_ENDPOINTS if name in self.endpoints), None)

    @property
    def attribute_count(self) -> int:
        """Number of attributes that the model is conditioned on; 0 if it is unconditional."""
        entry = self.endpoints.get(self.image_endpoint or "", {"inputs": {}})
        return entry["inputs"].get("attributes", {"shape": ["batch", 0]})["shape"][1]

    def save(self, folder: Path) -> None:
        """Write `manifest.json`."""
        text = json.dumps(asdict(self), indent=2, allow_nan=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read `manifest.json`.

        Raises:
            ExportError: if it is missing, damaged, or from a newer version of this package.
        """
        path = folder / MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ExportError(
                f"An export folder with a {MANIFEST} was expected. Received: {error}. "
                "Give the folder that an export wrote."
            ) from error
        except ValueError as error:
            raise _damaged(f"{path}, {error}") from error
        version = content.get("schema_version") if isinstance(content, dict) else None
        if not isinstance(version, int):
            raise _damaged(f"{path} without a schema_version")
        if version > SCHEMA_VERSION:
            raise ExportError(
                f"The manifest's schema_version must be at most {SCHEMA_VERSION}. "
                f"Received: {version}. Update keras_resgen."
            )
        wrong = {field.name for field in fields(cls)} ^ set(content)
        if wrong:
            raise _damaged(f"{path} with unknown or missing entries {sorted(wrong)}")
        manifest = cls(**content)
        for name, endpoint in _items(manifest.endpoints, "endpoints"):
            tensors = [
                *_items(_get(endpoint, "inputs"), f"inputs of {name}"),
                *_items(_get(endpoint, "outputs"), f"outputs of {name}"),
            ]
            for tensor, spec in tensors:
                if not isinstance(_get(spec, "shape"), list) or not _get(spec, "dtype"):
                    raise _damaged(f"{spec!r} as tensor {tensor} of {name}")
            for format, path in _items(_get(endpoint, "formats"), f"formats of {name}"):
                if not isinstance(path, str):
                    raise _damaged(f"{path!r} as {format} of {name}")
            _get(endpoint, "variant_of")
        if not isinstance(manifest.reference, str):
            raise _damaged(f"{manifest.reference!r} as reference")
        _items(manifest.files, "files")
        return manifest


def _items(value: Any, name: str) -> Any:
    """Return the entries of a JSON object that must not be empty."""
    if not isinstance(value, dict) or not value:
        raise _damaged(f"{value!r} as {name}")
    return value.items()


def _get(entry: Any, key: str) -> Any:
    if not isinstance(entry, dict) or key not in entry:
        raise _damaged(f"{entry!r} without {key}")
    return entry[key]


def _damaged(received: str) -> ExportError:
    return ExportError(
        f"The manifest must be what an export wrote. Received: {received}. Export the model again."
    )


def list_formats(endpoints: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the formats of an export.

    Args:
        endpoints: entries of the manifest.

    Example:

    >>> list_formats({"decode": {"formats": {"onnx": "decoder.onnx"}}})
    ['onnx']
    """
    return list(dict.fromkeys(name for entry in endpoints.values() for name in entry["formats"]))


def hash_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the SHA-256 and size of every file except the manifest, by path in the folder."""
    return {
        path.relative_to(folder).as_posix(): _fingerprint(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST
    }


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "bytes": path.stat().st_size}


def check_files(folder: Path, manifest: Manifest) -> None:
    """Check that a folder holds exactly the files of its manifest, unchanged.

    This finds damage and mistakes. It is no protection against attacks: whoever can change the
    files can also change the manifest.

    Raises:
        ExportError: naming each file that is missing, unknown, changed or outside the folder.
    """
    named = [manifest.reference, *manifest.files]
    named += [path for entry in manifest.endpoints.values() for path in entry["formats"].values()]
    outside = sorted({path for path in named if not _is_inside(path)})
    if outside:
        raise ExportError(
            f"The manifest's paths must lie within the export. Received: {outside}. "
            "Do not use this export."
        )
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    if links:
        raise ExportError(
            f"An export must hold no symbolic links. Received: {[str(link) for link in links]}. "
            "Copy the export with the files themselves."
        )
    found = hash_files(folder)
    problems = [f"{path} is missing" for path in sorted(manifest.files.keys() - found.keys())]
    problems += [f"{path} is unknown" for path in sorted(found.keys() - manifest.files.keys())]
    problems += [
        f"{path} was changed: {found[path]} instead of {entry}"
        for path, entry in sorted(manifest.files.items())
        if path in found and found[path] != entry
    ]
    used = {path for path in named if path not in manifest.files}
    problems += [
        f"{path} is used by an endpoint but has no SHA-256"
        for path in sorted(used)
        if not any(name.startswith(f"{path}/") for name in manifest.files)
    ]
    if problems:
        raise ExportError(
            "An export must hold exactly the files of its manifest. Received: "
            + "; ".join(problems)
            + ". Copy or export it again."
        )


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not (pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path or not path)
