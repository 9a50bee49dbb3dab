"""A phase: what one part of a training step minimizes, and which networks it trains."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tensor = Any
Metrics = dict[str, Tensor]


@dataclass(frozen=True)
class Phase:
    """One optimization within a training step.

    Attributes:
        name: the phase's name; `compile` and `PhaseOptimizer` name its optimizer by it.
        function: `(batch, training) -> metrics`, where batch is a float tensor of images of shape
            `(batch, size, size, channels)` in [0, 1], or what the model's `batch` returns, and
            metrics are scalars by name: the loss and all of `metrics`.
        networks: names of the networks whose weights the phase trains.
        loss: name of the metric that the phase minimizes.
        metrics: names of the other metrics, in the order in which they are logged.
        updates: number of updates that the phase makes in one step, each on images of its own.

    Raises:
        ValueError: if a metric is named twice.

    Example:

    >>> phase = Phase(
    ...     "critic",
    ...     lambda batch, training: {"critic_loss": 0.0, "distance": 1.0},
    ...     networks=("critic",),
    ...     loss="critic_loss",
    ...     metrics=("distance",),
    ... )
    >>> phase.logged
    ('critic_loss', 'distance')
    """

    name: str
    function: Callable[[Tensor, bool], Metrics]
    networks: tuple[str, ...]
    loss: str
    metrics: tuple[str, ...] = ()
    updates: int = 1

    def __post_init__(self) -> None:
        """Check the names of the metrics."""
        check_distinct(self.logged)

    @property
    def logged(self) -> tuple[str, ...]:
        """The names of all metrics that the phase logs, the loss first."""
        return (self.loss, *self.metrics)

    def compute(self, batch: Tensor, training: bool) -> Metrics:
        """Return the loss and the other metrics of a batch.

        Args:
            batch: see `function`.
            training: whether the networks run in training mode.

        Raises:
            ValueError: if the function returns other names than the phase declares.
        """
        metrics = self.function(batch, training)
        if set(metrics) != set(self.logged):
            raise ValueError(
                f"The function of the phase {self.name!r} must return the loss and the metrics "
                f"that the phase declares, {sorted(self.logged)}. Received: {sorted(metrics)}. "
                "Return these, or declare others with Phase(loss=..., metrics=...)."
            )
        return metrics


def check_distinct(metrics: tuple[str, ...]) -> None:
    """Raise a ValueError if two metrics have the same name.

    Args:
        metrics: names of the metrics of one phase, or of all phases.
    """
    if len(set(metrics)) < len(metrics):
        raise ValueError(
            f"Every metric of the phases must have a name of its own. Received: {list(metrics)}. "
            "Rename one of them."
        )
