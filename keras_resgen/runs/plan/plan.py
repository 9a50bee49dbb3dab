"""A run, resolved once: the one step from a configuration to what is executed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras_resgen import __version__
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.building import ModelPlan, resolve_model
from keras_resgen.runs.plan.data import DataPlan, Split, resolve_data, with_absolute_paths
from keras_resgen.runs.plan.monitoring import MonitoringPlan, resolve_monitoring
from keras_resgen.runs.plan.optimizers import OptimizerPlan, resolve_optimizers
from keras_resgen.runs.plan.output import OutputPlan, resolve_output
from keras_resgen.runs.plan.schedule import SchedulePlan, resolve_schedule
from keras_resgen.runs.plan.stopping import StoppingPlan, resolve_stopping
from keras_resgen.training import distributed
from keras_resgen.training.devices.hosts import check_same_on_all_hosts


class Sizes(NamedTuple):
    """The numbers of a run that depend on its images.

    Attributes:
        step_images: images of a step.
        steps: steps of an epoch.
        measured: generated images that are compared with held-out images; 0 for none.
        metric: name of the metric that decides when to stop; None if there is none.
        patience: measurements of it without improvement; None without a metric.
    """

    step_images: int
    steps: int
    measured: int
    metric: str | None
    patience: int | None


@dataclass(frozen=True)
class Plan:
    """How a run will be trained, in parts that know what they describe and contribute.

    Attributes:
        data: its images.
        model: its family and networks.
        schedule: its epochs, batches and devices.
        optimizers: its optimizers.
        monitoring: what it measures.
        stopping: when it stops, and which weights it keeps.
        output: what it writes.

    Example:

    >>> plan = resolve(RunConfig(model="wgan-gp", image_size=32, width=2))
    >>> plan.describe(plan.build())["learning_rate"]
    'critic 0.0001, generator 0.0001'
    """

    data: DataPlan
    model: ModelPlan
    schedule: SchedulePlan
    optimizers: OptimizerPlan
    monitoring: MonitoringPlan
    stopping: StoppingPlan
    output: OutputPlan

    def __repr__(self) -> str:
        """Return the title; the parts print themselves."""
        return f"Plan({self.title})"

    @property
    def title(self) -> str:
        """The run in a few words, for people."""
        return f"{self.model.family} on {self.data.source}, {self.data.image_size} px"

    def describe(self, model: GenerativeModel) -> dict[str, Any]:
        """Return what the run uses for every option, without options of other families.

        Args:
            model: the model of the run.
        """
        return {
            **self.model.describe(),
            **self.data.describe(),
            **self.schedule.describe(),
            **self.optimizers.describe(model),
            **self.monitoring.describe(),
            **self.stopping.describe(),
            **self.output.describe(),
        }

    @contextmanager
    def on_devices(self) -> Iterator[None]:
        """Enter the devices of the run, once all hosts have the same options."""
        own = ("data", "host")  # of one machine; that the images are the same is checked later
        options = {name: value for name, value in self.output.options.items() if name not in own}
        with distributed(self.schedule.devices, self.schedule.hosts, self.schedule.host):
            check_same_on_all_hosts("options", json.dumps([options, __version__]))
            yield

    def build(self) -> GenerativeModel:
        """Build the model, and check that it logs the metric that the run stops by.

        Returns:
            A model that is not compiled yet.

        Raises:
            ValueError: if the family refuses the value of an option, or the metric is not logged.
        """
        model = self.model.build()
        self.stopping.check(model, measured=self.monitoring.may_measure)
        return model

    def sizes(self, model: GenerativeModel, split: Split) -> Sizes:
        """Return the numbers that depend on the images, checking that the images suffice.

        Args:
            model: the model of the run.
            split: its images.

        Raises:
            ValueError: if there are too few images, or the network of the features cannot be
                loaded.

        Example:

        >>> options = {"image_size": 32, "width": 2, "batch_size": 9}
        >>> plan = resolve(RunConfig(model="ae", data="faces,count=50", **options))
        >>> plan.sizes(plan.build(), plan.data.load()).steps
        5
        """
        training, held_out = split
        step_images = self.schedule.step_images(model, training)
        check_same_on_all_hosts("images", training.fingerprint)
        measured = self.monitoring.count(training, held_out)
        self.stopping.check(model, measured=bool(measured))
        metric = self.stopping.metric(measured=bool(measured))
        if measured:
            self.monitoring.extractor()  # weights that are missing are named now
        steps = self.schedule.steps(model, training)
        patience = self.stopping.patience(metric, steps)
        return Sizes(step_images, steps, measured, metric, patience)


def resolve(config: RunConfig) -> Plan:
    """Return the plan of a run; nothing after this reads the configuration.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: for everything that can be known to be wrong before the model is built and
            images are loaded.

    Example:

    >>> resolve(RunConfig(model="gan")).title
    'gan on faces, 64 px'
    """
    config = RunConfig.from_dict(with_absolute_paths(config.to_dict()))
    model, data = resolve_model(config), resolve_data(config)
    monitoring = resolve_monitoring(config, data)
    return Plan(
        data=data,
        model=model,
        schedule=resolve_schedule(config, data),
        optimizers=resolve_optimizers(config),
        monitoring=monitoring,
        stopping=resolve_stopping(config, monitoring),
        output=resolve_output(config, data),
    )
