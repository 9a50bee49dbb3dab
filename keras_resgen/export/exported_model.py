"""Exports as models that ONNX Runtime computes."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS, select_code
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files
from keras_resgen.export.formats.table import find_file
from keras_resgen.export.runtimes.python_runtimes import run_onnxruntime
from keras_resgen.export.runtimes.runtime import Call
from keras_resgen.latent.priors import PRIORS


def load_export(folder: Path | str) -> "ExportedModel":
    """Load an export as a model that ONNX Runtime computes.

    Args:
        folder: written by `export_model`.

    Returns:
        A model that generates, encodes and reconstructs without Keras.

    Raises:
        ExportError: if the folder is no export, a file was changed, or no ONNX file returns images.

    Example:

    >>> model = load_export("exports/faces64")  # doctest: +SKIP
    >>> model.sample(16).shape  # doctest: +SKIP
    (16, 64, 64, 3)
    """
    return ExportedModel(folder)


class ExportedModel:
    """An export with the methods of `keras_resgen.models.GenerativeModel`; see `load_export`.

    The SHA-256 of every file is checked before the files are loaded.

    Args:
        folder: of the export.

    Raises:
        ExportError: if the folder is no export, a file was changed, or no ONNX file returns images.

    Attributes:
        manifest: of the export.
        image_shape: `(size, size, channels)`.
        latent_dim: length of a latent vector.
        attributes: number of attributes that the model is conditioned on; 0 for none.
        has_encoder: whether the model can encode and reconstruct images.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).resolve()
        self.manifest = Manifest.load(self.folder)
        check_files(self.folder, self.manifest)
        entries = self.manifest.endpoints.items()
        files = {name: find_file(entry, "onnxruntime") for name, entry in entries}
        self._paths = {name: path for name, path in files.items() if path}
        if not self._paths.keys() & set(IMAGE_ENDPOINTS):
            raise ExportError(
                f"An export needs an ONNX file of {' or '.join(IMAGE_ENDPOINTS)} to be loaded. "
                f"Received: an export with ONNX files of {', '.join(self._paths) or 'none'}. "
                "Export the model again, with the format onnx."
            )
        for path in set(self._paths.values()):
            check_no_external_data(self.folder / path)
        self.image_shape = tuple(self.manifest.image_shape)
        self.latent_dim = self.manifest.latent["dim"]
        self.attributes = self.manifest.attribute_count
        self.has_encoder = "encode" in self.manifest.endpoints

    def __repr__(self) -> str:
        """Name the export's folder, family, images and latent vectors."""
        shape = "x".join(map(str, self.image_shape))
        return (
            f"<ExportedModel {str(self.folder)!r}: {self.manifest.model_class}, {shape}, "
            f"latent_dim {self.latent_dim}>"
        )

    def generate(self, latents: np.ndarray, attributes: Any = None, batch_size: int = 32) -> Any:
        """Generate images from latent vectors.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: to condition on, for a conditional model: an array of shape
                `(count, attributes)`, or one row for all images.
            batch_size: images computed at a time.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Raises:
            ValueError: if a conditional model gets no attributes, or another model gets some.
        """
        return self._run(
            self.image_network,
            {"latents": latents, **self._attribute_rows(attributes, len(latents))},
            batch_size,
        )["images"]

    def encode(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Encode images, floats in [0, 1], to codes of shape `(count, latent_dim)`."""
        return self.posterior(images, batch_size)[0]

    def posterior(
        self, images: np.ndarray, batch_size: int = 32
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the codes of images without noise, and their log-variances or None.

        Raises:
            ValueError: if the export has no encoder.
        """
        outputs = self._run("encode", {"images": images}, batch_size)
        return select_code(outputs), outputs.get("log_variance")

    def reconstruct(self, images: np.ndarray, attributes: Any = None) -> np.ndarray:
        """Encode and decode images, floats in [0, 1]."""
        return self.generate(self.encode(images), attributes)

    @property
    def image_network(self) -> str:
        """The endpoint from latent vectors to images."""
        return next(name for name in IMAGE_ENDPOINTS if name in self._paths)

    @cached_property
    def networks(self) -> Mapping[str, Any]:
        """The SavedModel's function from latent vectors to images as a layer with gradients.

        Raises:
            ExportError: on another Keras backend than TensorFlow.
        """
        from keras_resgen.export.formats.saved_model_format import SavedModelLayer

        entry = self.manifest.endpoints[self.image_network]
        path = find_file(entry, "tensorflow")
        if path is None:
            raise ExportError(
                "Gradients need a SavedModel. Received: an export with "
                f"{', '.join(entry['formats'])}. Export the model with the format saved_model."
            )
        return {self.image_network: SavedModelLayer(self.folder / path, self.image_network)}

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw the latent vectors that the exported model draws with the same seed."""
        latent = self.manifest.latent
        prior = PRIORS[latent.get("prior") or "gaussian"]
        return prior.draw(self.latent_dim, count, seed, components=latent["components"])

    @property
    def directions(self) -> tuple[str, ...]:
        """Names of the export's directions, along which `move` moves codes."""
        return tuple(self.manifest.latent.get("directions", {}).get("names", ()))

    def move(self, codes: np.ndarray, strengths: Mapping[str, float]) -> np.ndarray:
        """Return codes that are moved along attribute directions.

        Args:
            codes: float array of shape `(count, latent_dim)`.
            strengths: by name of the direction; 1 adds an attribute, -1 removes it.

        Raises:
            ValueError: if the export has no such direction.
        """
        unknown = sorted(strengths.keys() - set(self.directions))
        if unknown:
            raise ValueError(
                f"strengths must name directions of this export: {list(self.directions)}. "
                f"Received: {unknown}. Leave them out, or export the run with directions."
            )
        row = np.array([[strengths.get(name, 0.0) for name in self.directions]])
        rows = row.repeat(len(codes), axis=0)
        return self._run("move", {"codes": codes, "strengths": rows})["latents"]

    def sample(self, count: int, seed: int = 0, attributes: Any = None) -> np.ndarray:
        """Generate images: `generate(draw_latents(count, seed), attributes)`."""
        return self.generate(self.draw_latents(count, seed), attributes)

    def probe(self, latents: np.ndarray, attributes: Any = None) -> dict[str, float]:
        """Return no metrics, because an export has no gradients."""
        return {}

    def _attribute_rows(self, attributes: Any, count: int) -> dict[str, np.ndarray]:
        if (attributes is None) != (self.attributes == 0):
            raise ValueError(
                f"The exported model is conditioned on {self.attributes} attributes. Received: "
                f"{'no attributes' if attributes is None else 'attributes'}. "
                f"{'Give' if self.attributes else 'Leave out'} attributes."
            )
        if attributes is None:
            return {}
        rows = np.asarray(attributes, "float32")
        return {"attributes": np.ascontiguousarray(np.broadcast_to(rows, (count, self.attributes)))}

    def _run(
        self, endpoint: str, inputs: Mapping[str, Any], batch_size: int = 32
    ) -> dict[str, np.ndarray]:
        if endpoint not in self._paths:
            raise ValueError(
                f"The export needs an ONNX file of {endpoint}. Received: an export with ONNX files "
                f"of {', '.join(self._paths)}. Export a model with an encoder, such as a vae."
            )
        path = self._paths[endpoint]
        arrays = {name: np.asarray(value, "float32") for name, value in inputs.items()}
        count = len(next(iter(arrays.values())))
        calls = [
            Call(
                endpoint,
                path,
                {name: array[first : first + batch_size] for name, array in arrays.items()},
            )
            for first in range(0, count, batch_size)
        ]
        parts = run_onnxruntime(self.folder, calls)
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
