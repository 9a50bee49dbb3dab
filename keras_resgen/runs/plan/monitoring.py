"""What a run measures of its model while it trains."""

import dataclasses
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
from keras_resgen.runs.plan.data import attribute_labels, class_labels
from keras_resgen.training.devices.hosts import on_all_hosts

# Unless told. Held-out images are a share of those trained on, so what measuring adds to an epoch
# is a share of it: below a tenth, if of small images, on which networks are fast, half are taken.
MOST_IMAGES = 1000
SMALL = 32  # pixels
FEWEST_IMAGES = 100


def measured_count(config: RunConfig, training: ImageSet, held_out: ImageSet) -> int:
    """Returns how many generated images a run compares with as many held-out ones.

    Args:
        config: of the run.
        training: its training images; as many are compared with the held-out ones for the baseline.
        held_out: its held-out images.

    Returns:
        `measure_images`; unless told as many as are held out, half as many at 32 pixels, 1000 at
        most, and 0 for too few.

    Raises:
        ValueError: if it is more than are there, or too few.
    """
    available = min(len(training), len(held_out))
    count = config.measure_images
    if count is None:
        usual = min(available // (1 + (config.image_size <= SMALL)), MOST_IMAGES)
        return max(usual, FEWEST_IMAGES) if available >= FEWEST_IMAGES else 0
    if count and not FEWEST_IMAGES <= count <= available:
        raise ValueError(
            f"measure_images must be 0, or from {FEWEST_IMAGES} to the number of held-out images, "
            f"{available}. Received: {count}. Hold out a larger share, or leave it out."
        )
    return count


def details(features: str) -> tuple[str, ...]:
    """Returns the metrics that the log and the report show, but not the line of an epoch.

    Args:
        features: name of the network.

    Example:

    >>> "val_frechet_faces" in details("faces"), "val_recall_faces" in details("faces")
    (False, True)
    """
    names = (*DistributionMonitor.names(features), "score_gradient_norm")
    return tuple(f"val_{name}" for name in names if not find_metric(name).is_in_progress)


def monitors(
    config: RunConfig, model: GenerativeModel, real: Reference, held_out: ImageSet
) -> list[keras.callbacks.Callback]:
    """Returns the callbacks that measure.

    Args:
        config: of the run.
        model: of the run.
        real: what its samples are compared with.
        held_out: its held-out images.
    """
    distribution = distribution_monitor(config, real, held_out)
    if not model.has_encoder:
        return [distribution]
    rows = spread(held_out, real.protocol.count)
    latents = LatentMonitor(
        ImageRows(held_out.images, rows), every_epochs=config.measure_every, seed=config.seed
    )
    return [distribution, latents]


def distribution_monitor(
    config: RunConfig, real: Reference, held_out: ImageSet, latents: np.ndarray | None = None
) -> DistributionMonitor:
    """Returns the callback that compares samples with real images, told the attributes of these.

    Where the prior has a component for each combination of attributes, samples have those that the
    real images have.

    Args:
        config: of the run.
        real: what its samples are compared with.
        held_out: its held-out images.
        latents: what to generate from; draws of the prior unless given.
    """
    attributes, labels = attribute_labels(held_out, config), class_labels(held_out, config)
    rows = spread(held_out, real.protocol.count)
    if latents is None and labels is not None:
        latents = PRIORS[config.prior or "gaussian"].draw(
            config.latent_dim,
            len(rows),
            config.seed,
            components=2 ** len(config.prior_attribute_names),
            component=labels[rows],
        )
    return DistributionMonitor(
        real,
        FEATURES[config.features](),
        attributes=None if attributes is None else attributes[rows],
        latents=latents,
        every_epochs=config.measure_every,
        seed=config.seed,
    )


def distribution_summary(real: Reference) -> dict[str, Any]:
    """Returns the protocol of a run's distances, and their baseline, for its summary.

    Args:
        real: what its samples are compared with.
    """
    return {
        **dataclasses.asdict(real.protocol),
        "baseline": real.baseline.metrics(real.protocol.features),
        "baseline_error": real.baseline.frechet.standard_error,
    }


def describe_baseline(real: Reference) -> str:
    """Returns what is measured between real images, as a sentence.

    Args:
        real: what a run's samples are compared with.
    """
    return (
        f"frechet_{real.protocol.features} is {real.baseline.frechet} between as many training and "
        "held-out images, and hardly less for any model."
    )


def run_reference(
    folder: Path,
    extractor: FeatureExtractor,
    training: ImageSet,
    held_out: ImageSet,
    count: int,
) -> Reference:
    """Returns the features that samples are compared with, as a folder has them if it does.

    Args:
        folder: of a reference, or where there is none yet.
        extractor: whose features are compared.
        training: training images.
        held_out: held-out images.
        count: of the images, see `measured_count`.
    """
    # What one host computed alone would keep the others waiting.
    if on_all_hosts([(folder / "protocol.json").is_file()]).all():
        return Reference.load(folder)
    return compute_reference(extractor, training, held_out, count)


def compute_reference(
    extractor: FeatureExtractor, training: ImageSet, held_out: ImageSet, count: int
) -> Reference:
    """Computes the features of held-out images, and those of training images for the baseline.

    Args:
        extractor: whose features are compared.
        training: training images.
        held_out: held-out images.
        count: of the images, taken at equal distances from both.
    """
    images, others = (ImageRows(part.images, spread(part, count)) for part in (held_out, training))
    return Reference.from_images(extractor, images, others, data=held_out.fingerprint)


def spread(images: ImageSet, count: int) -> np.ndarray:
    """Returns so many rows at equal distances: files that lie together are often of one kind."""
    return np.arange(count) * len(images) // count
