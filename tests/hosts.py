"""Processes that train together, each taking itself for a host."""

import socket
import subprocess
import sys

from tests.backends import environment_of


def free_addresses(count=2):
    """Addresses of this machine that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return addresses


def start(backend, *arguments, **environment):
    """Starts Python with arguments on a backend."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_of(backend, TF_CPP_MIN_LOG_LEVEL="3", **environment),
    )


def finish(processes, timeout=240):
    """Waits for all, and returns `(exit code, output, errors)` of each; ends those that hang."""
    try:
        ends = [process.communicate(timeout=timeout) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *texts) for process, texts in zip(processes, ends, strict=True)]
