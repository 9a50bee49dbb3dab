"""The summary of a run: versions, machine, data, and what came out of training."""

import os
import platform
import sys
from typing import Any

import keras

from keras_resgen import __version__
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.files import write_json
from keras_resgen.metrics.reference import Reference
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.data import (
    HELD_OUT_ATTRIBUTES,
    DataPlan,
    Split,
    format_attributes,
)
from keras_resgen.runs.plan.monitoring import distribution_summary


def starting_summary(
    data: DataPlan, model: GenerativeModel, split: Split, real: Reference | None
) -> dict[str, Any]:
    """Return what is known of a run before it trains.

    Args:
        data: the data part of its plan.
        model: its model.
        split: its images.
        real: what its samples are compared with; None if they are not measured.
    """
    training, held_out = split
    attributes = data.attribute_labels(held_out)
    return {
        "keras_resgen": __version__,
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "versions": {
            name: sys.modules[name].__version__
            for name in ("keras", "numpy", "tensorflow", keras.backend.backend())
        },
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "training_images": len(training),
        "held_out_images": len(held_out),
        "data_fingerprint": training.fingerprint,
        "skipped_images": len(training.skipped),
        "parameters": {name: net.count_params() for name, net in model.networks.items()},
        **({} if real is None else {"distribution": distribution_summary(real)}),
        **({} if attributes is None else {HELD_OUT_ATTRIBUTES: format_attributes(attributes)}),
    }


def write_starting_summary(run: RunFolder, summary: dict[str, Any]) -> None:
    """Write the summary of a run that begins to train.

    Until there are new weights, the folder keeps those of an earlier end, and so does the summary
    keep their epoch.

    Args:
        run: its folder.
        summary: see `starting_summary`.
    """
    earlier = run.read_summary().get("kept_epoch") if run.weights.is_file() else None
    write_json(run.summary_file, summary | ({"kept_epoch": earlier} if earlier else {}))


def write_final_summary(
    run: RunFolder,
    summary: dict[str, Any],
    *,
    epochs: int,
    best_epoch: int | None,
    failure: str | None,
    alarms: list[tuple[int, str]],
) -> None:
    """Write the summary of a run that has ended.

    Args:
        run: its folder.
        summary: see `starting_summary`.
        epochs: the largest number of epochs.
        best_epoch: the epoch with the best weights; None if the last weights are kept.
        failure: which metric or weight became NaN or infinite, if one did.
        alarms: epochs and texts.
    """
    lines = read_metrics(run.metrics)
    # The weights of an epoch that failed are those of the epoch before it.
    kept = len(lines) - (failure is not None)
    if best_epoch is not None:
        kept = min(best_epoch, kept)
    write_json(
        run.summary_file,
        {
            **summary,
            "epochs": len(lines),
            "kept_epoch": kept,
            "stopped_early": len(lines) < epochs and failure is None,
            "failure": failure,
            "alarms": [f"epoch {epoch}: {text}" for epoch, text in alarms],
            "seconds": round(sum(line["seconds"] for line in lines), 1),
            "peak_memory_mib": peak_memory(),
        },
    )


def peak_memory() -> int | None:
    """Return the largest memory of this process so far, in MiB; None where it is not known.

    The memory of a GPU is not included.
    """
    try:
        import resource
    except ImportError:  # as on Windows
        return None
    units = 2**20 if sys.platform == "darwin" else 2**10  # in a MiB, as the system counts
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // units
