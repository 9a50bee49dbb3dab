"""A server of an export in another thread, and requests to it."""

import json
import threading
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from keras_resgen.serving.application import Limits, application
from keras_resgen.serving.server import start_server
from keras_resgen.serving.signatures import load_signatures
from tests.export.test_golden_exports import GOLDEN

VAE, CONDITIONAL = (next(GOLDEN.glob(f"*/{name}")) for name in ("vae", "wgan-gp"))
LIMITS = Limits(rows=8, delay=0.02, request_bytes=200_000, seconds=1.0)


def ask(address, body=None, data=None):
    """Return the status and the JSON of a response, to a POST if there is a body."""
    if body is not None:
        data = json.dumps(body).encode()
    request = urllib.request.Request(address, data=data)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="session")
def server():
    """A running server: its `address`, that of its `model`, `signatures` and `batchers`."""
    yield from serving(VAE)


@pytest.fixture(scope="session")
def conditional_server():
    """A server of a conditional model."""
    yield from serving(CONDITIONAL)


def serving(export, limits=LIMITS, name="faces"):
    signatures = load_signatures(export)
    app = application(name, signatures, limits)
    ready = threading.Event()
    with start_server(app, "127.0.0.1", 0, lambda address: ready.set()) as server:
        thread = threading.Thread(target=server.serve_until_stopped)
        thread.start()
        assert ready.wait(30)
        yield SimpleNamespace(
            export=export,
            address=server.address,
            model=f"{server.address}/v1/models/{name}",
            signatures=signatures,
            batchers=app.state.batchers,
        )
        server.should_exit = True
        thread.join()
