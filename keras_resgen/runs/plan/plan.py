"""What follows from a configuration, its model and its images together."""

from dataclasses import dataclass

from keras_resgen.data.batches import steps_per_epoch
from keras_resgen.data.image_set import ImageSet
from keras_resgen.metrics.features import FEATURES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.monitoring import measured_count
from keras_resgen.runs.plan.stopping import check_monitor, monitored_metric, patience
from keras_resgen.training.devices.hosts import check_same_on_all_hosts


@dataclass(frozen=True)
class Plan:
    """How a run will be trained.

    Attributes:
        step_images: images that a step takes.
        steps: of an epoch.
        measured: how many generated images are compared with held-out ones; 0 for none.
        metric: the one that says when to stop, if there is one.
        patience: measurements of it without a better one; None without a metric.
    """

    step_images: int
    steps: int
    measured: int
    metric: str | None
    patience: int | None


def plan_run(
    config: RunConfig, model: GenerativeModel, images: ImageSet, held_out: ImageSet
) -> Plan:
    """Checks whether a configuration, its model and its images fit each other.

    Args:
        config: of the run.
        model: of the run.
        images: training images.
        held_out: held-out images.

    Raises:
        ValueError: if they do not, or the network of the features cannot be loaded.

    Example:

    >>> from keras_resgen.runs.plan.building import build_model
    >>> from keras_resgen.runs.plan.data import load_split
    >>> config = RunConfig(model="ae", data="faces,count=50", image_size=32, width=2, batch_size=9)
    >>> plan_run(config, build_model(config), *load_split(config)).steps
    5
    """
    step_images = config.batch_size * model.batches_per_step
    if step_images > len(images):
        raise ValueError(
            f"A step takes {step_images} images: batch_size times {model.batches_per_step} "
            f"update(s). Received: batch_size={config.batch_size} with {len(images)} images. "
            "Choose a smaller batch, or give more images."
        )
    devices = model.devices.count
    if config.batch_size % devices:
        raise ValueError(
            f"batch_size must be a multiple of devices. Received: {config.batch_size} for "
            f"{devices} devices. Choose a multiple."
        )
    check_same_on_all_hosts("images", images.fingerprint)
    measured = measured_count(config, images, held_out)
    check_monitor(config, model, measured=bool(measured))
    metric = monitored_metric(config, measured=bool(measured))
    if measured:
        FEATURES[config.features]()  # weights that are not there are named now
    steps = steps_per_epoch(len(images), step_images)
    return Plan(step_images, steps, measured, metric, patience(config, metric, steps))
