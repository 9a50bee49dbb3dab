"""Measured metrics, as tables show them and files keep them."""

from typing import NamedTuple

from keras_resgen.metrics import known_metric


class MetricValue(NamedTuple):
    """The value of a metric, a row of a table.

    Attributes:
        name: its name in logs, see `keras_resgen.metrics.find_metric`.
        value: the value measured for the model.
        baseline: the value measured for its baseline, see `keras_resgen.metrics.Metric`; None
            without one.
    """

    name: str
    value: float
    baseline: float | None = None


class Section(NamedTuple):
    """A table of metrics.

    Attributes:
        title: kind of the metrics, and the number of images.
        metrics: its rows.
    """

    title: str
    metrics: list[MetricValue]

    @property
    def baseline(self) -> str | None:
        """What the baselines are measured on, as the heading of a column; None without any.

        Example:

        >>> Section("Samples", [MetricValue("frechet_faces", 3.0, 0.3)]).baseline
        'real vs. real'
        """
        names = [metric.name for metric in self.metrics if metric.baseline is not None]
        headings = {row.baseline for name in names if (row := known_metric(name)) and row.baseline}
        if len(headings) == 1:
            return headings.pop()
        return "baseline" if names else None
