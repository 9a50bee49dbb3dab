"""A callback that measures the latent space during training."""

from typing import Any

import keras
import numpy as np

from keras_resgen.callbacks.metric_names import take_first_host
from keras_resgen.metrics.codes import active_units, kl_per_dimension, prior_mmd

BATCH = 64


class LatentMonitor(keras.callbacks.Callback):
    """Callback that measures the codes of held-out images and logs the metrics after each epoch.

    It logs `val_prior_mmd`, the distance of codes from draws of the prior, and its standard error
    `val_prior_mmd_error`; for a variational autoencoder also `val_active_units`, the number of
    latent dimensions that vary with the image. It costs one pass of the encoder over the images.

    Args:
        images: held-out images, float array of shape `(count, size, size, channels)` in [0, 1], or
            uint8; at least three.
        every_epochs: number of epochs between measurements.
        seed: seed of the draws.

    Raises:
        ValueError: if there are fewer than three images; in `fit`, if the model has no encoder.

    Attributes:
        kl_per_dimension: latest KL divergences of a variational autoencoder, in nats; else None.

    Example:

    >>> from keras_resgen.models import VariationalAutoencoder
    >>> model = VariationalAutoencoder.create(image_size=32, latent_dim=8, width=2)
    >>> model.compile()
    >>> images = np.random.default_rng(0).random((8, 32, 32, 3)).astype("float32")
    >>> history = model.fit(images, verbose=0, callbacks=[LatentMonitor(images)]).history
    >>> history["val_active_units"][0] <= 8
    True
    """

    def __init__(self, images: Any, *, every_epochs: int = 1, seed: int = 0) -> None:
        super().__init__()
        if len(images) < 3:
            raise ValueError(
                f"LatentMonitor needs at least three images. Received: {len(images)}. "
                "Hold out more."
            )
        self.images = images
        self.every_epochs = every_epochs
        self.seed = seed
        self.kl_per_dimension: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Raise for a model without an encoder."""
        if not self.model.has_encoder:
            raise ValueError(
                "LatentMonitor needs a model with an encoder. Received: "
                f"{type(self.model).__name__}, which has none. Leave LatentMonitor out."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure, and add the metrics to the logs."""
        if logs is not None and (epoch + 1) % self.every_epochs == 0:
            found = take_first_host(self.metrics())
            logs.update({f"val_{name}": value for name, value in found.items()})

    def metrics(self) -> dict[str, float]:
        """Return the metrics of the current weights by name."""
        metrics: dict[str, float] = {}
        codes, log_variance = self._posterior()
        if log_variance is not None:
            self.kl_per_dimension = kl_per_dimension(codes, log_variance)
            metrics["active_units"] = active_units(codes)
            noise = np.random.default_rng([self.seed, 1]).standard_normal(codes.shape, "float32")
            codes = codes + np.exp(0.5 * log_variance) * noise
        mmd = prior_mmd(codes, self.model.draw_latents(len(codes), self.seed))
        return {
            "prior_mmd": mmd.value,
            "prior_mmd_error": mmd.standard_error,
            **metrics,
        }

    def _posterior(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The posteriors of all images, with one batch in memory."""
        means, log_variances = [], []
        for first in range(0, len(self.images), BATCH):
            images = self.images[first : first + BATCH]
            if images.dtype == np.uint8:
                images = images.astype("float32") / np.float32(255.0)
            mean, log_variance = self.model.posterior(images)
            means.append(mean)
            log_variances.append(log_variance)
        codes = np.concatenate(means)
        return codes, None if log_variances[0] is None else np.concatenate(log_variances)
