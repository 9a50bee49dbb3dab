"""Ctrl-C and SIGTERM, put off until the work in hand is done."""

import signal
import threading
from types import FrameType
from typing import Any, Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Puts off Ctrl-C and SIGTERM while it is entered, in the main thread.

    The first one is remembered for `raise_received`, and later ones have their usual effect at
    once. A signal that the process ignores, as under `nohup`, stays ignored.

    Example:

    >>> with StopSignals() as signals:
    ...     signals.raise_received()  # nothing has come
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Puts the handlers in place."""
        self.received = None
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Puts the former handlers back, and raises for a signal that nobody has asked after."""
        self._put_back()
        if kind is None:
            self.raise_received()

    def raise_received(self) -> None:
        """Raises if a signal has come.

        Raises:
            KeyboardInterrupt: after Ctrl-C.
            SystemExit: after SIGTERM, with the exit code of shells, 143.
        """
        number, self.received = self.received, None
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
