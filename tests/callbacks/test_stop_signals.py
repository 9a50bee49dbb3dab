import os
import signal
import threading
from contextlib import suppress

import pytest

from keras_resgen.callbacks.stop_signals import StopSignals


def test_the_second_interrupt_ends_at_once():
    reached = []
    with suppress(KeyboardInterrupt), StopSignals():
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("after the first")
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("after the second")
    assert reached == ["after the first"]


def test_what_a_process_ignores_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopSignals() as signals:
            os.kill(os.getpid(), signal.SIGINT)
            assert signals.received is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_nobody_asked_after_is_not_lost():
    with pytest.raises(SystemExit) as stop, StopSignals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.value.code == 143


def test_other_threads_leave_signals_alone():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def inside():
        with StopSignals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [before]
