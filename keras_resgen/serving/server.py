"""The server that runs the web application."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

STOP_SECONDS = 5  # Docker kills processes after 10


class Server(uvicorn.Server):
    """A server that listens at a port.

    Attributes:
        address: the URL of the server.
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
        """Start to answer requests, and call `ready`."""
        await super().startup(sockets)
        if self.started:
            self._ready(self.address)

    def serve_until_stopped(self) -> None:
        """Answer requests until Ctrl-C, SIGTERM or `should_exit`.

        Requests that are being computed are still answered.
        """
        self.run([self._listening])


@contextmanager
def start_server(
    app: Starlette, host: str, port: int, ready: Callable[[str], None] = lambda address: None
) -> Iterator[Server]:
    """Yield a server of an application.

    Args:
        app: returned by `keras_resgen.serving.application.application`.
        host: address to listen at.
        port: 0 for any free one.
        ready: called with the address when the server answers requests.

    Raises:
        OSError: if the port is in use.
    """
    with socket.create_server((host, port)) as listening:
        yield Server(app, listening, ready)
