"""Serves a folder of files to this machine's browsers."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    # Python's own table is the operating system's, which may not know these.
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".onnx": "application/octet-stream",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing of each request."""


def serve_folder(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Returns a server of a folder's files, to this machine alone.

    Args:
        folder: with an `index.html`.
        port: to listen at; any free one unless given.

    Returns:
        A server whose `serve_forever` answers until its `shutdown`; `server_port` says where.

    Raises:
        OSError: if something listens at the port already.

    Example:

    >>> with serve_folder(Path(".")) as server:
    ...     server.server_port > 0
    True
    """
    handler = partial(_Handler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
