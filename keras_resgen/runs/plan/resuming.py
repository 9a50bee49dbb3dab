"""What must hold for a run to go on."""

import keras

from keras_resgen.callbacks import Checkpoints
from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder


def check_same_schedule(config: RunConfig, epochs: int | None) -> None:
    """Raises if other epochs would bend the schedule of learning rates.

    Args:
        config: of the run.
        epochs: to train in all, or None for the configured number.

    Raises:
        ValueError: if the schedule is not constant and the epochs change.

    Example:

    >>> check_same_schedule(RunConfig(epochs=8), 20)
    """
    if epochs not in (None, config.epochs) and config.learning_rate_schedule != "constant":
        raise ValueError(
            f"The {config.learning_rate_schedule} schedule runs over the configured epochs. "
            f"Received: epochs={epochs} for a run of {config.epochs}. Leave it out, or train anew."
        )


def check_same_backend(run: RunFolder) -> None:
    """Raises a ValueError if the run was begun on another backend than this process has."""
    backend = keras.backend.backend()
    before = run.read_summary().get("backend", backend)
    if before != backend:
        raise ValueError(
            "A resumed run goes on with its backend, since each draws noise of its own. "
            f"Received: {backend} for a run of {before}. Set KERAS_BACKEND={before}."
        )


def check_same_images(run: RunFolder, config: RunConfig, images: ImageSet) -> None:
    """Raises a ValueError if these are not the images that the run was trained on."""
    if run.read_summary().get("data_fingerprint", images.fingerprint) != images.fingerprint:
        raise ValueError(
            "A resumed run goes on with the images it was trained on. "
            f"Received: {config.data}, which has changed. Put the images back, or train a new run."
        )


def check_unfinished(run: RunFolder, config: RunConfig, checkpoints: Checkpoints) -> None:
    """Raises a ValueError if nothing is left to do; the report is the last thing a run writes."""
    done = checkpoints.initial_epoch
    if not (run.weights.is_file() and run.report.is_file()):
        return
    if checkpoints.stopped:
        alarms = run.read_summary().get("alarms")
        raise ValueError(
            f"Expected a run with epochs left. Received: {run.path}, which had "
            + (f"ended by an alarm at {alarms[-1]}" if alarms else "lost patience")
            + f" after {done} epochs and is finished. "
            + ("Train a new run." if alarms else "Train a new run with a larger --patience.")
        )
    if done >= config.epochs:
        raise ValueError(
            f"Expected a run with epochs left. Received: {done} of {config.epochs} are done. "
            "Give a larger --epochs."
        )
