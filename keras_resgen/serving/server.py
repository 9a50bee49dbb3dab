"""Runs the web application."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

STOP_SECONDS = 5  # Docker kills what has not ended after 10


class Server(uvicorn.Server):
    """A server that has its port.

    Attributes:
        address: where it answers.
    """

    def __init__(
        self, app: Starlette, listening: socket.socket, ready: Callable[[str], None]
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        super().__init__(config)
        host, port = listening.getsockname()[:2]
        self.address = f"http://{host}:{port}"
        self._listening = listening
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to answer, and says so."""
        await super().startup(sockets)
        if self.started:
            self._ready(self.address)

    def serve_until_stopped(self) -> None:
        """Answers until Ctrl-C, SIGTERM or `should_exit`.

        What is underway is still answered, to those that read their answers.
        """
        self.run([self._listening])


@contextmanager
def start_server(
    app: Starlette, host: str, port: int, ready: Callable[[str], None] = lambda address: None
) -> Iterator[Server]:
    """Gives a server of an application.

    Args:
        app: of `keras_resgen.serving.application.application`.
        host: address to listen at.
        port: 0 for any free one.
        ready: called with the address once it answers.

    Raises:
        OSError: if the port cannot be had.
    """
    with socket.create_server((host, port)) as listening:
        yield Server(app, listening, ready)
