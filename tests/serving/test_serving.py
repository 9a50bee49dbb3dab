"""A server returns what the networks compute, and explains errors of requests."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from keras_resgen.export import load_export
from keras_resgen.serving.application import Limits
from tests.serving.conftest import LIMITS, VAE, ask, serving

RNG = np.random.default_rng(0)
LATENTS = RNG.standard_normal((3, 4)).astype("float32")
IMAGES = RNG.integers(0, 256, (2, 32, 32, 1))


def test_the_server_is_alive_and_ready(server):
    assert ask(f"{server.address}/v2/health/live") == (200, None)
    assert ask(f"{server.address}/v2/health/ready") == (200, None)


def test_the_status_has_the_form_of_tensorflow_serving(server):
    for address in (server.model, f"{server.model}/versions/1"):
        code, content = ask(address)
        assert code == 200
        assert content["model_version_status"][0]["state"] == "AVAILABLE"


def test_the_metadata_describe_every_input_and_output(server):
    code, content = ask(f"{server.model}/metadata")
    assert code == 200
    signatures = content["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {
        *("encode", "decode", "generate", "posterior", "draw", "move"),
        *("reconstruct", "sample", "edit"),
        *("encode_uint8", "decode_uint8", "generate_uint8"),
        *("reconstruct_uint8", "sample_uint8", "edit_uint8"),
    }
    edit = signatures["edit_uint8"]["inputs"]
    assert edit["images"]["dtype"] == "DT_UINT8"
    assert [d["size"] for d in edit["images"]["tensor_shape"]["dim"]] == ["-1", "32", "32", "1"]
    assert [d["size"] for d in edit["strengths"]["tensor_shape"]["dim"]] == ["-1", "2"]


@pytest.mark.parametrize("version", ["", "/versions/1"])
def test_rows_and_columns_give_the_same(server, version):
    expected = load_export(server.export).generate(LATENTS)
    address = f"{server.model}{version}:predict"
    rows = LATENTS.tolist()
    for body, key in (
        ({"instances": rows}, "predictions"),
        ({"instances": [{"latents": row} for row in rows]}, "predictions"),
        ({"inputs": rows}, "outputs"),
        ({"inputs": {"latents": rows}}, "outputs"),
    ):
        code, content = ask(address, {"signature_name": "generate", **body})
        assert code == 200
        np.testing.assert_allclose(content[key], expected, atol=1e-6)


def test_several_outputs_have_names(server):
    mean, log_variance = load_export(server.export).posterior(IMAGES / np.float32(255))
    body = {"signature_name": "encode_uint8", "instances": IMAGES.tolist()}
    _, content = ask(f"{server.model}:predict", body)
    assert len(content["predictions"]) == 2
    row = content["predictions"][1]
    np.testing.assert_allclose(row["mean"], mean[1], atol=1e-5)
    np.testing.assert_allclose(row["log_variance"], log_variance[1], atol=1e-5)
    body = {"signature_name": "encode_uint8", "inputs": {"images": IMAGES.tolist()}}
    _, content = ask(f"{server.model}:predict", body)
    np.testing.assert_allclose(content["outputs"]["mean"], mean, atol=1e-5)


def test_chained_networks_edit_sample_and_reconstruct(server):
    model = load_export(server.export)
    codes = model.encode(IMAGES / np.float32(255))
    moved = model.move(codes, {"Smiling": 1.5, "Eyeglasses": -0.5})
    strengths = [[1.5, -0.5]] * 2
    images = IMAGES.tolist()
    for name, inputs, expected in (
        ("edit_uint8", {"images": images, "strengths": strengths}, model.generate(moved)),
        ("reconstruct_uint8", {"images": images}, model.generate(codes)),
    ):
        body = {"signature_name": name, "inputs": inputs}
        code, content = ask(f"{server.model}:predict", body)
        assert code == 200, content
        assert np.abs(np.array(content["outputs"]) - 255 * expected).max() <= 1
        assert isinstance(content["outputs"][0][0][0][0], int)
    noise = RNG.standard_normal((2, 4)).astype("float32")
    latents = server.signatures["draw"].run({"noise": noise})["latents"]
    body = {"signature_name": "sample", "instances": noise.tolist()}
    _, content = ask(f"{server.model}:predict", body)
    np.testing.assert_allclose(content["predictions"], model.generate(latents), atol=1e-6)


def test_attributes_are_an_input_of_a_conditional_model(conditional_server):
    attributes = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    instances = [
        {"latents": row, "attributes": values}
        for row, values in zip(LATENTS.tolist(), attributes, strict=True)
    ]
    body = {"signature_name": "generate", "instances": instances}
    code, content = ask(f"{conditional_server.model}:predict", body)
    assert code == 200, content
    expected = load_export(conditional_server.export).generate(LATENTS, attributes)
    np.testing.assert_allclose(content["predictions"], expected, atol=1e-6)


def test_simultaneous_requests_share_batches_and_get_their_own_rows(server):
    latents = RNG.standard_normal((32, 2, 4)).astype("float32")
    batcher = server.batchers["decode"]
    before = batcher.runs

    def asked(rows):
        body = {"signature_name": "decode", "instances": rows.tolist()}
        code, content = ask(f"{server.model}:predict", body)
        assert code == 200, content
        return content["predictions"]

    with ThreadPoolExecutor(32) as clients:
        found = np.array(list(clients.map(asked, latents)))
    expected = load_export(server.export).generate(latents.reshape(-1, 4))
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-5)
    assert 64 / LIMITS.rows <= batcher.runs - before < 32


ROW = LATENTS[0].tolist()
BAD = [
    ([1, 2], '"instances" or "inputs"'),
    ({"signature_name": "generate"}, '"instances" or "inputs"'),
    ({"instances": [ROW], "inputs": [ROW]}, "Received: ['inputs', 'instances']"),
    ({"instances": [ROW], "more": 1}, "Received: ['instances', 'more']"),
    ({"instances": [ROW]}, "signature_name must be one of"),
    ({"signature_name": 3, "instances": [ROW]}, "signature_name must be one of"),
    ({"signature_name": "paint", "instances": [ROW]}, "Received: 'paint'"),
    ({"signature_name": "generate", "instances": []}, "must be a list of rows"),
    ({"signature_name": "generate", "instances": {"latents": ROW}}, "must be a list of rows"),
    ({"signature_name": "generate", "inputs": []}, "Received: an array of shape [0]"),
    ({"signature_name": "generate", "instances": [[1.0]]}, "shape [1, 1]"),
    ({"signature_name": "generate", "instances": [ROW, [1.0]]}, "different lengths"),
    ({"signature_name": "generate", "instances": [["a"] * 4]}, "of numbers"),
    ({"signature_name": "generate", "instances": [[1e300] * 4]}, "finite numbers"),
    ({"signature_name": "generate", "instances": [[True] * 4]}, "of numbers"),
    ({"signature_name": "generate", "instances": [{"codes": ROW}]}, "Received: ['codes']"),
    ({"signature_name": "generate", "instances": [{"latents": ROW}, ROW]}, "the same inputs"),
    ({"signature_name": "generate", "instances": [ROW] * 9}, "From 1 to 8 rows"),
    (
        {"signature_name": "move", "inputs": {"codes": [ROW], "strengths": [[1, 0]] * 2}},
        "the same number of all inputs",
    ),
    (
        {"signature_name": "encode_uint8", "instances": np.full((1, 32, 32, 1), 256).tolist()},
        "from 0 to 255",
    ),
    (
        {"signature_name": "encode_uint8", "instances": np.full((1, 32, 32, 1), 0.5).tolist()},
        "from 0 to 255",
    ),
]


@pytest.mark.parametrize(("body", "message"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_a_wrong_request_gets_an_error_that_says_why(server, body, message):
    code, content = ask(f"{server.model}:predict", body)
    assert code == 400
    assert list(content) == ["error"]
    assert message in content["error"]


@pytest.mark.parametrize(
    ("name", "inputs", "output"),
    [
        ("move", {"codes": [[3e38] * 4], "strengths": [[3e38, 3e38]]}, "latents"),
        ("edit_uint8", {"images": IMAGES[:1].tolist(), "strengths": [[3e38, 3e38]]}, "edited"),
    ],
)
def test_outputs_that_are_not_finite_are_an_error_of_their_own_request_only(
    server, name, inputs, output
):
    good = {key: np.zeros_like(value).tolist() for key, value in inputs.items()}
    bodies = [{"signature_name": name, "inputs": given} for given in (inputs, good)]
    with ThreadPoolExecutor(2) as clients:
        bad, fine = clients.map(lambda body: ask(f"{server.model}:predict", body), bodies)
    assert (bad[0], f"whose {output} would not be finite" in bad[1]["error"]) == (400, True)
    assert fine[0] == 200


def test_requests_with_float_and_uint8_images_share_batches(server):
    batcher, bodies = server.batchers["encode"], []
    for i in range(8):
        suffix, images = (("_uint8", IMAGES), ("", IMAGES / 255))[i % 2]
        bodies.append({"signature_name": f"encode{suffix}", "inputs": images[:1].tolist()})
    before = batcher.runs
    with ThreadPoolExecutor(8) as clients:
        found = list(clients.map(lambda body: ask(f"{server.model}:predict", body), bodies))
    codes = np.array([content["outputs"]["mean"] for _, content in found])
    np.testing.assert_allclose(codes, codes[:1].repeat(8, axis=0), atol=1e-5)
    assert batcher.runs - before < 8


def test_the_server_stops_although_a_client_does_not_read(monkeypatch):
    monkeypatch.setattr("keras_resgen.serving.server.STOP_SECONDS", 1)
    servers = serving(VAE, Limits(rows=1024))
    server = next(servers)
    host, port = server.address.removeprefix("http://").split(":")
    body = json.dumps({"signature_name": "decode", "instances": [[0.0] * 4] * 1024}).encode()
    head = f"POST /v1/models/faces:predict HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((host, int(port)))
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        assert connection.recv(12) == b"HTTP/1.1 200"  # and nothing more of five million bytes
        start = time.monotonic()
        assert list(servers) == []
    assert 1 <= time.monotonic() - start < 20


def test_a_request_without_json_gets_an_error(server):
    for text in (b"", b"{", b"\xff", b'{"instances": [NaN]}', b"[1e400]"):
        code, content = ask(f"{server.model}:predict", data=text)
        assert (code, "JSON is expected" in content["error"]) == (400, True)


def test_other_addresses_and_models_are_not_found(server):
    for method, path, code, message in (
        ("GET", "/v1/models/cats", 404, "Could not find any versions of model cats"),
        ("GET", "/v1/models/faces/versions/2", 404, "Could not find version 2 of model faces"),
        ("GET", "/v1/models/cats/metadata", 404, "Servable not found for request: Latest(cats)"),
        ("POST", "/v1/models/cats:predict", 404, "Servable not found for request: Latest(cats)"),
        (
            "POST",
            "/v1/models/faces/versions/2:predict",
            404,
            "Servable not found for request: Specific(faces, 2)",
        ),
        *(
            (method, path, 400, f"Malformed request: {method} {path}")
            for method, path in (
                ("GET", "/v1/models/faces:predict"),
                ("POST", "/v1/models/faces"),
                ("POST", "/v1/models/faces:classify"),
                ("GET", "/v1/models/faces/labels/stable"),
                ("GET", "/v1/models/faces/versions/new"),
            )
        ),
        ("GET", "/", 404, "Not Found"),
    ):
        body = {} if method == "POST" else None
        assert ask(f"{server.address}{path}", body) == (code, {"error": message})


def test_large_requests_are_refused_before_they_are_read(server):
    code, content = ask(f"{server.model}:predict", data=b"[" * (LIMITS.request_bytes + 1))
    assert (code, "at most 200000 bytes" in content["error"]) == (413, True)


def test_slow_requests_time_out(server):
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = "POST /v1/models/faces:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
        start = time.monotonic()
        connection.sendall(head.encode())
        answer = connection.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 408")
    assert LIMITS.seconds <= time.monotonic() - start < 20


def test_a_failing_network_is_an_error_of_the_server(server, monkeypatch):
    def fail(inputs):
        raise RuntimeError("no memory")

    batcher = server.batchers["posterior"]
    broken = type(batcher.signature)(
        "posterior", batcher.signature.inputs, batcher.signature.outputs, fail
    )
    monkeypatch.setattr(batcher, "signature", broken)
    inputs = {name: [ROW] for name in batcher.signature.inputs}
    body = {"signature_name": "posterior", "inputs": inputs}
    code, content = ask(f"{server.model}:predict", body)
    assert (code, "no memory" in content["error"]) == (500, True)
    monkeypatch.undo()
    assert ask(f"{server.model}:predict", body)[0] == 200
