"""The metric that a run stops by, and how long it waits for a better one."""

import math

from keras_resgen.callbacks import DistributionMonitor
from keras_resgen.metrics import metric_direction
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.monitoring import FEWEST_IMAGES

LOSS_PATIENCE, DISTANCE_PATIENCE = 2, 8
# What samples are like swings from epoch to epoch, the more so the fewer updates an epoch has.
PATIENT_UPDATES = 1000


def monitored_metric(config: RunConfig, *, measured: bool) -> str | None:
    """Returns the name of the metric that says when a run stops, and which weights it keeps.

    Args:
        config: of the run.
        measured: whether the run measures the distance of its samples.

    Returns:
        The configured metric; unless told the family's own, or else the distance; None without one.

    Example:

    >>> monitored_metric(RunConfig(model="vae"), measured=True)
    'val_loss'
    >>> monitored_metric(RunConfig(model="gan"), measured=True)
    'val_frechet_faces'
    """
    distance = f"val_frechet_{config.features}" if measured else None
    return config.monitor or FAMILIES[config.model].monitor or distance


def patience(config: RunConfig, metric: str | None, steps: int) -> int | None:
    """Returns after how many measurements of a metric without a better one training stops.

    Args:
        config: of the run.
        metric: see `monitored_metric`.
        steps: of an epoch.

    Returns:
        The configured number; unless told 2 of a loss, and of metrics of samples 8, or as many as
        `patient_updates` take where these are more. None without a metric.

    Raises:
        ValueError: if patience is configured and there is no metric.

    Example:

    >>> patience(RunConfig(), "val_loss", steps=100)
    2
    >>> [patience(RunConfig(), "val_frechet_faces", steps) for steps in (500, 100, 20)]
    [8, 10, 50]
    """
    waited = _waited_for(config, metric)
    if waited is None:
        return None
    measurements, updates = waited
    return max(measurements, math.ceil(updates / (steps * config.measure_every)))


def patient_updates(config: RunConfig) -> int:
    """Returns how many updates without better samples are waited for at least, unless told.

    What an update brings shows in moving averages of the weights about as many updates later as
    these reach back.

    Args:
        config: of the run.

    Example:

    >>> patient_updates(RunConfig()), patient_updates(RunConfig(ema_momentum=0.999))
    (1000, 2000)
    """
    momentum = config.ema_momentum
    return PATIENT_UPDATES + (0 if momentum is None else round(1 / (1 - momentum)))


def describe_patience(config: RunConfig, metric: str | None) -> str | None:
    """Returns `patience` in words, before it is known how many steps an epoch has.

    Args:
        config: of the run.
        metric: see `monitored_metric`.

    Example:

    >>> describe_patience(RunConfig(model="gan"), "val_frechet_faces")
    '8, or as many as 1000 updates take'
    >>> describe_patience(RunConfig(model="gan", patience=5), "val_frechet_faces")
    '5'
    """
    waited = _waited_for(config, metric)
    if waited is None:
        return None
    measurements, updates = waited
    return f"{measurements}, or as many as {updates} updates take" if updates else f"{measurements}"


def _waited_for(config: RunConfig, metric: str | None) -> tuple[int, int] | None:
    """Measurements, and updates, that must both have passed without a better metric."""
    if metric is None:
        if config.patience is not None:
            raise ValueError(
                "patience needs a metric that says when to stop. Received: it with "
                f"{config.model}, whose samples are not measured. Leave it out, hold out "
                f"{FEWEST_IMAGES} images or more, or leave out measure_images."
            )
        return None
    if config.patience is not None:
        return config.patience, 0
    if metric.endswith("loss"):
        return LOSS_PATIENCE, 0
    return DISTANCE_PATIENCE, patient_updates(config)


def check_monitor(config: RunConfig, model: GenerativeModel, *, measured: bool) -> None:
    """Raises a ValueError if the configured metric is none that the run logs.

    Args:
        config: of the run.
        model: of the run.
        measured: whether the run measures the distance of its samples.
    """
    known = [f"val_{name}" for phase in model.phases for name in phase.metrics]
    if measured:
        known += [f"val_{name}" for name in DistributionMonitor.names(config.features)]
    if config.monitor is not None and config.monitor not in known:
        raise ValueError(
            f"monitor must be one of {known}. Received: {config.monitor!r}. "
            "Choose one of these names"
            + ("." if measured else f"; distances need {FEWEST_IMAGES} held-out images or more.")
        )


def is_sample_metric(config: RunConfig, metric: str | None) -> bool:
    """Returns whether a metric is one of samples, so that bad samples are reason to stop.

    Args:
        config: of the run.
        metric: see `monitored_metric`.

    Example:

    >>> [is_sample_metric(RunConfig(), metric) for metric in ("val_loss", "val_coverage_faces")]
    [False, True]
    """
    names = DistributionMonitor.names(config.features)
    return metric in [f"val_{name}" for name in names]


def better(metric: str) -> str:
    """Return `"max"` if higher values of a metric are better, else `"min"`.

    Args:
        metric: as logs or evaluations name it.

    Example:

    >>> better("val_coverage_faces"), better("val_frechet_faces")
    ('max', 'min')
    """
    return metric_direction(metric)
