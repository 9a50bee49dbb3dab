"""The duration of an epoch, over all sessions that trained it."""

import time
from typing import Any

import keras


class EpochClock(keras.callbacks.Callback):
    """Callback that measures the duration of the current epoch, also of a resumed one.

    Example:

    >>> clock = EpochClock()
    >>> clock.seconds = 60.0
    >>> clock.seconds >= 60
    True
    """

    state_attributes = ("seconds",)

    def __init__(self) -> None:
        super().__init__()
        self._start = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the epoch began."""
        return time.perf_counter() - self._start

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        self._start = time.perf_counter() - seconds

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self.seconds = 0.0
