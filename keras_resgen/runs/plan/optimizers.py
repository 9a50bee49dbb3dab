"""The optimizer part of a plan: what changes of the optimizers of a family."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_resgen.models.base import GenerativeModel
from keras_resgen.registry import Registry
from keras_resgen.runs.config import RunConfig
from keras_resgen.training.optimizer import optimizer_per_phase

# From an initial learning rate and the number of updates to what Keras's optimizers take.
SCHEDULES: Registry[Callable[[float, int], Any]] = Registry(
    "learning_rate_schedule",
    {
        "constant": lambda rate, updates: rate,
        # Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983, without restarts
        "cosine": keras.optimizers.schedules.CosineDecay,
    },
)


@dataclass(frozen=True)
class OptimizerPlan:
    """Settings of the optimizers of all phases.

    Attributes:
        learning_rate: initial learning rate; None for that of the family.
        schedule: name of the learning rate schedule.
        settings: arguments of every optimizer.
        ema_momentum: momentum of moving averages of the weights; None for none.
        epochs: epochs of the schedule.
    """

    learning_rate: float | None
    schedule: str
    settings: dict[str, Any]
    ema_momentum: float | None
    epochs: int

    def describe(self, model: GenerativeModel) -> dict[str, Any]:
        """Return the options of this part by name, with the learning rate of every phase.

        Args:
            model: the model of the run.
        """
        rates = {
            name: float(optimizer.learning_rate) for name, optimizer in self.build(model, 1).items()
        }
        return {
            "learning_rate": ", ".join(f"{name} {rate:g}" for name, rate in rates.items()),
            "learning_rate_schedule": self.schedule,
            **self.settings,
            "ema_momentum": self.ema_momentum,
        }

    def build(
        self, model: GenerativeModel, steps_per_epoch: int
    ) -> dict[str, keras.optimizers.Optimizer]:
        """Return an optimizer for every phase, by name: those of the family with the settings.

        Moving averages are kept of the weights that the phases of the image network train: a
        discriminator needs none.

        Args:
            model: the model of the run.
            steps_per_epoch: training steps in an epoch.

        Example:

        >>> from keras_resgen.runs.plan.building import build_model
        >>> config = RunConfig(model="gan", image_size=32, width=4, ema_momentum=0.99)
        >>> optimizers = resolve_optimizers(config).build(build_model(config), 100)
        >>> {name: optimizer.use_ema for name, optimizer in optimizers.items()}
        {'discriminator': False, 'generator': True}
        """
        names = [phase.name for phase in model.phases]
        optimizers = optimizer_per_phase(model.default_optimizer(self.learning_rate), names)
        schedule = SCHEDULES[self.schedule]
        changed = {}
        for phase in model.phases:
            optimizer = optimizers[phase.name]
            given = optimizer.get_config()
            updates = self.epochs * steps_per_epoch * phase.updates
            settings = {"learning_rate": schedule(given["learning_rate"], updates), **self.settings}
            if self.ema_momentum is not None and model.image_network in phase.networks:
                settings |= {"use_ema": True, "ema_momentum": self.ema_momentum}
            changed[phase.name] = type(optimizer).from_config({**given, **settings})
        return changed


def resolve_optimizers(config: RunConfig) -> OptimizerPlan:
    """Return the optimizer part of a plan.

    Args:
        config: the configuration of a run.

    Raises:
        ValueError: if the schedule is unknown.

    Example:

    >>> resolve_optimizers(RunConfig(weight_decay=0.01)).settings["weight_decay"]
    0.01
    """
    SCHEDULES[config.learning_rate_schedule]
    return OptimizerPlan(
        learning_rate=config.learning_rate,
        schedule=config.learning_rate_schedule,
        settings={
            "weight_decay": config.weight_decay,
            "global_clipnorm": config.global_clipnorm,
            "gradient_accumulation_steps": config.gradient_accumulation_steps,
        },
        ema_momentum=config.ema_momentum,
        epochs=config.epochs,
    )
