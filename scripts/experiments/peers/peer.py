"""The interface through which a model of another package is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

BATCH = 64


@dataclass(frozen=True)
class Peer:
    """A trained model with the methods of `GenerativeModel` that evaluations call.

    Attributes:
        image_shape: `(size, size, channels)`.
        latent_dim: length of a latent vector.
        parameters: number of parameters of all networks.
        decode: decodes a batch of latent vectors to images in [0, 1].
        encode_batch: encodes a batch of images; None without an encoder.
    """

    image_shape: tuple[int, int, int]
    latent_dim: int
    parameters: int
    decode: Callable[[np.ndarray], np.ndarray]
    encode_batch: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def has_encoder(self) -> bool:
        """Whether the model encodes images."""
        return self.encode_batch is not None

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw from the standard normal distribution, the same values as this package does."""
        return np.random.default_rng(seed).standard_normal((count, self.latent_dim), "float32")

    def generate(self, latents: np.ndarray, attributes: None = None) -> np.ndarray:
        """Decode latent vectors to images."""
        return _in_batches(self.decode, np.asarray(latents, "float32"))

    def sample(self, count: int, seed: int = 0, attributes: None = None) -> np.ndarray:
        """Generate images from draws of the prior."""
        return self.generate(self.draw_latents(count, seed))

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Encode images."""
        assert self.encode_batch is not None
        return _in_batches(self.encode_batch, np.asarray(images, "float32"))

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        """Return codes of images; a variance is not known."""
        return self.encode(images), None

    def reconstruct(self, images: np.ndarray, attributes: None = None) -> np.ndarray:
        """Encode images and decode the codes."""
        return self.generate(self.encode(images))

    def probe(self, latents: np.ndarray, attributes: None = None) -> dict[str, Any]:
        """Return no training metrics."""
        return {}


def _in_batches(function: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> np.ndarray:
    parts = [function(rows[first : first + BATCH]) for first in range(0, len(rows), BATCH)]
    return np.concatenate(parts)
