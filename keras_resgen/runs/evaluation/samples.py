"""How far what a trained model generates is from real images."""

import numpy as np

from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.latent.fitted import FITTED_PRIORS
from keras_resgen.metrics.collapse import likeness_of_pairs
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.metrics.sharpness import sharpness
from keras_resgen.metrics.sliced_wasserstein import sliced_wasserstein_distances
from keras_resgen.metrics.typicality import Typicality
from keras_resgen.runs.evaluation.sections import Figure, Section
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.data import attributes_of
from keras_resgen.runs.plan.monitoring import (
    distribution_monitor,
    measured_count,
    reference_of,
    spread,
)
from keras_resgen.runs.trained import Trained

MOST_PIXELS = 500  # images held in memory
OF_FITTED = ("frechet", "coverage")  # what is told of samples of fitted priors
MOST_LEARNT = 3000  # training images from which is learned what is typical


def reference_for(trained: Trained, training: ImageSet, held_out: ImageSet) -> Reference | None:
    """Returns the real images that samples are compared with.

    Args:
        trained: of a run, which has kept its own, or of an export, for which it is made anew.
        training: training images.
        held_out: held-out images.

    Returns:
        The reference; None if there are too few images.

    Raises:
        ValueError: if the held-out images are not those that the run was trained beside.
    """
    config = trained.config
    folder = RunFolder(trained.path).distribution
    if not trained.is_export and (folder / "protocol.json").is_file():
        real = Reference.load(folder)
        if real.protocol.data != held_out.fingerprint:
            raise ValueError(
                "A run's samples are compared with the images that were held out of its training. "
                f"Received: others, {config.data}. Put the images back, or leave --data out."
            )
        return real
    count = measured_count(config, training, held_out)
    if not count:
        return None
    return reference_of(FEATURES[config.features](), training, held_out, count)


def typicality_of(trained: Trained, training: ImageSet) -> Typicality:
    """Returns what says of single images whether they look like those of the run.

    Args:
        trained: of a run or an export.
        training: training images, of which 3,000 at most are looked at: two thirds to learn from,
            one third to say how far most are from the mean.
    """
    rows = spread(training, min(len(training), MOST_LEARNT))
    features = FEATURES[trained.config.features]()(ImageRows(training.images, rows))
    third = np.arange(len(rows)) % 3 == 2
    return Typicality.of(features[~third], features[third])


def samples_quality(
    trained: Trained,
    real: Reference,
    typical: Typicality,
    training: ImageSet,
    held_out: ImageSet,
) -> list[Section]:
    """Returns how far samples are from held-out images, in features and in pixels.

    Args:
        trained: of a run or an export.
        real: see `reference_for`.
        typical: see `typicality_of`.
        training: training images.
        held_out: held-out images.
    """
    monitor = distribution_monitor(trained.config, real, held_out)
    monitor.set_model(trained.model)
    floor = real.floor.figures(real.protocol.features)
    rows = monitor.rows()
    found = monitor.figures(rows)
    figures = [Figure(name, value, floor.get(name)) for name, value in found.items()]
    share = typical.share(rows)
    figures.append(Figure(f"typical_{real.protocol.features}", share, typical.share(real.rows)))
    return [
        Section(
            f"{real.protocol.count} samples and as many held-out images; "
            "floor: real images among themselves",
            figures,
        ),
        _pixels(trained, min(real.protocol.count, MOST_PIXELS), training, held_out),
    ]


def _pixels(trained: Trained, count: int, training: ImageSet, held_out: ImageSet) -> Section:
    """What is seen in the images themselves."""
    attributes = attributes_of(held_out, trained.config)
    rows = spread(held_out, count)
    told = None if attributes is None else attributes[rows]
    samples = trained.model.sample(count, trained.config.seed, told)
    images, others = held_out.floats(rows), training.floats(spread(training, count))
    figures = [
        Figure("likeness_of_pairs", likeness_of_pairs(samples), likeness_of_pairs(images)),
        Figure("sharpness", sharpness(images, samples), sharpness(images, others)),
    ]
    levels = sliced_wasserstein_distances(images, samples)
    between_real = sliced_wasserstein_distances(images, others)
    figures += [
        Figure(f"sliced_wasserstein_{size}", distance, between_real[size])
        for size, distance in levels.items()
    ]
    return Section(f"Pixels of {count} of them", figures)


def fitted_quality(
    trained: Trained,
    real: Reference,
    typical: Typicality,
    codes: np.ndarray | None,
    held_out: ImageSet,
) -> list[Section]:
    """Returns how far samples of priors fitted to codes are: what the decoder could do.

    Args:
        trained: of a run or an export.
        real: see `reference_for`.
        typical: see `typicality_of`.
        codes: of training images; None without an encoder.
        held_out: held-out images.
    """
    if codes is None or not np.isfinite(codes).all():
        return []
    features, count = real.protocol.features, real.protocol.count
    floor, typical_floor = real.floor.figures(features), typical.share(real.rows)
    figures = []
    for name, fit in FITTED_PRIORS.items():
        latents = fit(codes).draw(count, trained.config.seed)
        monitor = distribution_monitor(trained.config, real, held_out, latents)
        monitor.set_model(trained.model)
        rows = monitor.rows()
        found = real.distances(rows).figures(features)
        share = typical.share(rows)
        figures.append(Figure(f"{name}_typical_{features}", share, typical_floor))
        for part in OF_FITTED:
            key = f"{part}_{features}"
            figures.append(Figure(f"{name}_{key}", found[key], floor[key]))
    return [Section(f"{count} samples of distributions fitted to {len(codes)} codes", figures)]
