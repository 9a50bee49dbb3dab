"""A server of static files for browsers on this machine."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    # Python reads the table of the operating system, which may lack these types.
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".onnx": "application/octet-stream",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests."""


def serve_folder(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a folder's files that only this machine can reach.

    Args:
        folder: holds an `index.html`.
        port: to listen at; by default any free one.

    Returns:
        A server with `serve_forever`, `shutdown` and `server_port`.

    Raises:
        OSError: if the port is in use.

    Example:

    >>> with serve_folder(Path(".")) as server:
    ...     server.server_port > 0
    True
    """
    handler = partial(_Handler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
