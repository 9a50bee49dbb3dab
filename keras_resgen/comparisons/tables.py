"""What a comparison found, as tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from keras_resgen.comparisons.claims import SCALES, Verdict
from keras_resgen.comparisons.intervals import Interval, mean_interval, rank_ranges
from keras_resgen.metrics import METRICS, Metric, find_metric, metric_direction

Metrics = Mapping[str, Mapping[str, Sequence[float]]]  # values over seeds, by variant and name


class Table(NamedTuple):
    """A title over columns of text."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def shown_metrics(metrics: Metrics, kinds: Sequence[str] = ("quality", "cost")) -> list[str]:
    """Return the names of measured metrics of some kinds, in the order of `METRICS`.

    Averages over attributes and factors stand for their parts, and metrics for their standard
    errors.

    Args:
        metrics: values over seeds, by variant and name.
        kinds: see `Metric.kind`.
    """
    return [name for name, row in _by_row(metrics) if row.kind in kinds and _is_summary(name, row)]


def _is_summary(name: str, row: Metric) -> bool:
    return not row.is_also_mean or name == row.name


def _by_row(metrics: Metrics) -> list[tuple[str, Metric]]:
    """Measured metrics that the table knows, with their rows, in its order."""
    names = dict.fromkeys(name for of_variant in metrics.values() for name in of_variant)
    known = [(name, row) for name in names if (row := known_metric(name))]
    order = list(METRICS)
    known = [(name, row) for name, row in known if row.name in METRICS]
    return sorted(known, key=lambda pair: (_is_prefixed(*pair), order.index(pair[1].name)))


def _is_prefixed(name: str, row: Metric) -> bool:
    """Whether a metric is one of samples of a fitted prior, which follow those of the prior."""
    return not name.startswith(row.name)


def known_metric(name: str) -> Metric | None:
    """Return the definition of a metric; None for one that `METRICS` does not have.

    Files may hold metrics of an extension that is not imported.
    """
    try:
        return find_metric(name)
    except ValueError:
        return None


def verdicts_table(verdicts: Sequence[Verdict]) -> Table:
    """Returns a row for every claim: how it was judged, and by what."""
    rows = []
    for claim, answer, interval in verdicts:
        measured = f"{claim.metric}: {claim.greater} vs. {claim.smaller}"
        rows.append((claim.text, answer, measured, _with_sign(claim.scale, interval)))
    scales = dict.fromkeys(SCALES[verdict.claim.scale].text for verdict in verdicts)
    columns = ("claim", "answer", "measured", f"{', or '.join(scales)} [95 %]")
    return Table("Claims", columns, rows)


def _with_sign(scale: str, interval: Interval) -> str:
    if np.isnan(interval.value):
        return ""
    return str(interval) if SCALES[scale].equal or interval.value < 0 else f"+{interval}"


def ranking_table(metrics: Metrics) -> Table | None:
    """Returns the order of the variants, the best first; None without a metric that all have."""
    ranking = [name for name, row in _by_row(metrics) if row.ranks]
    shared = [name for name in ranking if all(name in own for own in metrics.values())]
    if not shared:
        return None
    name = shared[0]
    values = {variant: of_variant[name] for variant, of_variant in metrics.items()}
    greater = metric_direction(name) == "max"
    ranges = rank_ranges(values, greater_is_better=greater)
    means = {variant: mean_interval(of_variant) for variant, of_variant in values.items()}
    sign = -1.0 if greater else 1.0
    ordered = sorted(means, key=lambda v: (not np.isfinite(means[v].value), sign * means[v].value))
    rows = []
    for variant in ordered:
        first, last = ranges[variant]
        rank = str(first) if first == last else f"{first} to {last}"
        known, seeds = int(np.isfinite(values[variant]).sum()), len(values[variant])
        of_seeds = str(seeds) if known == seeds else f"{known} of {seeds}"
        rows.append((rank, variant, str(means[variant]), of_seeds))
    return Table(
        f"Ranking by {name} ({'higher' if greater else 'lower'} is better)",
        ("rank", "variant", "mean [95 %]", "seeds"),
        rows,
    )


def metrics_table(metrics: Metrics, names: Sequence[str], title: str) -> Table:
    """Returns a row for every metric and a column for every variant, with intervals of 95 %."""
    rows = []
    for name in names:
        cells = (
            str(mean_interval(of_variant[name])) if name in of_variant else ""
            for of_variant in metrics.values()
        )
        rows.append((name, *cells))
    return Table(title, ("metric", *metrics), rows)


def as_markdown(table: Table) -> str:
    """Returns a table as Markdown.

    Example:

    >>> print(as_markdown(Table("Ranks", ("rank", "variant"), [("1", "vae")])))
    ### Ranks
    <BLANKLINE>
    | rank | variant |
    | --- | --- |
    | 1 | vae |
    <BLANKLINE>
    """
    lines = [table.columns, tuple("---" for _ in table.columns), *table.rows]
    body = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
    return f"### {table.title}\n\n{body}\n"
