"""Figures of every epoch as JSON lines."""

import json
import math
import time
from pathlib import Path
from typing import Any

import keras


class MetricsLog(keras.callbacks.Callback):
    """Appends one JSON object per epoch to a file.

    Each line holds `epoch` (from 1), `seconds` (of the epoch, validation included) and every
    logged figure. JSON has no NaN: a figure that is not finite is written as a string, `"nan"` or
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
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the line."""
        seconds = time.perf_counter() - self._start
        figures = {name: float(value) for name, value in (logs or {}).items()}
        line = {"epoch": epoch + 1, "seconds": round(seconds, 3)} | {
            name: value if math.isfinite(value) else str(value) for name, value in figures.items()
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Reads what `MetricsLog` wrote.

    Args:
        path: the file; one that does not exist has no lines.

    Returns:
        One dictionary per epoch, figures as floats, NaN among them.

    Example:

    >>> read_metrics(Path("no such file"))
    []
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [{name: float(value) for name, value in json.loads(line).items()} for line in lines]


def truncate_metrics(path: Path, epochs: int) -> None:
    """Drops what was logged after so many epochs.

    Args:
        path: the file.
        epochs: lines to keep.

    Example:

    >>> _ = Path("metrics.jsonl").write_text('{"epoch": 1}\\n{"epoch": 2}\\n')
    >>> truncate_metrics(Path("metrics.jsonl"), 1)
    >>> read_metrics(Path("metrics.jsonl"))
    [{'epoch': 1.0}]
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:epochs]), encoding="utf-8")
