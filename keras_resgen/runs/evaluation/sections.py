"""Metrics with names, as tables show them and files keep them."""

from typing import NamedTuple


class MetricValue(NamedTuple):
    """A line of a table.

    Attributes:
        name: as logs name it.
        value: of the model.
        baseline: of real images, where there is one.
    """

    name: str
    value: float
    baseline: float | None = None


class Section(NamedTuple):
    """A table.

    Attributes:
        title: what was measured, on how many images.
        metrics: its lines.
    """

    title: str
    metrics: list[MetricValue]
