"""Stops a training that has left the numbers."""

import math
from typing import Any

import keras
import numpy as np


class FiniteGuard(keras.callbacks.Callback):
    """Stops training when any logged metric is NaN or infinite, and puts back finite weights.

    `keras.callbacks.TerminateOnNaN` reads only `loss`, which a GAN does not have, and leaves the
    model spoilt. This one keeps the weights of the last epoch after which every metric and every
    weight was finite (the initial ones before that) and restores them.

    Put it before callbacks that compare metrics, such as `EarlyStopping`, whose best value would
    otherwise be NaN for ever.

    Attributes:
        failure: None, or a sentence that says what was not finite, and when.

    Example:

    >>> guard = FiniteGuard()
    >>> guard.failure is None
    True
    """

    state_attributes = ("_finite_weights",)

    def __init__(self) -> None:
        super().__init__()
        self.failure: str | None = None
        self._finite_weights: list[np.ndarray] = []
        self._epoch = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keeps the weights training starts with."""
        self.failure = None
        self._finite_weights = self._weights()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Notes which epoch it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the metrics after every batch."""
        self._check_metrics(logs, f"epoch {self._epoch + 1}, batch {batch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the metrics, validation's among them, and at the weights."""
        if self.failure is None:
            self._check_metrics(logs, f"epoch {epoch + 1}")
        if self.failure is not None:
            return
        weights = self._weights()
        if all(np.isfinite(weight).all() for weight in weights):
            self._finite_weights = weights
        else:
            self._stop(f"a weight is not finite after epoch {epoch + 1}")

    def _check_metrics(self, logs: dict[str, Any] | None, when: str) -> None:
        broken = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if broken and self.failure is None:
            self._stop(f"{', '.join(broken)} not finite at {when}")

    def _stop(self, failure: str) -> None:
        self.failure = failure
        for variable, weight in zip(self._variables(), self._finite_weights, strict=True):
            variable.assign(weight)
        self.model.stop_training = True

    def _variables(self) -> list[keras.Variable]:
        """The weights, and their moving averages, with which Keras replaces them in the end."""
        averages = getattr(self.model.optimizer, "averages", [])
        return [*self.model.weights, *(average for _, average in averages)]

    def _weights(self) -> list[np.ndarray]:
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self._variables()]
