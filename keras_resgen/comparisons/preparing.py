"""Checks before anything is trained, since hours later they would be too late."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from keras_resgen.comparisons.study import Entry
from keras_resgen.data.source_plan import Progress
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.data import Split, load_split
from keras_resgen.runs.plan.monitoring import resolve_monitoring
from keras_resgen.runs.plan.plan import resolve

# The options that determine a run's images and their split.
OF_IMAGES = (
    *("data", "image_size", "channels", "limit", "strict", "held_out", "split_seed"),
    *("attributes", "prior_attributes"),
)


def check_entries(
    entries: Sequence[Entry], *, data: str | None = None, progress: Progress | None = None
) -> None:
    """Raise unless all entries can be trained and their metrics will be comparable.

    Loads all images, and builds the model of every variant that is to be trained.

    Args:
        entries: entries of a study.
        data: the images of existing runs, if they have moved.
        progress: see `keras_resgen.data.load_images`.

    Raises:
        ValueError: as `train`, or if the variants are not measured on as many and the same held-out
            images.
        OSError: as `keras_resgen.data.load_images`.
    """
    splits: dict[tuple[Any, ...], Split] = {}
    measured = {}
    for entry in {entry.variant: entry for entry in reversed(entries)}.values():
        config = entry.config if data is None else dataclasses.replace(entry.config, data=data)
        key = tuple(getattr(config, name) for name in OF_IMAGES)
        if key not in splits:
            splits[key] = load_split(config, progress)
        split = splits[key]
        if entry.trained is None:
            plan = resolve(config)
            count = plan.sizes(plan.build(), split).measured
        else:
            count = resolve_monitoring(config).count(*split)
        measured[entry.variant] = (split.held_out.fingerprint, count)
    if len({fingerprint for fingerprint, _ in measured.values()}) > 1:
        raise ValueError(
            "Metrics are comparable on the same held-out images only. Received: variants with "
            f"other {_differing([entry.config for entry in entries])}. Compare these separately."
        )
    if len({count for _, count in measured.values()}) > 1:
        counts = {variant: count for variant, (_, count) in measured.items()}
        raise ValueError(
            "Distances are comparable for equal numbers of samples only. Received: measure_images "
            f"{counts}. Give all the same number."
        )


def _differing(configs: Sequence[RunConfig]) -> str:
    names = [n for n in OF_IMAGES if len({str(getattr(c, n)) for c in configs}) > 1]
    return ", ".join(names) or "images"
