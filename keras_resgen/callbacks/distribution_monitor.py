"""A callback that compares generated with real images during training."""

import time
from typing import Any

import keras
import numpy as np

from keras_resgen.callbacks.metric_names import take_first_host
from keras_resgen.metrics.collapse import diversity, duplicates
from keras_resgen.metrics.features import BATCH, FeatureExtractor
from keras_resgen.metrics.reference import MEASURED, Reference


class DistributionMonitor(keras.callbacks.Callback):
    """Callback that compares generated with real images and logs the metrics after each epoch.

    Generates images from the same latent vectors each time, with averaged weights if the optimizer
    keeps them. With features `faces` it logs `val_frechet_faces` and its standard error
    `val_frechet_faces_error`, `val_kernel_faces`, precision, recall, density, coverage,
    `val_diversity_faces`, `val_duplicates_faces`, and what the model's `probe` returns. Put it
    before callbacks that read them: `EarlyStopping`, `ModelCheckpoint`, logs and plots.

    It costs one pass of the generator or decoder, and one of the feature extractor, over
    `reference.protocol.count` images.

    Args:
        reference: the real images, see `keras_resgen.metrics.reference`.
        extractor: the feature extractor of the reference.
        attributes: for a conditional model, an array of shape `(n, attributes)`, whose rows are
            repeated as needed.
        latents: array of shape `(reference.protocol.count, latent_dim)`; by default samples of the
            model's prior.
        every_epochs: number of epochs between measurements.
        seed: seed of the latent vectors.

    Raises:
        ValueError: if the extractor is not that of the reference.

    Attributes:
        seconds: durations of the measurements.

    Example:

    >>> from keras_resgen.metrics.features import FEATURES
    >>> from keras_resgen.metrics.reference import Reference
    >>> from keras_resgen.models import GAN
    >>> extractor = FEATURES["faces"]()
    >>> images = np.random.default_rng(0).random((24, 32, 32, 3)).astype("float32")
    >>> real = Reference.from_images(extractor, images[:12], images[12:], data="noise")
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> model.compile()
    >>> monitor = DistributionMonitor(real, extractor)
    >>> "val_frechet_faces" in model.fit(images, verbose=0, callbacks=[monitor]).history
    True
    """

    def __init__(
        self,
        reference: Reference,
        extractor: FeatureExtractor,
        *,
        attributes: np.ndarray | None = None,
        latents: np.ndarray | None = None,
        every_epochs: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        given = (extractor.name, extractor.version)
        expected = (reference.protocol.features, reference.protocol.version)
        if given != expected:
            raise ValueError(
                f"Expected the extractor of the reference, {expected}. Received: {given}. "
                "Compute the reference with this extractor."
            )
        self.reference = reference
        self.extractor = extractor
        self.attributes = attributes
        self.latents = latents
        self.every_epochs = every_epochs
        self.seed = seed
        self.seconds: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure, and add the metrics to the logs."""
        if logs is not None and (epoch + 1) % self.every_epochs == 0:
            start = time.perf_counter()
            found = take_first_host(self.metrics())
            logs.update({f"val_{name}": value for name, value in found.items()})
            self.seconds.append(time.perf_counter() - start)

    @staticmethod
    def names(features: str) -> tuple[str, ...]:
        """Return the names of the metrics that need a reference, without `val_`.

        Args:
            features: name of the feature extractor.

        Example:

        >>> DistributionMonitor.names("faces")[0]
        'frechet_faces'
        """
        return tuple(f"{name}_{features}" for name in (*MEASURED, "diversity", "duplicates"))

    def metrics(self, rows: np.ndarray | None = None) -> dict[str, float]:
        """Return the metrics of the current weights by name.

        Args:
            rows: features of generated images; by default, `self.rows()`.
        """
        latents, attributes = self._inputs()
        rows, name = self.rows() if rows is None else rows, self.extractor.name
        distances = self.reference.distances(rows)
        return {
            **distances.metrics(name),
            f"frechet_{name}_error": distances.frechet.standard_error,
            f"diversity_{name}": diversity(self.reference.rows, rows),
            f"duplicates_{name}": duplicates(self.reference.rows, rows),
            **self.model.probe(latents[:BATCH], None if attributes is None else attributes[:BATCH]),
        }

    def _inputs(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The fixed latent vectors, and the attributes to condition on."""
        count, attributes = self.reference.protocol.count, self.attributes
        latents = self.latents
        if latents is None:
            latents = self.model.draw_latents(count, self.seed)
        if attributes is not None:
            attributes = np.resize(attributes, (count, attributes.shape[1]))
        return latents, attributes

    def rows(self) -> np.ndarray:
        """Return the features of generated images, with one batch of images in memory."""
        latents, attributes = self._inputs()
        features = []
        for first in range(0, len(latents), BATCH):
            part = slice(first, first + BATCH)
            condition = None if attributes is None else attributes[part]
            features.append(self.extractor(self.model.generate(latents[part], condition)))
        return np.concatenate(features)
