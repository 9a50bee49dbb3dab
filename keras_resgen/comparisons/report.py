"""A comparison as one HTML file, and as Markdown."""

import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_resgen.comparisons.claims import Claim, Verdict, decide
from keras_resgen.comparisons.folder import (
    ComparisonFolder,
    Result,
    metrics_by_variant,
    write_results,
)
from keras_resgen.comparisons.intervals import mean_interval
from keras_resgen.comparisons.tables import (
    Metrics,
    Table,
    as_markdown,
    descriptions_table,
    metrics_table,
    ranking_table,
    shown_metrics,
    verdicts_table,
    with_arrow,
)
from keras_resgen.files import write_whole
from keras_resgen.runs.evaluation.pictures import PICTURES
from keras_resgen.runs.report.html import image, page, table

LONGEST = 30  # letters of a variant's name beside a plot
PLOTS = ("codes",)  # of the pictures, those whose pixels are not to be seen
NOTE = (
    "Intervals of 95 % over seeds of weights, noise and data order, by Student's and Welch's "
    "methods, not corrected for their number; metrics that are not finite are left out. All were "
    "measured on the same held-out images. A claim is answered where its interval lies on one side "
    "of equality, and not decided where it does not."
)


def write_comparison(
    folder: ComparisonFolder,
    title: str,
    results: Sequence[Result],
    claims: Sequence[Claim] = (),
    notes: Sequence[str] = (),
) -> list[Table]:
    """Write `results.csv`, `report.html` and `report.md`.

    Args:
        folder: folder of the comparison.
        title: title of the study.
        results: the measurements.
        claims: claims to decide.
        notes: further notes for readers.

    Returns:
        The first tables of the report.
    """
    metrics = metrics_by_variant(results)
    verdicts = [decide(claim, metrics) for claim in claims]
    tables = _first_tables(metrics, verdicts)
    write_results(folder.results, results)
    text = "\n".join(as_markdown(one) for one in tables)
    lines = [f"## {title}", "", *notes, "", text, NOTE, ""]
    write_whole(folder.markdown, "\n".join(lines).encode())
    sections = [
        *(f"<p>{html.escape(note)}</p>" for note in notes),
        *(f"<h2>{html.escape(one.title)}</h2>" + table(one.columns, one.rows) for one in tables),
        f'<p class="quiet">{NOTE}</p>',
        _dots(metrics),
        *_pictures(results),
        _all_metrics(metrics),
    ]
    write_whole(folder.report, page(title, sections).encode())
    return tables


def _first_tables(metrics: Metrics, verdicts: Sequence[Verdict]) -> list[Table]:
    ranking = ranking_table(metrics)
    return [
        *([verdicts_table(verdicts)] if verdicts else []),
        *([ranking] if ranking else []),
        metrics_table(metrics, shown_metrics(metrics), "Metrics, means [95 %]"),
    ]


def _all_metrics(metrics: Metrics) -> str:
    names = list(dict.fromkeys(name for of_variant in metrics.values() for name in of_variant))
    folded = (metrics_table(metrics, names, "All metrics"), descriptions_table(names))
    return "".join(
        f"<details><summary>{one.title}</summary>{table(one.columns, one.rows)}</details>"
        for one in folded
    )


def _dots(metrics: Metrics) -> str:
    """A plot for every quality: a dot for each seed, a bar for the interval."""
    from matplotlib.figure import Figure

    names = shown_metrics(metrics, ("quality",))
    if not names:
        return ""
    labels = [
        variant if len(variant) <= LONGEST else f"…{variant[-LONGEST:]}" for variant in metrics
    ]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    height = 0.9 + 0.24 * len(metrics)
    figure = Figure(figsize=(4.4 * columns, height * rows), layout="constrained")
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, i + 1)
        for place, of_variant in enumerate(reversed(list(metrics.values()))):
            values = of_variant.get(name, ())
            axes.plot(values, [place] * len(values), "C0o", markersize=4, alpha=0.6)
            mean = mean_interval(values)
            if np.isfinite(mean.high - mean.low):
                axes.plot([mean.low, mean.high], [place] * 2, "C1-", linewidth=2, zorder=0)
            if np.isfinite(mean.value):
                axes.plot(mean.value, place, "C1|", markersize=12)
        axes.set_yticks(range(len(metrics)), labels[::-1] if i % columns == 0 else [])
        axes.set_ylim(-0.6, len(metrics) - 0.4)
        axes.set_title(with_arrow(name), fontsize=10)
        axes.grid(axis="x", alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    caption = "Dots are seeds, bars are intervals of 95 % of the mean"
    return "<h2>Every seed</h2>" + image(buffer.getvalue(), caption, "plot")


def _pictures(results: Sequence[Result]) -> list[str]:
    """What the variants make, side by side, each with its first seed."""
    first: dict[str, Result] = {}
    for result in results:
        first.setdefault(result.variant, result)
    sections = []
    for kind in PICTURES:
        found = [
            image(path.read_bytes(), f"{variant}, seed {result.seed}", "plot" * (kind in PLOTS))
            for variant, result in first.items()
            if (path := _picture(result, kind)).is_file()
        ]
        if found:
            sections.append(f'<h2>{kind.capitalize()}</h2><div class="side">{"".join(found)}</div>')
    return sections


def _picture(result: Result, kind: str) -> Path:
    return result.evaluation.folder / f"{kind}.png"
