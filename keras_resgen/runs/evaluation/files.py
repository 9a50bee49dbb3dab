"""What was measured, as a file and pictures."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_resgen.compatibility import rename_keys, rename_metric
from keras_resgen.data.image_set import ImageSet
from keras_resgen.files import write_json
from keras_resgen.runs.evaluation.pictures import PICTURES, write_pictures
from keras_resgen.runs.evaluation.sections import Section
from keras_resgen.runs.trained import Trained

METRICS_FILE = "metrics.json"


def write_evaluation(
    folder: Path,
    sections: Sequence[Section],
    trained: Trained,
    training: ImageSet,
    held_out: ImageSet,
) -> None:
    """Write `metrics.json` and pictures into a folder; the file last.

    Args:
        folder: folder to write to; made if it is missing.
        sections: the measured metrics.
        trained: a run or an export.
        training: training images.
        held_out: held-out images; their fingerprint is recorded.
    """
    for before in (folder / METRICS_FILE, *(folder / f"{name}.png" for name in PICTURES)):
        before.unlink(missing_ok=True)
    write_pictures(folder, trained, training, held_out)
    content = {
        "path": str(trained.path.resolve()),
        "config": trained.config.to_dict(),
        "is_export": trained.is_export,
        "held_out": held_out.fingerprint,
        "sections": [
            {
                "title": section.title,
                "metrics": {
                    f.name: [_as_json(f.value), _as_json(f.baseline)] for f in section.metrics
                },
            }
            for section in sections
        ],
    }
    write_json(folder / METRICS_FILE, content)


def _as_json(value: float | None) -> float | str | None:
    """A number, or text if it is not finite, since JSON has no such numbers."""
    return value if value is None or math.isfinite(value) else str(value)


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """The results of `resgen evaluate --out`.

    Attributes:
        folder: folder of the pictures.
        config: options of the run by name.
        held_out: fingerprint of the held-out images.
        values: metrics by name.
        baseline: baselines by name, where there are any.
    """

    folder: Path
    config: dict[str, Any]
    held_out: str
    values: dict[str, float]
    baseline: dict[str, float]


def read_evaluation(folder: Path) -> Evaluation:
    """Read what `write_evaluation` wrote.

    Raises:
        ValueError: if the file is missing or not whole.

    Example:

    >>> read_evaluation(Path("nowhere"))
    Traceback (most recent call last):
    ValueError: Expected a metrics.json of resgen evaluate --out in nowhere. Received: ...
    """
    try:
        content = rename_keys(json.loads((folder / METRICS_FILE).read_text(encoding="utf-8")))
        metrics = {
            rename_metric(name): pair
            for section in content["sections"]
            for name, pair in section["metrics"].items()
        }
        return Evaluation(
            folder,
            content["config"],
            content["held_out"],
            {name: float(value) for name, (value, _) in metrics.items()},
            {
                name: float(baseline)
                for name, (_, baseline) in metrics.items()
                if baseline is not None
            },
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"Expected a {METRICS_FILE} of resgen evaluate --out in {folder}. Received: {error}. "
            "Evaluate again."
        ) from error
