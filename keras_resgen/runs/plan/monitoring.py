"""The monitoring part of a plan: what a run measures of its model while it trains."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resgen.callbacks import DistributionMonitor, LatentMonitor
from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.latent import PRIORS
from keras_resgen.metrics import find_metric
from keras_resgen.metrics.features import FEATURES, FeatureExtractor
from keras_resgen.metrics.reference import Reference
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.data import DataPlan, resolve_data
from keras_resgen.training.devices.hosts import on_all_hosts

# Held-out images are a share of the training images, so measuring them takes a share of an epoch.
# Half of them keep this share below a tenth for small images, on which networks are fast.
MOST_IMAGES = 1000
SMALL = 32  # pixels
FEWEST_IMAGES = 100


@dataclass(frozen=True)
class MonitoringPlan:
    """What is compared with held-out images, and how often.

    Attributes:
        data: the data part of the plan.
        features: name of the network whose features are compared.
        images: number of generated images, 0 for none, None to choose by the held-out images.
        every: epochs from one measurement to the next.
        seed: seed of the generated images.
        latent_dim: length of a latent vector.
        prior: name of the prior that latent vectors are drawn from.
    """

    data: DataPlan = field(repr=False)
    features: str
    images: int | None
    every: int
    seed: int
    latent_dim: int
    prior: str

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name."""
        return {
            "features": self.features,
            "measure_images": self.images,
            "measure_every": self.every,
        }

    @property
    def may_measure(self) -> bool:
        """Whether samples are compared at all, given enough images."""
        return self.images != 0

    @property
    def sample_metrics(self) -> tuple[str, ...]:
        """Names of the metrics of samples, as logs have them."""
        return tuple(f"val_{name}" for name in DistributionMonitor.names(self.features))

    @property
    def details(self) -> tuple[str, ...]:
        """Names of the metrics that the log and the report show, but not the line of an epoch.

        Example:

        >>> details = resolve_monitoring(RunConfig()).details
        >>> "val_frechet_faces" in details, "val_recall_faces" in details
        (False, True)
        """
        names = (*self.sample_metrics, "val_score_gradient_norm")
        return tuple(name for name in names if not find_metric(name).is_in_progress)

    def count(self, training: ImageSet, held_out: ImageSet) -> int:
        """Return how many generated images are compared with as many held-out images.

        Args:
            training: training images; as many are compared with held-out images for the baseline.
            held_out: held-out images.

        Returns:
            The number in the plan. By default as many as are held out, half as many at 32 pixels,
            at most 1000, and 0 if fewer than 100 are held out.

        Raises:
            ValueError: if the number in the plan is too small, or larger than the number of images.
        """
        available = min(len(training), len(held_out))
        if self.images is None:
            usual = min(available // (1 + (self.data.image_size <= SMALL)), MOST_IMAGES)
            return max(usual, FEWEST_IMAGES) if available >= FEWEST_IMAGES else 0
        if self.images and not FEWEST_IMAGES <= self.images <= available:
            raise ValueError(
                f"measure_images must be 0, or from {FEWEST_IMAGES} to the number of held-out "
                f"images, {available}. Received: {self.images}. Hold out a larger share, or leave "
                "measure_images out."
            )
        return self.images

    def extractor(self) -> FeatureExtractor:
        """Load the network whose features are compared."""
        return FEATURES[self.features]()

    def reference(
        self, folder: Path, training: ImageSet, held_out: ImageSet, count: int
    ) -> Reference | None:
        """Return the features that samples are compared with, from a folder if it has them.

        Args:
            folder: folder of a reference, which may not exist yet.
            training: training images.
            held_out: held-out images.
            count: number of images, see `count`; the reference of 0 images is None.
        """
        if not count:
            return None
        # A computation on one host alone would keep the others waiting.
        if on_all_hosts([(folder / "protocol.json").is_file()]).all():
            return Reference.load(folder)
        return compute_reference(self.extractor(), training, held_out, count)

    def callbacks(
        self, model: GenerativeModel, real: Reference | None, held_out: ImageSet
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks that measure.

        Args:
            model: the model of the run.
            real: what its samples are compared with; None to measure nothing.
            held_out: held-out images.
        """
        if real is None:
            return []
        distribution = self.distribution_monitor(real, held_out)
        if not model.has_encoder:
            return [distribution]
        rows = spread(held_out, real.protocol.count)
        images = ImageRows(held_out.images, rows)
        return [distribution, LatentMonitor(images, every_epochs=self.every, seed=self.seed)]

    def distribution_monitor(
        self, real: Reference, held_out: ImageSet, latents: np.ndarray | None = None
    ) -> DistributionMonitor:
        """Return the callback that compares samples with held-out images.

        Samples are conditioned on the attributes of the held-out images. Where the prior has a
        component for each combination of attributes, their latent vectors come from the components
        of these images.

        Args:
            real: what samples are compared with.
            held_out: held-out images.
            latents: latent vectors to generate from; draws of the prior by default.
        """
        attributes = self.data.attribute_labels(held_out)
        labels = self.data.class_labels(held_out)
        rows = spread(held_out, real.protocol.count)
        if latents is None and labels is not None:
            latents = PRIORS[self.prior].draw(
                self.latent_dim,
                len(rows),
                self.seed,
                components=2 ** len(self.data.prior_attributes),
                component=labels[rows],
            )
        return DistributionMonitor(
            real,
            self.extractor(),
            attributes=None if attributes is None else attributes[rows],
            latents=latents,
            every_epochs=self.every,
            seed=self.seed,
        )


def resolve_monitoring(config: RunConfig, data: DataPlan | None = None) -> MonitoringPlan:
    """Return the monitoring part of a plan.

    Args:
        config: the configuration of a run.
        data: the data part of its plan.

    Example:

    >>> resolve_monitoring(RunConfig(measure_images=0)).may_measure
    False
    """
    return MonitoringPlan(
        data=resolve_data(config) if data is None else data,
        features=config.features,
        images=config.measure_images,
        every=config.measure_every,
        seed=config.seed,
        latent_dim=config.latent_dim,
        prior=config.prior or "gaussian",
    )


def distribution_summary(real: Reference) -> dict[str, Any]:
    """Return the protocol of a run's distances and their baseline, for its summary.

    Args:
        real: what samples are compared with.
    """
    return {
        **dataclasses.asdict(real.protocol),
        "baseline": real.baseline.metrics(real.protocol.features),
        "baseline_error": real.baseline.frechet.standard_error,
    }


def describe_baseline(real: Reference) -> str:
    """Return the real-vs-real baseline as a sentence.

    Args:
        real: what samples are compared with.
    """
    return (
        f"frechet_{real.protocol.features} is {real.baseline.frechet} between as many training and "
        "held-out images, and hardly less for any model."
    )


def compute_reference(
    extractor: FeatureExtractor, training: ImageSet, held_out: ImageSet, count: int
) -> Reference:
    """Compute the features of held-out images, and those of training images for the baseline.

    Args:
        extractor: computes the features.
        training: training images.
        held_out: held-out images.
        count: number of images, taken at equal distances from both.
    """
    images, others = (ImageRows(part.images, spread(part, count)) for part in (held_out, training))
    return Reference.from_images(extractor, images, others, data=held_out.fingerprint)


def spread(images: ImageSet, count: int) -> np.ndarray:
    """Return `count` rows at equal distances: neighboring files are often of one kind."""
    return np.arange(count) * len(images) // count
