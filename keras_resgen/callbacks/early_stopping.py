"""Early stopping that keeps the weights its figure is of."""

from typing import Any

import keras


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's `EarlyStopping` for a `PhasedModel`, whose best weights may be moving averages.

    Where the optimizer keeps averages, validation measures these, so `restore_best_weights` must
    keep these too, and not the latest weights, whose figure nobody knows.

    Takes the arguments of `keras.callbacks.EarlyStopping`.

    Example:

    >>> EarlyStopping("val_loss", patience=3, restore_best_weights=True).patience
    3
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compares the figure, and keeps the weights if it is the best."""
        with self.model.averaged_weights():
            super().on_epoch_end(epoch, logs)
