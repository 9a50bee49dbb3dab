"""A callback that stops training when a metric or a weight becomes NaN or infinite."""

import math
from typing import Any

import keras
import numpy as np


class FiniteGuard(keras.callbacks.Callback):
    """Callback that stops training when a metric or a weight becomes NaN or infinite.

    It restores the weights of the last epoch after which all metrics and weights were finite, or
    the initial weights. `keras.callbacks.TerminateOnNaN` checks only `loss`, which a GAN does not
    have, and keeps the broken weights.

    Put it before callbacks that compare metrics, such as `EarlyStopping`, whose best value could
    otherwise become NaN.

    Attributes:
        failure: None, or a message that says what was not finite, and when.

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
        """Keep the initial weights."""
        self.failure = None
        self._finite_weights = self._weights()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Store the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Check the metrics after each batch."""
        self._check_metrics(logs, f"epoch {self._epoch + 1}, batch {batch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Check the metrics, including those of validation, and the weights."""
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
        """The weights and their moving averages, which Keras assigns to them after training."""
        averages = getattr(self.model.optimizer, "averages", [])
        return [*self.model.weights, *(average for _, average in averages)]

    def _weights(self) -> list[np.ndarray]:
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self._variables()]
