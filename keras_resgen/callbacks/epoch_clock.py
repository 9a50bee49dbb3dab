"""The seconds of an epoch, over all the sessions that trained it."""

import time
from typing import Any

import keras


class EpochClock(keras.callbacks.Callback):
    """Measures the epoch under way; `Checkpoints` lets it go on where an epoch was cut short.

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
        """Since the epoch began."""
        return time.perf_counter() - self._start

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        self._start = time.perf_counter() - seconds

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock."""
        self.seconds = 0.0
