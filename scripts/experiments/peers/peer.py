"""What is measured of a model that is not ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

BATCH = 64


@dataclass(frozen=True)
class Peer:
    """Offers what evaluations need of `keras_resgen.models.GenerativeModel`.

    Attributes:
        image_shape: `(size, size, channels)`.
        latent_dim: length of a latent vector.
        parameters: of all networks.
        decode: images in [0, 1] from latent vectors.
        encode_batch: codes from images; None without an encoder.
    """

    image_shape: tuple[int, int, int]
    latent_dim: int
    parameters: int
    decode: Callable[[np.ndarray], np.ndarray]
    encode_batch: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def has_encoder(self) -> bool:
        """Whether there are codes of images."""
        return self.encode_batch is not None

    def draw_latents(self, count: int, seed: int = 0) -> np.ndarray:
        """Draws of the standard normal distribution, the same as ours."""
        return np.random.default_rng(seed).standard_normal((count, self.latent_dim), "float32")

    def generate(self, latents: np.ndarray, attributes: None = None) -> np.ndarray:
        """Images of latent vectors."""
        return _in_batches(self.decode, np.asarray(latents, "float32"))

    def sample(self, count: int, seed: int = 0, attributes: None = None) -> np.ndarray:
        """Images of draws of the prior."""
        return self.generate(self.draw_latents(count, seed))

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Codes of images."""
        assert self.encode_batch is not None
        return _in_batches(self.encode_batch, np.asarray(images, "float32"))

    def posterior(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        """Codes of images, without what noise they have."""
        return self.encode(images), None

    def reconstruct(self, images: np.ndarray, attributes: None = None) -> np.ndarray:
        """Images of their codes."""
        return self.generate(self.encode(images))

    def probe(self, latents: np.ndarray, attributes: None = None) -> dict[str, Any]:
        """Nothing is known of it while it trains."""
        return {}


def _in_batches(function: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> np.ndarray:
    parts = [function(rows[first : first + BATCH]) for first in range(0, len(rows), BATCH)]
    return np.concatenate(parts)
