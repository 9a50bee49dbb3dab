"""What a comparison found, as tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from keras_resgen.comparisons.claims import SCALES, Verdict
from keras_resgen.comparisons.intervals import Interval, mean_interval, rank_ranges
from keras_resgen.latent import FITTED_PRIORS
from keras_resgen.metrics import METRICS, Metric, known_metric, metric_direction

Metrics = Mapping[str, Mapping[str, Sequence[float]]]  # values over seeds, by variant and name


FIRST_FITTED = next(iter(FITTED_PRIORS))


class Table(NamedTuple):
    """A title over columns of text."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def shown_metrics(metrics: Metrics, kinds: Sequence[str] = ("quality", "cost")) -> list[str]:
    """Return the names of the measured metrics that the first table shows, in its order.

    A mean over attributes or factors is shown without its parts, and of priors fitted to codes the
    first of `FITTED_PRIORS`, after all other metrics of that kind.

    Args:
        metrics: values over seeds, by variant and name.
        kinds: see `Metric.kind`.
    """
    found = _defined(metrics)
    shown = []
    for kind in kinds:
        own = [(name, row) for name, row in found if row.kind == kind]
        shown += [name for name, row in own if name == row.name or _has_suffix_only(name, row)]
        shown += [name for name, row in own if name.startswith(f"{FIRST_FITTED}_{row.name}")]
    return shown


def _has_suffix_only(name: str, row: Metric) -> bool:
    return not row.is_also_mean and name.startswith(row.name)


def _defined(metrics: Metrics) -> list[tuple[str, Metric]]:
    """The measured metrics that `METRICS` defines, with their rows, in its order."""
    names = dict.fromkeys(name for of_variant in metrics.values() for name in of_variant)
    order = {name: place for place, name in enumerate(METRICS)}
    known = [(name, row) for name in names if (row := known_metric(name)) and row.name in order]
    return sorted(known, key=lambda pair: order[pair[1].name])


def verdicts_table(verdicts: Sequence[Verdict]) -> Table:
    """Return a row for every claim: its answer, and the interval that decided it."""
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
    """Return the order of the variants, the best first; None without a metric that all have."""
    ranking = [n for n, row in _defined(metrics) if row.ranks and n.startswith(row.name)]
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
    """Return a row for each metric and a column for each variant, with intervals of 95 %.

    Arrows say whether lower or higher is better.
    """
    rows = []
    for name in names:
        cells = (
            str(mean_interval(of_variant[name])) if name in of_variant else ""
            for of_variant in metrics.values()
        )
        rows.append((with_arrow(name), *cells))
    return Table(title, ("metric", *metrics), rows)


def with_arrow(name: str) -> str:
    """Return the name of a metric, followed by an arrow down if lower is better, up if higher is.

    Example:

    >>> with_arrow("psnr"), with_arrow("sharpness")
    ('psnr ↑', 'sharpness')
    """
    metric = known_metric(name)
    return f"{name} {metric.arrow}".rstrip() if metric else name


def descriptions_table(names: Sequence[str]) -> Table:
    """Return a row for each metric that says what it measures and which values it takes."""
    known = [(name, row) for name in names if (row := known_metric(name))]
    rows = [(with_arrow(name), row.description, row.unit) for name, row in known]
    return Table("What the metrics measure", ("metric", "measures", "values"), rows)


def as_markdown(table: Table) -> str:
    """Return a table as Markdown.

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
