"""What must hold for a run to be resumed."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_resgen.callbacks import Checkpoints
from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder


def resumed_config(run: RunFolder, changes: Mapping[str, Any]) -> RunConfig:
    """Return the configuration of a run with the changes that a resumed run may have.

    Args:
        run: the run to resume.
        changes: new values of `epochs`, `devices`, `hosts` and `host`; None keeps the old one.

    Raises:
        ValueError: if the run was trained on another backend than this process has, or other epochs
            would change its learning rate schedule.
    """
    config = run.read_config()
    epochs = changes.get("epochs")
    if epochs not in (None, config.epochs) and config.learning_rate_schedule != "constant":
        raise ValueError(
            f"The {config.learning_rate_schedule} schedule runs over the configured epochs. "
            f"Received: epochs={epochs} for a run of {config.epochs}. "
            "Leave epochs out, or train a new run."
        )
    backend = keras.backend.backend()
    before = run.read_summary().get("backend", backend)
    if before != backend:
        raise ValueError(
            "A run is resumed on the backend that it was started on, since each backend draws "
            f"other noise. Received: {backend} for a run of {before}. Set KERAS_BACKEND={before}."
        )
    changed = {name: value for name, value in changes.items() if value is not None}
    return RunConfig.from_dict(config.to_dict() | changed)


def check_same_images(run: RunFolder, source: str, images: ImageSet) -> None:
    """Raise a ValueError if these are not the images that the run was trained on.

    Args:
        run: the run to resume.
        source: specification of the images, for the message.
        images: the training images now.
    """
    if run.read_summary().get("data_fingerprint", images.fingerprint) != images.fingerprint:
        raise ValueError(
            "A run is resumed with the images that it was trained on. "
            f"Received: {source}, which has changed. Put the images back, or train a new run."
        )


def check_unfinished(run: RunFolder, epochs: int, checkpoints: Checkpoints) -> None:
    """Raise a ValueError if nothing is left to do; the report is the last file that a run writes.

    Args:
        run: the run to resume.
        epochs: largest number of epochs.
        checkpoints: its checkpoints.
    """
    done = checkpoints.initial_epoch
    if not (run.weights.is_file() and run.report.is_file()):
        return
    if checkpoints.stopped:
        alarms = run.read_summary().get("alarms")
        raise ValueError(
            f"Expected a run with epochs left. Received: {run.path}, which was stopped "
            + (f"by an alarm at {alarms[-1]}" if alarms else "early")
            + f" after {done} epochs and is finished. "
            + ("Train a new run." if alarms else "Train a new run with a larger --patience.")
        )
    if done >= epochs:
        raise ValueError(
            f"Expected a run with epochs left. Received: {done} of {epochs} are done. "
            "Give a larger --epochs."
        )
