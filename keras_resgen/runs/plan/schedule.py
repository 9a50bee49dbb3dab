"""The schedule part of a plan: how long a run trains, and how its batches are made and shared."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_resgen.data.batches import evaluation_batches, steps_per_epoch, training_batches
from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.data import DataPlan, Split


@dataclass(frozen=True)
class SchedulePlan:
    """Epochs, batches, and the devices that share each batch.

    Attributes:
        data: the data part of the plan.
        epochs: largest number of epochs.
        batch_size: images of an update.
        devices: devices of this machine.
        hosts: addresses of the machines that train together; none for this machine alone.
        host: index of this machine among them.
        seed: seed of the data order.
    """

    data: DataPlan = field(repr=False)
    epochs: int
    batch_size: int
    devices: int
    hosts: tuple[str, ...]
    host: int
    seed: int

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "devices": self.devices,
            "hosts": ",".join(self.hosts) or None,
            "host": self.host,
        }

    def step_images(self, model: GenerativeModel, training: ImageSet) -> int:
        """Return how many images a step takes.

        Args:
            model: the model of the run.
            training: training images.

        Raises:
            ValueError: if there are fewer images, or the devices cannot share a batch evenly.
        """
        step_images = self.batch_size * model.batches_per_step
        if step_images > len(training):
            raise ValueError(
                f"A step takes {step_images} images: batch_size times {model.batches_per_step} "
                f"update(s). Received: batch_size={self.batch_size} with {len(training)} images. "
                "Choose a smaller batch, or give more images."
            )
        if self.batch_size % model.devices.count:
            raise ValueError(
                f"batch_size must be a multiple of devices. Received: {self.batch_size} for "
                f"{model.devices.count} devices. Choose a multiple."
            )
        return step_images

    def steps(self, model: GenerativeModel, training: ImageSet) -> int:
        """Return how many steps an epoch has.

        Args:
            model: the model of the run.
            training: training images.

        Raises:
            ValueError: as `step_images`.
        """
        return steps_per_epoch(len(training), self.step_images(model, training))

    def fit_arguments(
        self, model: GenerativeModel, split: Split, *, done: int, stopped: bool
    ) -> dict[str, Any]:
        """Return the arguments of `fit`, but for the callbacks.

        Args:
            model: the model of the run.
            split: its images.
            done: epochs that are trained already.
            stopped: whether training has ended before its last epoch.
        """
        training, held_out = split
        steps = self.steps(model, training)
        return {
            "x": training_batches(
                training.images,
                self.step_images(model, training),
                seed=self.seed,
                start_step=done * steps,
                labels=self.data.fit_labels(training),
            ),
            "steps_per_epoch": steps,
            "initial_epoch": done,
            "epochs": done if stopped else self.epochs,
            "validation_data": self._validation_batches(model, held_out),
            "shuffle": False,  # training_batches does
            "verbose": 0,
        }

    def _validation_batches(self, model: GenerativeModel, held_out: ImageSet) -> Any:
        """All held-out images, without the last few that the devices cannot share evenly."""
        count = len(held_out) // model.devices.count * model.devices.count
        labels = self.data.fit_labels(held_out)
        return evaluation_batches(
            ImageRows(held_out.images, np.arange(count)),
            self.batch_size,
            None if labels is None else labels[:count],
        )


def resolve_schedule(config: RunConfig, data: DataPlan) -> SchedulePlan:
    """Return the schedule part of a plan.

    Args:
        config: the configuration of a run.
        data: the data part of its plan.

    Example:

    >>> from keras_resgen.runs.plan.data import resolve_data
    >>> config = RunConfig(epochs=5)
    >>> resolve_schedule(config, resolve_data(config)).epochs
    5
    """
    return SchedulePlan(
        data=data,
        epochs=config.epochs,
        batch_size=config.batch_size,
        devices=config.devices,
        hosts=config.host_addresses,
        host=config.host,
        seed=config.seed,
    )
