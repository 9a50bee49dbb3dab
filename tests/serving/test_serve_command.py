"""The command `resgen serve`, in a process of its own."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.serving.conftest import VAE, ask


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_a_signal_stops_it(number):
    command = [sys.executable, "-m", "keras_resgen", "serve", str(VAE), "--port", "0"]
    restore = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes, text=True, preexec_fn=restore) as server:
        assert server.stdout.readline().startswith("Signatures: encode, ")
        address = server.stdout.readline().split()[1]
        assert address.endswith("/v1/models/vae:predict")
        body = {"signature_name": "decode", "instances": [[0.0] * 4]}
        assert ask(address, body)[0] == 200
        hang_up(address)
        assert ask(address, body)[0] == 200
        server.send_signal(number)
        out, error = server.communicate(timeout=30)
        assert server.returncode == 0
        assert out.strip() == "Stopped."
        assert "Traceback" not in error


def hang_up(address):
    """Disconnect before the request is complete."""
    host, _, port = address.split("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = "POST /v1/models/vae:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(head.encode())
        time.sleep(0.2)


@pytest.mark.parametrize("name", ["a/b", "a:b", "..", "-v", "a b"])
def test_names_that_are_invalid_in_addresses_are_refused(resgen, name):
    code, _, error = resgen("serve", "no/export", "--name", name)
    assert code == 2
    assert f"Received: {name!r}. Choose another with --name." in " ".join(error.split())


def test_missing_packages_are_named_first(resgen, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "uvicorn" else found(name)
    )
    code, _, error = resgen("serve", "no/export")
    assert code == 2
    assert 'Received: no uvicorn. First: pip install "keras-resgen[serve]"' in " ".join(
        error.split()
    )


def test_a_changed_export_is_refused(resgen, tmp_path):
    export = shutil.copytree(VAE, tmp_path / "export")
    decoder = export / "decoder.onnx"
    decoder.write_bytes(decoder.read_bytes()[:-1] + b"\0")
    code, _, error = resgen("serve", export)
    assert code == 2
    assert "decoder.onnx was changed" in " ".join(error.split())


def test_a_port_in_use_is_an_error(resgen, server):
    code, _, error = resgen("serve", VAE, "--port", server.address.split(":")[-1])
    assert code == 2
    assert "in use" in error


def test_serving_needs_neither_tensorflow_nor_keras():
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('tensorflow', 'keras', 'tf2onnx')));"
        "from pathlib import Path;"
        "from keras_resgen.serving.application import application;"
        "from keras_resgen.serving.signatures import load_signatures;"
        f"print(len(load_signatures(Path({str(VAE)!r}))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "15", done.stderr
