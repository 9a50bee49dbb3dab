"""The optimizers that a configuration asks for."""

from collections.abc import Callable
from typing import Any

import keras

from keras_resgen.models.base import GenerativeModel
from keras_resgen.registry import Registry
from keras_resgen.runs.config import RunConfig
from keras_resgen.training.optimizer import optimizer_per_phase

# From a first learning rate and the number of updates to what Keras's optimizers take.
SCHEDULES: Registry[Callable[[float, int], Any]] = Registry(
    "learning_rate_schedule",
    {
        "constant": lambda rate, updates: rate,
        # Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983, without restarts
        "cosine": keras.optimizers.schedules.CosineDecay,
    },
)


def phase_optimizers(
    config: RunConfig, model: GenerativeModel, steps_per_epoch: int
) -> dict[str, keras.optimizers.Optimizer]:
    """Returns the family's optimizers as a configuration changes them.

    Moving averages are kept of the weights that the phases of the image network train: a
    discriminator needs none.

    Args:
        config: of the run.
        model: of the run.
        steps_per_epoch: how often `fit` runs all phases in an epoch.

    Returns:
        An optimizer for every phase, by name.

    Raises:
        ValueError: if the schedule is unknown.

    Example:

    >>> from keras_resgen.runs.plan.building import build_model
    >>> config = RunConfig(model="gan", image_size=32, width=4, ema_momentum=0.99)
    >>> optimizers = phase_optimizers(config, build_model(config), 100)
    >>> {name: optimizer.use_ema for name, optimizer in optimizers.items()}
    {'discriminator': False, 'generator': True}
    """
    names = [phase.name for phase in model.phases]
    optimizers = optimizer_per_phase(model.default_optimizer(config.learning_rate), names)
    schedule = SCHEDULES[config.learning_rate_schedule]
    changed = {}
    for phase in model.phases:
        optimizer = optimizers[phase.name]
        given = optimizer.get_config()
        settings: dict[str, Any] = {
            "learning_rate": schedule(
                given["learning_rate"], config.epochs * steps_per_epoch * phase.updates
            ),
            "weight_decay": config.weight_decay,
            "global_clipnorm": config.global_clipnorm,
            "gradient_accumulation_steps": config.gradient_accumulation_steps,
        }
        if config.ema_momentum is not None and model.image_network in phase.networks:
            settings |= {"use_ema": True, "ema_momentum": config.ema_momentum}
        changed[phase.name] = type(optimizer).from_config({**given, **settings})
    return changed
