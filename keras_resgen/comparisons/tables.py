"""What a comparison found, as tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from keras_resgen.comparisons.claims import SCALES, Verdict
from keras_resgen.comparisons.intervals import Interval, mean_interval, rank_ranges
from keras_resgen.runs.plan.stopping import better

Metrics = Mapping[str, Mapping[str, Sequence[float]]]  # values over seeds, by variant and name

# What the first table shows, if there is such a metric; of distances the beginnings, which the name
# of the features follows.
QUALITIES = (
    *("frechet_", "typical_", "coverage_", "duplicates_", "diversity_", "sharpness"),
    *(
        "gaussian_frechet_",
        "gaussian_in_distribution_",
        "psnr",
        "multiscale_ssim",
        "prior_mmd",
        "active_units",
        "linear_probe_auc",
    ),
    *("edit_error", "edit_change"),
    *(
        "interpolation_path_length_ratio",
        "interpolation_largest_step",
        "interpolation_in_distribution",
    ),
)
COSTS = (
    *("parameters", "epochs", "kept_epoch", "seconds", "seconds_per_epoch", "peak_memory_mib"),
    *("alarms", "failed"),
)

RANKING = ("frechet_", "psnr")  # the first of these that all variants have ranks them


class Table(NamedTuple):
    """A title over columns of text."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def shown_metrics(metrics: Metrics, kinds: Sequence[str] = QUALITIES + COSTS) -> list[str]:
    """Returns the names of the metrics of some kinds that there are."""
    names = dict.fromkeys(name for of_variant in metrics.values() for name in of_variant)
    return [
        name
        for beginning in kinds
        for name in names
        if name == beginning
        or (beginning.endswith("_") and name.startswith(beginning) and not name.endswith("_error"))
    ]


def verdicts_table(verdicts: Sequence[Verdict]) -> Table:
    """Returns a row for every claim: how it was judged, and by what."""
    rows = []
    for claim, answer, interval in verdicts:
        measured = f"{claim.metric}: {claim.greater} against {claim.smaller}"
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
    for name in shown_metrics(metrics, RANKING):
        if all(name in of_variant for of_variant in metrics.values()):
            break
    else:
        return None
    values = {variant: of_variant[name] for variant, of_variant in metrics.items()}
    greater = better(name) == "max"
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
        f"Ranking by {name}, of which {'more' if greater else 'less'} is better",
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
