"""The stopping part of a plan: which metric stops a run, and after how long."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from keras_resgen.callbacks import BestWeights, CollapseAlarm, EarlyStopping
from keras_resgen.metrics import metric_direction
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.monitoring import FEWEST_IMAGES, MonitoringPlan

LOSS_PATIENCE, DISTANCE_PATIENCE = 2, 8
# Metrics of samples vary from epoch to epoch, the more so the fewer updates an epoch has.
PATIENT_UPDATES = 1000


@dataclass(frozen=True)
class StoppingPlan:
    """The metric that stops a run and selects its weights, and the patience with it.

    Attributes:
        monitor: name of the metric; None for the distance of samples, where it is measured.
        given_patience: measurements without improvement before training stops; None to choose.
        updates: updates without improvement before training stops, unless patience is given.
        keep_best: number of the best epochs whose weights are kept.
        monitoring: the monitoring part of the plan.
        family: name of the family.
    """

    monitor: str | None
    given_patience: int | None
    updates: int
    keep_best: int
    monitoring: MonitoringPlan = field(repr=False)
    family: str

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name, before the images are known.

        Example:

        >>> from keras_resgen.runs.plan.plan import resolve
        >>> resolve(RunConfig(model="gan")).stopping.describe()["patience"]
        '8, or as many as 1000 updates take'
        >>> resolve(RunConfig(model="gan", patience=5)).stopping.describe()["patience"]
        '5'
        """
        metric = self.metric(measured=self.monitoring.may_measure)
        return {
            "monitor": metric,
            "patience": self._patience_text(metric),
            "keep_best": self.keep_best,
        }

    def metric(self, *, measured: bool) -> str | None:
        """Return the name of the metric that decides when a run stops, None if there is none.

        Args:
            measured: whether the run measures the distance of its samples.
        """
        distance = f"val_frechet_{self.monitoring.features}" if measured else None
        return self.monitor or distance

    def patience(self, metric: str | None, steps: int) -> int | None:
        """Return the number of measurements without improvement after which training stops.

        Args:
            metric: see `metric`.
            steps: steps of an epoch.

        Returns:
            The number in the plan. By default 2 for a loss, and for metrics of samples 8, or as
            many as `updates` take where these are more. None without a metric.

        Example:

        >>> from keras_resgen.runs.plan.plan import resolve
        >>> stopping = resolve(RunConfig()).stopping
        >>> stopping.patience("val_loss", steps=100)
        2
        >>> [stopping.patience("val_frechet_faces", steps) for steps in (500, 100, 20)]
        [8, 10, 50]
        """
        if metric is None:
            return None
        measurements, updates = self._waits(metric)
        return max(measurements, math.ceil(updates / (steps * self.monitoring.every)))

    def _waits(self, metric: str) -> tuple[int, int]:
        """Measurements and updates that must both pass without improvement."""
        if self.given_patience is not None:
            return self.given_patience, 0
        if metric.endswith("loss"):
            return LOSS_PATIENCE, 0
        return DISTANCE_PATIENCE, self.updates

    def _patience_text(self, metric: str | None) -> str | None:
        if metric is None:
            return None
        measurements, updates = self._waits(metric)
        enough = f", or as many as {updates} updates take" if updates else ""
        return f"{measurements}{enough}"

    def check_patience(self, *, measured: bool) -> None:
        """Raise a ValueError if patience is given, but no metric decides when to stop.

        Args:
            measured: whether the run measures the distance of its samples.
        """
        if self.given_patience is not None and self.metric(measured=measured) is None:
            raise ValueError(
                "patience needs a metric that says when to stop. Received: patience="
                f"{self.given_patience} with {self.family}, whose samples are not measured. Leave "
                f"it out, hold out {FEWEST_IMAGES} images or more, or leave out measure_images."
            )

    def check(self, model: GenerativeModel, *, measured: bool) -> None:
        """Raise a ValueError if the metric is none that the run logs.

        Args:
            model: the model of the run.
            measured: whether the run measures the distance of its samples.
        """
        self.check_patience(measured=measured)
        known = [f"val_{name}" for phase in model.phases for name in phase.logged]
        if measured:
            known += self.monitoring.sample_metrics
        if self.monitor is not None and self.monitor not in known:
            raise ValueError(
                f"monitor must be one of {known}. Received: {self.monitor!r}. "
                "Choose one of these names"
                + (
                    "."
                    if measured
                    else f"; distances need {FEWEST_IMAGES} held-out images or more."
                )
            )

    def alarm(self, metric: str | None, report: Callable[[str], None]) -> CollapseAlarm:
        """Return the callback that reports failing training, and stops it if samples matter.

        Args:
            metric: see `metric`; an alarm about samples stops training if it is one of samples.
            report: called with the text of an alarm.
        """
        of_samples = metric in self.monitoring.sample_metrics
        return CollapseAlarm(self.monitoring.features, stop=of_samples, report=report)

    def callbacks(
        self,
        folder: Path,
        metric: str | None,
        patience: int | None,
        write_weights: Callable[[Path], None],
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks that keep the best weights and end training; none without a metric.

        Args:
            folder: folder of the weights of the best epochs.
            metric: see `metric`.
            patience: see `patience`.
            write_weights: writes the weights of the model to a file.
        """
        if metric is None:
            return []
        mode = metric_direction(metric)
        return [
            BestWeights(folder, metric, keep=self.keep_best, mode=mode, save=write_weights),
            EarlyStopping(metric, mode=mode, patience=patience, restore_best_weights=True),
        ]


def resolve_stopping(config: RunConfig, monitoring: MonitoringPlan) -> StoppingPlan:
    """Return the stopping part of a plan.

    Args:
        config: the configuration of a run.
        monitoring: the monitoring part of its plan.

    Raises:
        ValueError: if patience is given for a run that measures nothing.

    Example:

    >>> from keras_resgen.runs.plan.monitoring import resolve_monitoring
    >>> config = RunConfig(model="gan")
    >>> resolve_stopping(config, resolve_monitoring(config)).metric(measured=True)
    'val_frechet_faces'
    """
    momentum = config.ema_momentum
    # An update shows in moving averages about as many updates later as these reach back.
    delay = 0 if momentum is None else round(1 / (1 - momentum))
    plan = StoppingPlan(
        monitor=config.monitor or FAMILIES[config.model].monitor,
        given_patience=config.patience,
        updates=PATIENT_UPDATES + delay,
        keep_best=config.keep_best,
        monitoring=monitoring,
        family=config.model,
    )
    plan.check_patience(measured=monitoring.may_measure)
    return plan
