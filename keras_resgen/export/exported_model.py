"""An export as a model: images from latent vectors and codes from images, by its ONNX files."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS, select_code
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files
from keras_resgen.export.runtimes.python_runtimes import run_onnxruntime
from keras_resgen.export.runtimes.runtime import Call
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.latent.priors import PRIORS

FORMATS = RUNTIMES["onnxruntime"].formats  # the most exact first


class ExportedModel:
    """Offers what `keras_resgen.models.GenerativeModel` does, computed by ONNX Runtime.

    Every file is compared with its SHA-256 first.

    Args:
        folder: of an export.

    Raises:
        ExportError: if the export is not whole, was changed, or has no ONNX file for images.

    Attributes:
        manifest: of the export.
        image_shape: `(size, size, channels)`.
        latent_dim: length of a latent vector.
        attributes: how many attributes the model is told; 0 for none.
        has_encoder: whether there are `encode` and `reconstruct`.

    Example:

    >>> model = ExportedModel(Path("exports/faces"))  # doctest: +SKIP
    >>> model.sample(16).shape  # doctest: +SKIP
    (16, 64, 64, 3)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).resolve()
        self.manifest = Manifest.load(self.folder)
        check_files(self.folder, self.manifest)
        if not {name for name, _ in self._endpoints()} & set(IMAGE_ENDPOINTS):
            raise ExportError(
                f"An ONNX file of {' or '.join(IMAGE_ENDPOINTS)} is needed. Received: an export "
                f"with {', '.join(name for name, _ in self._endpoints()) or 'none'}. "
                "Export the model again."
            )
        for path in {_onnx_path(entry) for _, entry in self._endpoints()}:
            check_no_external_data(self.folder / path)
        self.image_shape = tuple(self.manifest.image_shape)
        self.latent_dim = self.manifest.latent["dim"]
        self.attributes = self.manifest.attribute_count
        self.has_encoder = "encode" in self.manifest.endpoints

    def generate(self, latents: np.ndarray, attributes: Any = None, batch_size: int = 32) -> Any:
        """Turns latent vectors into images.

        Args:
            latents: float array of shape `(count, latent_dim)`.
            attributes: what a conditional model is told: an array of shape `(count, attributes)`,
                or one row for all images.
            batch_size: images computed at a time.

        Returns:
            A float32 array of shape `(count, size, size, channels)` in [0, 1].

        Raises:
            ValueError: if attributes are missing, or there are some that the model is not told.
        """
        return self._run(
            self.image_network,
            {"latents": latents, **self._told(attributes, len(latents))},
            batch_size,
        )["images"]

    def encode(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Turns images, floats in [0, 1], into codes of shape `(count, latent_dim)`."""
        return self.posterior(images, batch_size)[0]

    def posterior(
        self, images: np.ndarray, batch_size: int = 32
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the codes of images without noise, and their log-variances or None.

        Raises:
            ValueError: if the export has no encoder.
        """
        outputs = self._run("encode", {"images": images}, batch_size)
        return select_code(outputs), outputs.get("log_variance")

    def reconstruct(self, images: np.ndarray, attributes: Any = None) -> np.ndarray:
        """Encodes and decodes images, floats in [0, 1]."""
        return self.generate(self.encode(images), attributes)

    @property
    def image_network(self) -> str:
        """The endpoint from latent vectors to images."""
        names = [name for name, _ in self._endpoints()]
        return next(name for name in IMAGE_ENDPOINTS if name in names)

    @cached_property
    def networks(self) -> Mapping[str, Any]:
        """The layer from latent vectors to images, of the SavedModel, which has gradients.

        Raises:
            ExportError: on another Keras backend than TensorFlow.
        """
        from keras_resgen.export.formats.saved_model_format import SavedModelLayer

        formats = self.manifest.endpoints[self.image_network]["formats"]
        if "saved_model" not in formats:
            raise ExportError(
                "Gradients are those of a SavedModel. Received: an export with "
                f"{', '.join(formats)}. Export the model with saved_model among its formats."
            )
        path = formats["saved_model"]
        return {self.image_network: SavedModelLayer(self.folder / path, self.image_network)}

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws latent vectors, the same as the model would that was exported."""
        latent = self.manifest.latent
        prior = PRIORS[latent.get("prior") or "gaussian"]
        return prior.draw(self.latent_dim, count, seed, components=latent["components"])

    @property
    def directions(self) -> tuple[str, ...]:
        """What `moved` can change, in its order; nothing if the export has no directions."""
        return tuple(self.manifest.latent.get("directions", {}).get("names", ()))

    def moved(self, codes: np.ndarray, strengths: Mapping[str, float]) -> np.ndarray:
        """Returns latent vectors moved along attribute directions.

        Args:
            codes: float array of shape `(count, latent_dim)`.
            strengths: how far, by name of the direction: 1 adds an attribute, -1 removes it.

        Raises:
            ValueError: if the export has no such direction.
        """
        unknown = sorted(strengths.keys() - set(self.directions))
        if unknown:
            raise ValueError(
                f"Directions of this export are {list(self.directions)}. Received: {unknown}. "
                "Leave them out, or export the run with directions."
            )
        row = np.array([[strengths.get(name, 0.0) for name in self.directions]])
        rows = row.repeat(len(codes), axis=0)
        return self._run("move", {"codes": codes, "strengths": rows})["latents"]

    def sample(self, count: int, seed: int = 0, attributes: Any = None) -> np.ndarray:
        """Draws images: `generate(draw_latents(count, seed), attributes)`."""
        return self.generate(self.draw_latents(count, seed), attributes)

    def probe(self, latents: np.ndarray, attributes: Any = None) -> dict[str, float]:
        """Returns no metrics: there are no gradients in an export."""
        return {}

    def _endpoints(self) -> list[tuple[str, Any]]:
        """Those that there are ONNX files of."""
        return [
            (name, entry)
            for name, entry in self.manifest.endpoints.items()
            if not entry["formats"].keys().isdisjoint(FORMATS)
        ]

    def _told(self, attributes: Any, count: int) -> dict[str, np.ndarray]:
        if (attributes is None) != (self.attributes == 0):
            raise ValueError(
                f"The export is told {self.attributes} attributes of each image. Received: "
                f"{'none' if attributes is None else 'some'}. "
                f"{'Give' if self.attributes else 'Leave out'} attributes."
            )
        if attributes is None:
            return {}
        rows = np.asarray(attributes, "float32")
        return {"attributes": np.ascontiguousarray(np.broadcast_to(rows, (count, self.attributes)))}

    def _run(
        self, endpoint: str, inputs: Mapping[str, Any], batch_size: int = 32
    ) -> dict[str, np.ndarray]:
        endpoints = dict(self._endpoints())
        if endpoint not in endpoints:
            raise ValueError(
                f"The export needs an ONNX file of {endpoint}. Received: one with "
                f"{', '.join(endpoints)}. Export an ae, vae or aae."
            )
        path = _onnx_path(endpoints[endpoint])
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


def _onnx_path(entry: Mapping[str, Any]) -> str:
    """The most exact ONNX file of an endpoint."""
    return next(entry["formats"][name] for name in FORMATS if name in entry["formats"])
