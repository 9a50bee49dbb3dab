"""The state a run is resumed from."""

import os
from pathlib import Path
from typing import Any

import keras

from keras_resgen.callbacks.finite_guard import FiniteGuard


class RunCheckpoint(keras.callbacks.Callback):
    """Writes weights, optimizer slots and the noise generator's state after every epoch.

    The file is replaced in one rename, so that a run killed while writing keeps the last one.

    Args:
        path: file ending in `.weights.h5`; its folder exists.
        guard: comes before this callback; an epoch at which it stopped training is not saved, for
            it puts back the weights but not the optimizer's slots.

    Raises:
        ValueError: if the name ends otherwise.

    Example:

    >>> RunCheckpoint(Path("checkpoint.weights.h5")).path.name
    'checkpoint.weights.h5'
    """

    def __init__(self, path: Path, guard: FiniteGuard | None = None) -> None:
        super().__init__()
        if not str(path).endswith(".weights.h5"):
            raise ValueError(
                f"path must end in .weights.h5. Received: {path}. Keras chooses the format by it."
            )
        self.path = Path(path)
        self.guard = guard

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes the file."""
        if self.guard is None or self.guard.failure is None:
            save_weights(self.model, self.path)


def save_weights(model: keras.Model, path: Path) -> None:
    """Saves a model's weights and optimizer under a name that never holds half a file.

    Args:
        model: a built model.
        path: file ending in `.weights.h5`.
    """
    temporary = path.with_name(f".{path.name.removesuffix('.weights.h5')}.tmp.weights.h5")
    model.save_weights(temporary, overwrite=True)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, path)
