"""Early stopping that keeps the weights its metric is of, and knows the metric's noise."""

import math
import warnings
from typing import Any

import keras

from keras_resgen.callbacks.metric_names import error_name


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's `EarlyStopping` for a `PhasedModel`, whose best weights may be moving averages.

    Where the optimizer keeps averages, validation measures these, so `restore_best_weights` must
    keep these too, and not the latest weights, whose metric nobody knows.

    A metric that comes with its standard error, such as `val_frechet_faces` with
    `val_frechet_faces_error`, renews patience only where it is better by more than this error than
    when it last did: many small steps add up, noise does not. The weights that are kept are the
    best of all, by however little.

    Epochs in which the metric is not measured are passed over, and cost no patience.

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
        # A float, since Keras turns its sign where less is better, which 0 would not show.
        self.min_delta = self._least_delta
        self.best_of_all: float | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forgets an earlier training."""
        super().on_train_begin(logs)
        self.best_of_all = None

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Brings back the best weights; warns if the metric never came."""
        super().on_train_end(logs)
        if self.best is None and self.start_from_epoch == 0:
            warnings.warn(
                f"Early stopping goes by {self.monitor}. Received: no such metric in the logs. "
                "Put what logs it before EarlyStopping.",
                stacklevel=2,
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compares the metric, and keeps the weights if it is the best."""
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
