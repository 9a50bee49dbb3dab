"""Metrics of every epoch as JSON lines."""

import json
import math
import os
from pathlib import Path
from typing import Any

from keras_resgen.callbacks.epoch_clock import EpochClock
from keras_resgen.files import write_whole


class MetricsLog(EpochClock):
    """Appends one JSON object per epoch to a file.

    Each line holds `epoch` (from 1), `seconds` (of the epoch, validation included) and every
    logged metric. JSON has no NaN: a metric that is not finite is written as a string, `"nan"` or
    `"inf"`.

    Args:
        path: file to append to; its folder exists.

    Example:

    >>> MetricsLog(Path("metrics.jsonl")).path.name
    'metrics.jsonl'
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = Path(path)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the line."""
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        line = {"epoch": epoch + 1, "seconds": round(self.seconds, 3)} | {
            name: value if math.isfinite(value) else str(value) for name, value in metrics.items()
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())  # before the checkpoint that takes the line for granted


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Read what `MetricsLog` wrote.

    A last line that was cut off, by a run killed while writing it, is left out.

    Args:
        path: the file; one that does not exist has no lines.

    Returns:
        One dictionary per epoch, metrics as floats, NaN among them.

    Raises:
        ValueError: if any other line is damaged.

    Example:

    >>> read_metrics(Path("no such file"))
    []
    """
    return [metrics for _, metrics in _whole_lines(path)]


def truncate_metrics(path: Path, epochs: int) -> None:
    """Drop what was logged after an epoch, in one rename.

    Args:
        path: the file.
        epochs: the last epoch to keep.

    Raises:
        ValueError: as `read_metrics`.

    Example:

    >>> _ = Path("metrics.jsonl").write_text('{"epoch": 1}\\n{"epoch": 2}\\n')
    >>> truncate_metrics(Path("metrics.jsonl"), 1)
    >>> read_metrics(Path("metrics.jsonl"))
    [{'epoch': 1.0}]
    """
    kept = [text + "\n" for text, metrics in _whole_lines(path) if metrics["epoch"] <= epochs]
    write_whole(path, "".join(kept).encode())


def _whole_lines(path: Path) -> list[tuple[str, dict[str, float]]]:
    """The text and the metrics of every line but one torn at the end."""
    if not path.exists():
        return []
    *texts, unended = path.read_text(encoding="utf-8").split("\n")
    lines = [(text, _metrics(text)) for text in (*texts, unended) if text]
    if unended and lines[-1][1] is None:
        lines.pop()
    whole = [(text, metrics) for text, metrics in lines if metrics is not None]
    if len(whole) < len(lines):
        damaged = next(text for text, metrics in lines if metrics is None)
        raise ValueError(
            f"Every line of {path} must be a JSON object of metrics with an epoch. "
            f"Received: {damaged[:80]!r}. Remove the line."
        )
    return whole


def _metrics(text: str) -> dict[str, float] | None:
    """The metrics of a line; None where it is damaged."""
    try:
        metrics = {name: float(value) for name, value in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        return None
    return metrics if "epoch" in metrics else None
