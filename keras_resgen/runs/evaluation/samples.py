"""Metrics of generated images: distances from real ones, similarity, sharpness."""

import numpy as np

from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.latent.fitted import FITTED_PRIORS
from keras_resgen.metrics.collapse import pairwise_similarity
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.in_distribution import DistanceRange
from keras_resgen.metrics.pyramid import sharpness, sliced_wasserstein_distances
from keras_resgen.metrics.reference import Reference
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.monitoring import compute_reference, spread
from keras_resgen.runs.trained import Trained

MOST_PIXELS = 500  # images held in memory
OF_FITTED = ("frechet", "coverage")  # metrics of samples of fitted priors
MOST_FITTED = 3000  # training images that the in-distribution range is fitted to


def reference_for(trained: Trained, training: ImageSet, held_out: ImageSet) -> Reference | None:
    """Return the real images that samples are compared with.

    Args:
        trained: a run, which has its own reference, or an export, for which one is computed.
        training: training images.
        held_out: held-out images.

    Returns:
        The reference; None if there are too few images.

    Raises:
        ValueError: if the held-out images are not those of the run.
    """
    config = trained.config
    folder = RunFolder(trained.path).distribution
    if not trained.is_export and (folder / "protocol.json").is_file():
        real = Reference.load(folder)
        if real.protocol.data != held_out.fingerprint:
            raise ValueError(
                "A run's samples are compared with its own held-out images. "
                f"Received: other images, {config.data}. Put the images back, or leave --data out."
            )
        return real
    count = trained.monitoring.count(training, held_out)
    if not count:
        return None
    return compute_reference(FEATURES[config.features](), training, held_out, count)


def fit_distance_range(trained: Trained, training: ImageSet) -> DistanceRange:
    """Fit the range of distances within which a single image is in distribution.

    Args:
        trained: a run or an export.
        training: training images, of which at most 3,000 are used: two thirds for mean and
            covariance, one third for the range of distances.
    """
    rows = spread(training, min(len(training), MOST_FITTED))
    features = FEATURES[trained.config.features]()(ImageRows(training.images, rows))
    third = np.arange(len(rows)) % 3 == 2
    return DistanceRange.fit(features[~third], features[third])


def measure_samples(
    trained: Trained,
    real: Reference,
    in_distribution: DistanceRange,
    training: ImageSet,
    held_out: ImageSet,
) -> list[Section]:
    """Measure the distance of samples from held-out images, in features and in pixels.

    Args:
        trained: a run or an export.
        real: see `reference_for`.
        in_distribution: see `fit_distance_range`.
        training: training images.
        held_out: held-out images.
    """
    monitor = trained.monitoring.distribution_monitor(real, held_out)
    monitor.set_model(trained.model)
    baseline = real.baseline.metrics(real.protocol.features)
    rows = monitor.rows()
    found = monitor.metrics(rows)
    metrics = [MetricValue(name, value, baseline.get(name)) for name, value in found.items()]
    share = in_distribution.share(rows)
    metrics.append(
        MetricValue(
            f"in_distribution_{real.protocol.features}", share, in_distribution.share(real.rows)
        )
    )
    return [
        Section(
            f"{real.protocol.count} samples and as many held-out images; baseline: real vs. real",
            metrics,
        ),
        _pixels(trained, min(real.protocol.count, MOST_PIXELS), training, held_out),
    ]


def _pixels(trained: Trained, count: int, training: ImageSet, held_out: ImageSet) -> Section:
    """Metrics of the pixels, not of features."""
    attributes = trained.data.attribute_labels(held_out)
    rows = spread(held_out, count)
    condition = None if attributes is None else attributes[rows]
    samples = trained.model.sample(count, trained.config.seed, condition)
    images, others = held_out.floats(rows), training.floats(spread(training, count))
    metrics = [
        MetricValue(
            "pairwise_similarity", pairwise_similarity(samples), pairwise_similarity(images)
        ),
        MetricValue("sharpness", sharpness(images, samples), sharpness(images, others)),
    ]
    levels = sliced_wasserstein_distances(images, samples)
    between_real = sliced_wasserstein_distances(images, others)
    metrics += [
        MetricValue(f"sliced_wasserstein_{size}", distance, between_real[size])
        for size, distance in levels.items()
    ]
    return Section(f"Pixels of {count} samples", metrics)


def measure_fitted_priors(
    trained: Trained,
    real: Reference,
    in_distribution: DistanceRange,
    codes: np.ndarray | None,
    held_out: ImageSet,
) -> list[Section]:
    """Measure samples of priors fitted to codes, which show what the decoder can generate.

    Args:
        trained: a run or an export.
        real: see `reference_for`.
        in_distribution: see `fit_distance_range`.
        codes: codes of training images; None without an encoder.
        held_out: held-out images.
    """
    if codes is None or not np.isfinite(codes).all():
        return []
    features, count = real.protocol.features, real.protocol.count
    baseline, baseline_share = real.baseline.metrics(features), in_distribution.share(real.rows)
    metrics = []
    for name, fit in FITTED_PRIORS.items():
        latents = fit(codes).draw(count, trained.config.seed)
        monitor = trained.monitoring.distribution_monitor(real, held_out, latents)
        monitor.set_model(trained.model)
        rows = monitor.rows()
        found = real.distances(rows).metrics(features)
        share = in_distribution.share(rows)
        metrics.append(MetricValue(f"{name}_in_distribution_{features}", share, baseline_share))
        for part in OF_FITTED:
            key = f"{part}_{features}"
            metrics.append(MetricValue(f"{name}_{key}", found[key], baseline[key]))
    return [Section(f"{count} samples of priors fitted to {len(codes)} codes", metrics)]
