"""How far what a model makes is from real images, measured while it trains."""

import time
from typing import Any

import keras
import numpy as np

from keras_resgen.callbacks.metric_names import take_first_host
from keras_resgen.metrics.collapse import diversity, duplicates
from keras_resgen.metrics.features import BATCH, FeatureExtractor
from keras_resgen.metrics.reference import MEASURED, Reference


class DistributionMonitor(keras.callbacks.Callback):
    """Measures generated images against real ones after every epoch, and logs what it finds.

    Images come from the same latent vectors each time, by averaged weights where they are kept.
    Into the logs go, with the name of the features, `val_frechet_faces` and its standard error
    `val_frechet_faces_error`, `val_kernel_faces`, precision, recall, density, coverage,
    `val_diversity_faces`, `val_duplicates_faces`, and what the model's `probe` returns, for every
    callback that comes after this one: `EarlyStopping`, `ModelCheckpoint`, logs and plots.

    It costs one pass of the generator or decoder, and one of the small network of features, over
    `reference.protocol.count` images.

    Args:
        reference: the real images, see `keras_resgen.metrics.reference`.
        extractor: of the reference's features.
        attributes: what a conditional model is told, rows of shape `(n, attributes)` taken in turn.
        latents: of shape `(reference.protocol.count, latent_dim)`; draws of the model's prior
            unless given.
        every_epochs: measure after every so many epochs.
        seed: of the latent vectors.

    Raises:
        ValueError: if the extractor is another than the reference's.

    Attributes:
        seconds: what each measurement took.

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
                f"The extractor must be the reference's, {expected}. Received: {given}. "
                "Make the reference anew."
            )
        self.reference = reference
        self.extractor = extractor
        self.attributes = attributes
        self.latents = latents
        self.every_epochs = every_epochs
        self.seed = seed
        self.seconds: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measures, and adds to the logs."""
        if logs is not None and (epoch + 1) % self.every_epochs == 0:
            start = time.perf_counter()
            found = take_first_host(self.metrics())
            logs.update({f"val_{name}": value for name, value in found.items()})
            self.seconds.append(time.perf_counter() - start)

    @staticmethod
    def names(features: str) -> tuple[str, ...]:
        """Returns the names of the distances and of the signs of collapse, without `val_`.

        Args:
            features: name of the network.

        Example:

        >>> DistributionMonitor.names("faces")[0]
        'frechet_faces'
        """
        return tuple(f"{name}_{features}" for name in (*MEASURED, "diversity", "duplicates"))

    def metrics(self, rows: np.ndarray | None = None) -> dict[str, float]:
        """Returns what is measured now, by name.

        Args:
            rows: see `rows`, if they are known already.
        """
        latents, told = self._inputs()
        rows, name = self.rows() if rows is None else rows, self.extractor.name
        distances = self.reference.distances(rows)
        return {
            **distances.metrics(name),
            f"frechet_{name}_error": distances.frechet.standard_error,
            f"diversity_{name}": diversity(self.reference.rows, rows),
            f"duplicates_{name}": duplicates(self.reference.rows, rows),
            **self.model.probe(latents[:BATCH], None if told is None else told[:BATCH]),
        }

    def _inputs(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The fixed latent vectors, and what a conditional model is told of them."""
        count, told = self.reference.protocol.count, self.attributes
        latents = self.latents
        if latents is None:
            latents = self.model.draw_latents(count, self.seed)
        return latents, None if told is None else np.resize(told, (count, told.shape[1]))

    def rows(self) -> np.ndarray:
        """Returns the features of generated images, of which a batch at a time is in memory."""
        latents, told = self._inputs()
        parts = [slice(first, first + BATCH) for first in range(0, len(latents), BATCH)]
        return np.concatenate(
            [
                self.extractor(
                    self.model.generate(latents[part], None if told is None else told[part])
                )
                for part in parts
            ]
        )
