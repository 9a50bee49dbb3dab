"""A run as one HTML file: curves, pictures, options, versions and times."""

import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.callbacks.metric_names import error_name, without_errors
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.files import write_whole
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.report.html import image, page, pairs


def write_report(run: RunFolder, title: str, options: Mapping[str, Any]) -> Path:
    """Write `report.html` into a run folder.

    The file holds everything that it shows and loads nothing.

    Args:
        run: the run, with its summary, metrics and pictures.
        title: title of the page.
        options: what the run used for every option, by name.

    Returns:
        The file's path.

    Example:

    >>> Path("run").mkdir()
    >>> write_report(RunFolder(Path("run")), "My run", {"epochs": 2}).name
    'report.html'
    """
    summary = run.read_summary()
    lines = read_metrics(run.metrics)
    sections = [
        _verdict(summary, lines),
        _curves(lines, summary),
        *_pictures(run.samples),
        "<h2>Configuration</h2>" + pairs(options),
        "<h2>Run</h2>" + pairs(_flat(summary)),
    ]
    write_whole(run.report, page(title, sections).encode())
    return run.report


def _verdict(summary: Mapping[str, Any], lines: list[dict[str, float]]) -> str:
    if not lines:
        return "<p>No epoch was finished.</p>"
    seconds = sum(line["seconds"] for line in lines)
    text = (
        f"<p>{len(lines)} epochs in {seconds / 60:.1f} minutes"
        f"{', stopped early' if summary.get('stopped_early') else ''}.</p>"
    )
    if summary.get("failure"):
        text += f'<p class="failure">Stopped: {html.escape(summary["failure"])}.</p>'
    for alarm in summary.get("alarms", ()):
        text += f'<p class="failure">Alarm at {html.escape(alarm)}</p>'
    return text + _kept(summary.get("kept_epoch"), lines)


def _kept(epoch: int | None, lines: list[dict[str, float]]) -> str:
    """The validation metrics of the epoch whose weights the run kept."""
    kept = [line for line in lines if line["epoch"] == epoch]
    if not kept:
        return "<p>No epoch's weights were kept.</p>"
    metrics = {
        name.removeprefix("val_"): f"{value:.5g}"
        for name, value in kept[0].items()
        if name.startswith("val_")
    }
    return f"<h2>Held-out images after epoch {epoch}, whose weights were kept</h2>" + pairs(metrics)


def _curves(lines: list[dict[str, float]], summary: Mapping[str, Any]) -> str:
    """One small plot per metric: training and held-out images over the epochs.

    Bands are standard errors, dashed lines the real-vs-real baseline, and the dotted line is the
    epoch whose weights were kept.
    """
    logged = dict.fromkeys(name for line in lines for name in without_errors(line))
    names = list(dict.fromkeys(name.removeprefix("val_") for name in logged))
    names = [name for name in names if name not in ("epoch", "seconds")]
    if not names:
        return ""
    from matplotlib.figure import Figure

    baseline = summary.get("distribution", {}).get("baseline", {})
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4 * columns, 2.8 * rows), layout="constrained")
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, i + 1)
        for key, label, color in ((name, "training", "C0"), (f"val_{name}", "held out", "C1")):
            drawn = [line for line in lines if key in line]
            if not drawn:
                continue
            epochs, values = ([line[part] for line in drawn] for part in ("epoch", key))
            axes.plot(epochs, values, color, marker=".", label=label)
            if error_name(key) in drawn[0]:
                errors = np.array([line[error_name(key)] for line in drawn])
                low, high = values - errors, values + errors
                axes.fill_between(epochs, low, high, color=color, alpha=0.2)
        if name in baseline:
            axes.axhline(baseline[name], color="C2", linestyle="--", label="real images")
        if summary.get("kept_epoch"):
            axes.axvline(summary["kept_epoch"], color="gray", linestyle=":")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        if i == 0 or name in baseline:
            axes.legend(fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return "<h2>Curves</h2>" + image(buffer.getvalue(), "Metrics over the epochs", "plot")


def _pictures(folder: Path) -> list[str]:
    """The held-out images, and the last picture of each kind."""
    last: dict[str, tuple[int, Path]] = {}
    for path in folder.glob("*.png"):
        if drawn := re.fullmatch(r"(\w+)-(\d+)", path.stem):
            kind, epochs = drawn[1], int(drawn[2])
            last[kind] = max(last.get(kind, (-1, path)), (epochs, path))
    sections = ["<h2>Pictures</h2>"] if last else []
    for path in folder.glob("reals.png"):
        sections.append(image(path.read_bytes(), "Held-out images"))
    for kind, (epochs, path) in sorted(last.items()):
        sections.append(image(path.read_bytes(), f"{kind.capitalize()} after {epochs} epochs"))
    return sections


def _flat(entries: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in entries.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
