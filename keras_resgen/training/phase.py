"""A phase: what one part of a training step minimizes, and which networks it moves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tensor = Any
Metrics = dict[str, Tensor]


@dataclass(frozen=True)
class Phase:
    """One optimization within a training step.

    Attributes:
        name: the phase's name; its optimizer is found under it.
        loss: `(images, training) -> metrics`, where images is a float tensor of shape
            `(batch, size, size, channels)` in [0, 1], or whatever the model's `batch` makes of the
            data, and metrics are named scalars. The first metric is the one to minimize.
        networks: names of the networks whose weights the phase moves.
        metrics: names of what `loss` returns, in order.
        updates: how many updates the phase makes in one step, each on images of its own.

    Example:

    >>> Phase("ascent", lambda images, training: {"loss": 0.0}, ("encoder",), ("loss",)).updates
    1
    """

    name: str
    loss: Callable[[Tensor, bool], Metrics]
    networks: tuple[str, ...]
    metrics: tuple[str, ...]
    updates: int = 1
