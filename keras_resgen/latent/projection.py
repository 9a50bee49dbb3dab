"""Projection: latent vectors of images for a model without an encoder."""

from typing import Any

import keras
import numpy as np
from keras import ops


class _Projection(keras.Model):
    """A model whose only trained weights are latent vectors, and whose outputs are their images."""

    def __init__(self, model: Any, latents: np.ndarray, attributes: Any, prior_weight: float):
        super().__init__(name="projection")
        self.network = model.networks[model.image_network]
        self.network.trainable = False
        self.attributes = attributes
        self.prior_weight = prior_weight
        self.latents = self.add_weight(
            name="latents",
            shape=latents.shape,
            initializer=lambda shape, dtype=None: ops.cast(latents, dtype or "float32"),
        )

    def call(self, rows: Any) -> Any:
        latents = ops.take(self.latents, rows, axis=0)
        # A standard normal prior: long vectors are unlikely.
        self.add_loss(self.prior_weight * ops.mean(ops.square(latents)))
        condition = None if self.attributes is None else ops.take(self.attributes, rows, axis=0)
        return self.network(latents if condition is None else [latents, condition], training=False)


def project(
    model: Any,
    images: np.ndarray,
    *,
    attributes: np.ndarray | None = None,
    steps: int = 300,
    starts: int = 8,
    learning_rate: float = 0.05,
    prior_weight: float = 1e-3,
    seed: int = 0,
) -> np.ndarray:
    """Find the latent vectors whose images are nearest to given images, by optimization.

    Zhu et al., "Generative Visual Manipulation on the Natural Image Manifold" (2016,
    https://arxiv.org/abs/1609.03552), section 2.2. For each image the nearest of several samples of
    the prior is optimized by Adam on the mean squared error.

    Args:
        model: a model with `generate`, `draw_latents` and `networks`, see `keras_resgen.models`.
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        attributes: attributes of the images or one row for all, for a conditional model.
        steps: steps of the optimizer.
        starts: samples of the prior for each image, of which the nearest is the start.
        learning_rate: Adam's learning rate.
        prior_weight: weight of the latent vectors' mean square beside the mean squared error.
        seed: seed of the samples.

    Returns:
        A float32 array of shape `(count, latent_dim)`.

    Raises:
        ValueError: if the images do not have the model's shape, or there are no steps or starts.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=2)
    >>> project(model, model.sample(2), steps=3).shape
    (2, 8)
    """
    images = np.asarray(images, "float32")
    if images.shape[1:] != tuple(model.image_shape) or min(steps, starts) < 1:
        raise ValueError(
            f"project needs images of shape (count, {', '.join(map(str, model.image_shape))}), and "
            f"one step and one start or more. Received: shape {images.shape}, steps={steps}, "
            f"starts={starts}. Resize the images to the model's."
        )
    if attributes is not None:
        rows = np.asarray(attributes, "float32")
        attributes = np.broadcast_to(rows, (len(images), rows.shape[-1]))
    latents = _nearest_draws(model, images, attributes, starts, seed)
    trained = model.networks[model.image_network].trainable
    try:
        projection = _Projection(model, latents, attributes, prior_weight)
        projection.compile(keras.optimizers.Adam(learning_rate), loss="mse")
        rows = np.arange(len(images), dtype="int32")
        for _ in range(steps):
            projection.train_on_batch(rows, images)
        return np.array(ops.convert_to_numpy(projection.latents))
    finally:
        model.networks[model.image_network].trainable = trained


def _nearest_draws(
    model: Any, images: np.ndarray, attributes: np.ndarray | None, starts: int, seed: int
) -> np.ndarray:
    """Return for each image the nearest of its samples of the prior."""
    draws = model.draw_latents(starts * len(images), seed)
    best, least = np.zeros_like(draws[: len(images)]), np.full(len(images), np.inf)
    for first in range(0, len(draws), len(images)):
        part = draws[first : first + len(images)]
        errors = np.square(model.generate(part, attributes) - images).mean(axis=(1, 2, 3))
        best[errors < least] = part[errors < least]
        least = np.minimum(errors, least)
    return best
