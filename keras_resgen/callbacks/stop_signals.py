"""Ctrl-C and SIGTERM, put off until the work in hand is done."""

import signal
import threading
from types import FrameType
from typing import Any, Self

from keras_resgen.training.devices.hosts import on_all_hosts

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Puts off Ctrl-C and SIGTERM while it is entered, in the main thread.

    The first one is remembered for `agreed`, and later ones have their usual effect at
    once. A signal that the process ignores, as under `nohup`, stays ignored.

    Example:

    >>> with StopSignals() as signals:
    ...     signals.raise_for(signals.agreed())  # nothing has come
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Put the handlers in place."""
        self.received = None
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Put the former handlers back, and raises for a signal that nobody has asked after."""
        self._put_back()
        if kind is None:
            self.raise_for(self.received)

    def agreed(self) -> int | None:
        """Return the signal that has come, here or to another host, if there is one.

        All hosts must ask at the same point, and then do the same.
        """
        return int(on_all_hosts(self.received or 0).max()) or None

    def raise_for(self, number: int | None) -> None:
        """Raise what a signal stands for.

        Args:
            number: number of the signal; None if none has come.

        Raises:
            KeyboardInterrupt: after Ctrl-C.
            SystemExit: after SIGTERM, with the exit code of shells, 143.
        """
        if number is not None:
            self.received = None
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        if number is not None:
            raise SystemExit(128 + number)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler or signal.SIG_DFL)
        self._handlers = {}
