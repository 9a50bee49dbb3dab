"""How well a trained model reconstructs, and how its codes follow the prior."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from keras_resgen.callbacks import LatentMonitor
from keras_resgen.data.image_set import ImageSet
from keras_resgen.metrics.likelihood import likelihood_bounds
from keras_resgen.metrics.similarity import multiscale_ssim, psnr, ssim
from keras_resgen.models import VariationalAutoencoder
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

SIMILARITIES: Mapping[str, Callable[[Any, Any], Any]] = {
    "psnr": psnr,
    "ssim": ssim,
    "multiscale_ssim": multiscale_ssim,
}
FEWEST_CODES, MOST_CODES = 3, 1000
LIKELIHOOD_IMAGES, LIKELIHOOD_SAMPLES = 100, 50
BATCH = 100


def measure_codes(trained: Trained, held_out: ImageSet) -> list[Section]:
    """Measure reconstructions of held-out images, and how closely codes follow the prior.

    Args:
        trained: a run or an export; models without an encoder have no such metrics.
        held_out: held-out images, of which at most 1,000 are used.
    """
    model = trained.model
    if not model.has_encoder or len(held_out) < FEWEST_CODES:
        return []
    rows = spread(held_out, min(len(held_out), MOST_CODES))
    images = held_out.floats(rows)
    attributes = trained.data.attribute_labels(held_out)
    condition = None if attributes is None else attributes[rows]
    reconstructions = model.reconstruct(images, condition)
    metrics = [
        MetricValue(name, _mean(similarity, images, reconstructions))
        for name, similarity in SIMILARITIES.items()
    ]
    monitor = LatentMonitor(images, seed=trained.config.seed)
    monitor.set_model(model)
    metrics += [MetricValue(name, value) for name, value in monitor.metrics().items()]
    title = f"Reconstructions and codes of {len(rows)} held-out images"
    if isinstance(model, VariationalAutoencoder) and model.pixel_log_likelihood is None:
        title += f" (the loss {model.reconstruction!r} has no likelihood)"
    elif isinstance(model, VariationalAutoencoder):
        part = slice(LIKELIHOOD_IMAGES)
        bounds = likelihood_bounds(
            model,
            images[part],
            None if condition is None else condition[part],
            samples=LIKELIHOOD_SAMPLES,
        )
        metrics += [MetricValue(name, bound.value) for name, bound in bounds._asdict().items()]
    return [Section(title, metrics)]


def _mean(similarity: Callable[[Any, Any], Any], images: np.ndarray, others: np.ndarray) -> float:
    parts = [
        keras.ops.convert_to_numpy(
            similarity(images[first : first + BATCH], others[first : first + BATCH])
        )
        for first in range(0, len(images), BATCH)
    ]
    return float(np.concatenate(parts).mean())
