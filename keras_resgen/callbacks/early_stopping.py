"""Early stopping that restores the best weights and ignores changes within standard error."""

import math
import warnings
from typing import Any

import keras

from keras_resgen.callbacks.metric_names import error_name


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Early stopping that restores the best weights and ignores changes within standard error.

    If the optimizer keeps moving averages of weights, validation uses these, and
    `restore_best_weights` restores these.

    If a metric is logged with its standard error, such as `val_frechet_faces` with
    `val_frechet_faces_error`, an improvement resets the patience only if it exceeds the standard
    error. Small improvements add up. The restored weights are the best of all epochs, by whatever
    margin.

    Epochs in which the metric is not measured do not count.

    Takes the arguments of `keras.callbacks.EarlyStopping`.

    Example:

    >>> EarlyStopping("val_loss", patience=3, restore_best_weights=True).patience
    3
    """

    state_attributes = (
        "wait",
        "best",
        "best_epoch",
        "best_weights",
        "stopped_epoch",
        "best_of_all",
    )

    min_delta: float
    best_epoch: int
    best_weights: list[Any] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._least_delta = float(self.min_delta)
        # A float, since Keras flips its sign for mode "min", which an integer 0 does not keep.
        self.min_delta = self._least_delta
        self.best_of_all: float | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Reset the state."""
        super().on_train_begin(logs)
        self.best_of_all = None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Restore the best weights, and warn if the metric was never logged."""
        super().on_train_end(logs)
        if self.best is None and self.start_from_epoch == 0:
            warnings.warn(
                f"EarlyStopping expected the metric {self.monitor}. Received: logs without it. "
                "Put the callback that logs it before EarlyStopping.",
                stacklevel=2,
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compare the metric, and keep the weights if it is the best."""
        logs = logs or {}
        if self.monitor not in logs:
            return
        error = float(logs.get(error_name(self.monitor), 0.0))
        self.min_delta = math.copysign(max(self._least_delta, error), self.min_delta)
        kept = self.best_epoch, self.best_weights
        with self.model.averaged_weights():
            super().on_epoch_end(epoch, logs)
            if self.best is None:  # before start_from_epoch
                return
            current = logs[self.monitor]
            if self.best_of_all is None or self.monitor_op(current, self.best_of_all):
                self.best_of_all = float(current)
                self.best_epoch = epoch
                if self.restore_best_weights:
                    self.best_weights = self.model.get_weights()
            else:
                self.best_epoch, self.best_weights = kept
