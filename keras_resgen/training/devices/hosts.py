"""The machines or processes that train one model together."""

import atexit
import hashlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_resgen.addresses import check_addresses, name_and_port

PROBE_SECONDS = 10.0
PROBES_MISSED = 3
SECONDS_TO_END = 5
SECONDS_TO_WAIT_FOR_OTHERS = 60


class LostHostError(RuntimeError):
    """Another host has ended or cannot be reached, so that training cannot continue."""


@dataclass(frozen=True)
class Hosts:
    """The hosts that train together, and the index of this one.

    Args:
        addresses: `name:port` of each host.
        index: index of this host.
        gather: maps an array to the array of all hosts' arrays; a collective operation.

    Example:

    >>> Hosts(("127.0.0.1:5001", "127.0.0.1:5002"), 1).names([0])
    'host 0 (127.0.0.1:5001)'
    """

    addresses: tuple[str, ...] = ("",)
    index: int = 0
    gather: Callable[[np.ndarray], np.ndarray] = lambda numbers: numbers[None]

    def names(self, indices: Sequence[int]) -> str:
        """Return names of some of the hosts for messages."""
        return ", ".join(f"host {i} ({self.addresses[i]})" for i in indices)

    def unreachable(self) -> list[int]:
        """Return the indices of the other hosts that do not answer."""
        others = [i for i in range(len(self.addresses)) if i != self.index]
        return [i for i in others if not _answers(self.addresses[i])]


_current = Hosts()  # the hosts of the running `distributed`
_joined: Hosts | None = None  # until the process ends


def current_hosts() -> Hosts:
    """Return the hosts that train together: this process alone, except within `distributed`.

    Example:

    >>> len(current_hosts().addresses)
    1
    """
    return _current


def on_all_hosts(numbers: Any) -> np.ndarray:
    """Return the numbers of every host; all hosts must call it at the same point.

    Args:
        numbers: integers below 2^31 in an array of the same shape on all hosts.

    Returns:
        An int32 array of shape `(hosts, *shape)`.

    Example:

    >>> on_all_hosts([1, 2])
    array([[1, 2]], dtype=int32)
    """
    return np.asarray(_current.gather(np.asarray(numbers, "int32")))


def check_same_on_all_hosts(what: str, text: str) -> None:
    """Raise a ValueError if a setting differs between hosts, which engines do not notice.

    Args:
        what: name of the setting, for the message.
        text: the setting as text.

    Raises:
        ValueError: on all hosts, if the texts differ.

    Example:

    >>> check_same_on_all_hosts("options", "width=32")
    """
    digests = on_all_hosts(list(hashlib.sha256(text.encode()).digest()))
    others = [i for i, digest in enumerate(digests) if (digest != digests[0]).any()]
    if others:
        raise ValueError(
            f"All hosts must be given the same {what}. Received: other {what} than host 0's on "
            f"{_current.names(others)}. Start all alike, but for --host and --out."
        )


def check_hosts(hosts: Sequence[str], host: int) -> None:
    """Raise a ValueError unless this process can join these hosts under this index.

    Args:
        hosts: addresses.
        host: index of this process among them.

    Raises:
        ValueError: for wrong addresses or indices, or if the process has joined other hosts.

    Example:

    >>> check_hosts((), 0)
    """
    check_addresses(hosts, host)
    if len(hosts) > 1 and _joined and _joined.addresses != tuple(hosts):
        raise ValueError(
            f"A process belongs to the same hosts until it ends. Received: {tuple(hosts)} after "
            f"{_joined.addresses}. Start another process."
        )


@contextmanager
def joined(
    join: Callable[[Sequence[str], int], Callable], hosts: Sequence[str], host: int
) -> Iterator[None]:
    """Join other hosts within the context; end the process with an error if they are lost.

    Args:
        join: the engine's function that connects with the others and returns `Hosts.gather`.
        hosts: addresses.
        host: index of this process among them.

    Raises:
        LostHostError: in place of any error, if another host does not answer then.
    """
    global _current, _joined
    if _joined is None:
        _joined = Hosts(tuple(hosts), host, join(hosts, host))
        if host == 0:
            atexit.register(_wait_for_others_to_end, _joined)
    _current = _joined
    ended = threading.Event()
    threading.Thread(target=_watch, args=(_current, ended), daemon=True).start()
    try:
        yield
        on_all_hosts(0)  # wait until all hosts are here
    except Exception as error:
        atexit.unregister(_wait_for_others_to_end)  # the others wait for this host
        # An ending process closes its connections one by one.
        for _ in range(SECONDS_TO_END):
            if lost := _current.unreachable():
                raise LostHostError(_message(_current, lost)) from error
            time.sleep(1)
        raise
    finally:
        ended.set()
        _current = Hosts()


def answer_probes(address: str) -> None:
    """Accept connections until the process ends, for engines that do not accept them.

    Args:
        address: `name:port`; only the port is used.
    """
    _, port = name_and_port(address)
    server = socket.create_server(("", int(port)), backlog=64)

    def answer() -> None:
        while True:
            server.accept()[0].close()

    threading.Thread(target=answer, daemon=True).start()


def _watch(hosts: Hosts, ended: threading.Event) -> None:
    """End the process when a host that has answered before no longer answers.

    Engines raise an error when a connection breaks, but wait forever for a machine that vanished.
    """
    missed: dict[int, int] = {}  # missed probes of hosts that have answered before
    while not ended.wait(PROBE_SECONDS):
        silent = hosts.unreachable()
        for i in range(len(hosts.addresses)):
            if i not in silent:
                missed[i] = 0
            elif i in missed:
                missed[i] += 1
        lost = [i for i, count in missed.items() if count >= PROBES_MISSED]
        if lost and not ended.is_set():
            print(f"Error: {_message(hosts, lost)}", file=sys.stderr, flush=True)
            os._exit(1)


def _wait_for_others_to_end(hosts: Hosts) -> None:
    """End the coordinating host last, since JAX aborts hosts that cannot sign off from it."""
    limit = time.monotonic() + SECONDS_TO_WAIT_FOR_OTHERS
    while len(hosts.unreachable()) < len(hosts.addresses) - 1 and time.monotonic() < limit:
        time.sleep(0.1)


def _message(hosts: Hosts, lost: Sequence[int]) -> str:
    return (
        f"All {len(hosts.addresses)} hosts must train together. Received: no answer from "
        f"{hosts.names(lost)}. Look there for the cause, then resume on every host."
    )


def _answers(address: str) -> bool:
    name, port = name_and_port(address)
    with suppress(OSError), socket.create_connection((name.strip("[]"), int(port)), timeout=3):
        return True
    return False
