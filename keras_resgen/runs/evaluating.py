"""How good a trained model's images are: of a run, or of an export."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_resgen.callbacks import LatentMonitor
from keras_resgen.data.image_set import ImageSet
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.likelihood import likelihood_bounds
from keras_resgen.metrics.reference import Reference
from keras_resgen.metrics.similarity import multiscale_ssim, psnr, ssim
from keras_resgen.models import VariationalAutoencoder
from keras_resgen.runs.data import attributes_of
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.monitoring import distribution_monitor, measured_count, reference_of, spread
from keras_resgen.runs.trained import Trained

LIKENESSES: Mapping[str, Callable[[Any, Any], Any]] = {
    "psnr": psnr,
    "ssim": ssim,
    "multiscale_ssim": multiscale_ssim,
}
FEWEST_CODES = 3
LIKELIHOOD_IMAGES, LIKELIHOOD_SAMPLES = 100, 50
BATCH = 100


class Figure(NamedTuple):
    """A line of the table.

    Attributes:
        name: as logs name it.
        value: of the model.
        floor: of real images, where there is one.
    """

    name: str
    value: float
    floor: float | None = None


def samples_quality(
    trained: Trained, training: ImageSet, held_out: ImageSet
) -> tuple[int, list[Figure]]:
    """Returns how many samples were compared with held-out images, and the distances.

    The reference is the one that the run was trained beside; of an export it is made anew.

    Args:
        trained: of a run or an export.
        training: training images.
        held_out: held-out images.

    Raises:
        ValueError: if the samples are not of the protocol.
    """
    config = trained.config
    folder = RunFolder(trained.path).distribution
    kept = not trained.is_export and (folder / "protocol.json").is_file()
    extractor = FEATURES[config.features]()
    if kept:
        real = Reference.load(folder)
        if real.protocol.data != held_out.fingerprint:
            raise ValueError(
                "A run's samples are compared with the images that were held out of its training. "
                f"Received: others, {config.data}. Put the images back, or leave --data out."
            )
    elif count := measured_count(config, training, held_out):
        real = reference_of(extractor, training, held_out, count)
    else:
        return 0, []
    monitor = distribution_monitor(config, real, held_out)
    monitor.set_model(trained.model)
    floor = real.floor.figures(extractor.name)
    return real.protocol.count, [
        Figure(name, value, floor.get(name)) for name, value in monitor.figures().items()
    ]


def codes_quality(trained: Trained, held_out: ImageSet, count: int) -> list[Figure]:
    """Returns how well held-out images are reconstructed, and how codes follow the prior.

    Args:
        trained: of a run or an export of a model with an encoder; others have no such figures.
        held_out: held-out images.
        count: how many of them.
    """
    model = trained.model
    if not model.has_encoder or count < FEWEST_CODES:
        return []
    rows = spread(held_out, count)
    images = np.asarray(held_out.images[rows], "float32") / np.float32(255.0)
    attributes = attributes_of(held_out, trained.config)
    told = None if attributes is None else attributes[rows]
    reconstructions = model.reconstruct(images, told)
    figures = [
        Figure(name, _mean(likeness, images, reconstructions))
        for name, likeness in LIKENESSES.items()
    ]
    monitor = LatentMonitor(images, seed=trained.config.seed)
    monitor.set_model(model)
    figures += [Figure(name, value) for name, value in monitor.figures().items()]
    if isinstance(model, VariationalAutoencoder):
        part = slice(LIKELIHOOD_IMAGES)
        bounds = likelihood_bounds(
            model, images[part], None if told is None else told[part], samples=LIKELIHOOD_SAMPLES
        )
        figures += [Figure(name, bound.value) for name, bound in bounds._asdict().items()]
    return figures


def _mean(likeness: Callable[[Any, Any], Any], images: np.ndarray, others: np.ndarray) -> float:
    parts = [
        keras.ops.convert_to_numpy(
            likeness(images[first : first + BATCH], others[first : first + BATCH])
        )
        for first in range(0, len(images), BATCH)
    ]
    return float(np.concatenate(parts).mean())
