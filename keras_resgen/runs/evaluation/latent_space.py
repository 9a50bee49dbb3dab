"""Metrics of a trained model's latent space: interpolations and attributes."""

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.latent import fit_directions, interpolate, linear
from keras_resgen.metrics.codes import linear_probe_auc
from keras_resgen.metrics.features import FEATURES, FeatureExtractor
from keras_resgen.metrics.in_distribution import DistanceRange
from keras_resgen.metrics.paths import largest_step, path_length_ratio
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.latent.codes import choose_rows, encode_rows
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

INTERPOLATIONS, STEPS = 100, 9
FEWEST_LABELED = 10  # held-out images with an attribute, and without it


def measure_interpolations(
    trained: Trained, in_distribution: DistanceRange, held_out: ImageSet
) -> list[Section]:
    """Measure interpolations, see `keras_resgen.metrics.paths`.

    They lie between held-out images, or between samples of the prior without an encoder.
    `interpolation_in_distribution` is the share of in-distribution images along the paths. The
    baseline of these metrics is a cross-fade from one end to the other, pixel by pixel.

    Args:
        trained: a run or an export.
        in_distribution: see `fit_distance_range`.
        held_out: held-out images.
    """
    model, count = trained.model, min(INTERPOLATIONS, len(held_out) // 2)
    rows = spread(held_out, 2 * count)
    if model.has_encoder:
        points = model.encode(held_out.floats(rows))
    else:
        points = model.draw_latents(2 * count, trained.config.seed)
    attributes = trained.data.attribute_labels(held_out)
    condition = None if attributes is None else attributes[rows]
    images = interpolate(model, points, STEPS, condition).reshape(count, STEPS, *model.image_shape)
    fades = np.stack(
        [linear(path[0].ravel(), path[-1].ravel(), STEPS).reshape(path.shape) for path in images]
    )
    extractor = FEATURES[trained.config.features]()
    found, faded = (_path_metrics(extractor, in_distribution, paths) for paths in (images, fades))
    return [
        Section(
            f"{count} interpolations in {STEPS} images; baseline: cross-fading",
            [MetricValue(f"interpolation_{name}", found[name], faded[name]) for name in found],
        )
    ]


def _path_metrics(
    extractor: FeatureExtractor, in_distribution: DistanceRange, paths: np.ndarray
) -> dict[str, float]:
    rows = extractor(paths.reshape(-1, *paths.shape[2:])).reshape(*paths.shape[:2], -1)
    inner = rows[:, 1:-1].reshape(-1, rows.shape[-1])
    return {
        "path_length_ratio": path_length_ratio(rows),
        "largest_step": largest_step(rows),
        "in_distribution": in_distribution.share(inner),
    }


def measure_attributes(
    trained: Trained, fitted: np.ndarray | None, training: ImageSet, held_out: ImageSet
) -> list[Section]:
    """Measure how well a linear probe predicts attributes of held-out images from their codes.

    The probe is a logistic regression on the codes of training images.

    Args:
        trained: a run or an export.
        fitted: codes of the training images in `choose_rows`; None without an encoder.
        training: training images.
        held_out: held-out images.
    """
    counts = {name: np.count_nonzero(values) for name, values in held_out.attributes.items()}
    names = [
        name
        for name, count in counts.items()
        if min(count, len(held_out) - count) >= FEWEST_LABELED
    ]
    if fitted is None or not names:
        return []
    rows = choose_rows(training)
    labels = {name: training.attributes[name][rows] for name in names}
    directions = fit_directions(fitted, labels, method="logistic")
    codes = encode_rows(trained, held_out, np.arange(len(held_out)))
    # The direction is the plane's normal in standardized dimensions.
    spreads = np.maximum(fitted.std(axis=0), 1e-8)
    found = {
        name: linear_probe_auc(codes @ (direction / spreads**2), held_out.attributes[name])
        for name, direction in directions.items()
    }
    if not found:
        return []
    return [
        Section(
            f"Linear probe of {len(found)} attributes on {len(held_out)} held-out images",
            [
                MetricValue("linear_probe_auc", float(np.mean(list(found.values())))),
                *[MetricValue(f"linear_probe_auc_{name}", value) for name, value in found.items()],
            ],
        )
    ]
