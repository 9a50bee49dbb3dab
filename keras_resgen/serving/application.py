"""The web application: addresses, limits and error responses."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from keras_resgen.serving.batching import Batcher
from keras_resgen.serving.names import VERSION
from keras_resgen.serving.predictions import (
    Request,
    RequestError,
    metadata,
    parse_request,
    respond,
    status,
)
from keras_resgen.serving.signatures import Arrays, Signature


@dataclass(frozen=True)
class Limits:
    """Limits of a server.

    Attributes:
        rows: largest number of rows in a request and in a batch.
        delay: seconds that a request waits for others to share its batch.
        request_bytes: largest size of a request.
        seconds: longest time in which a request must arrive.
    """

    rows: int = 64
    delay: float = 0.002
    request_bytes: int = 32 * 2**20
    seconds: float = 30.0


def application(
    model: str, signatures: Mapping[str, Signature], limits: Limits | None = None
) -> Starlette:
    """Return an ASGI application that computes signatures.

    It has the REST API of TensorFlow Serving under `/v1/models/MODEL`, and the health checks of
    KServe and Triton under `/v2/health`.

    Args:
        model: the model's name in addresses.
        signatures: by name, see `load_signatures`.
        limits: of requests and batches.

    Example:

    >>> application("faces", {}).routes[0].path
    '/v2/health/live'
    """
    limits = limits or Limits()
    threads = ThreadPoolExecutor(max_workers=1)  # ONNX Runtime uses all cores by itself
    batchers = {
        name: Batcher(signature, limits.rows, limits.delay, threads)
        for name, signature in signatures.items()
        if signature.variant_of is None
    }

    async def healthy(_: HttpRequest) -> Response:
        return Response()

    async def model_status(request: HttpRequest) -> Response:
        _check_model(request, model, _no_status)
        return _json(status())

    async def model_metadata(request: HttpRequest) -> Response:
        _check_model(request, model, _no_servable)
        return _json(metadata(model, signatures))

    async def predict(request: HttpRequest) -> Response:
        _check_model(request, model, _no_servable)
        body = await _body(request, limits)
        # Parsing a large request takes time, during which other requests are answered.
        parsed = await run_in_threadpool(_parsed, body, signatures, limits)
        batcher = batchers[parsed.signature.variant_of or parsed.signature.name]
        outputs = await batcher(parsed.inputs)
        return await run_in_threadpool(_respond, outputs, parsed)

    app = Starlette(
        routes=[
            Route("/v2/health/live", healthy),
            Route("/v2/health/ready", healthy),
            *_for_versions("", model_status, "GET"),
            *_for_versions("/metadata", model_metadata, "GET"),
            *_for_versions(":predict", predict, "POST"),
            Route("/v1/{rest:path}", _malformed, methods=["GET", "POST", "PUT", "DELETE"]),
        ],
        exception_handlers={HTTPException: _refused, RequestError: _refused, Exception: _failed},
    )
    app.state.batchers = batchers
    return app


def _for_versions(ending: str, endpoint, method: str) -> list[Route]:
    """Return the routes of an address with and without a version."""
    return [
        Route(f"/v1/models/{{model}}{version}{ending}", endpoint, methods=[method])
        for version in ("", "/versions/{version:int}")
    ]


def _check_model(
    request: HttpRequest, model: str, missing: Callable[[str, int | None], str]
) -> None:
    name, version = request.path_params["model"], request.path_params.get("version")
    if ":" in name:  # an action, such as :predict, with another HTTP method
        raise _malformed_error(request)
    if name != model or version not in (None, VERSION):
        raise HTTPException(404, missing(name, version))


# These are the texts of TensorFlow Serving, by which its clients recognize the errors.
def _no_servable(name: str, version: int | None) -> str:
    wanted = f"Latest({name})" if version is None else f"Specific({name}, {version})"
    return f"Servable not found for request: {wanted}"


def _no_status(name: str, version: int | None) -> str:
    wanted = "any versions" if version is None else f"version {version}"
    return f"Could not find {wanted} of model {name}"


def _malformed_error(request: HttpRequest) -> HTTPException:
    return HTTPException(400, f"Malformed request: {request.method} {request.url.path}")


async def _malformed(request: HttpRequest) -> Response:
    raise _malformed_error(request)


async def _body(request: HttpRequest, limits: Limits) -> bytes:
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                size += len(part)
                if size > limits.request_bytes:
                    raise HTTPException(
                        413,
                        f"A request must have at most {limits.request_bytes} bytes. Received: "
                        "more. Send fewer rows, or uint8 images.",
                    )
                parts.append(part)
    except TimeoutError:
        raise HTTPException(
            408, f"A request must arrive within {limits.seconds:g} s. Received: {size} bytes of it."
        ) from None
    except ClientDisconnect:  # nobody reads this, but it keeps the error out of the server's log
        raise HTTPException(
            400, f"A complete request is expected. Received: {size} bytes before the end."
        ) from None
    return b"".join(parts)


def _parsed(body: bytes, signatures: Mapping[str, Signature], limits: Limits) -> Request:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"JSON is expected. Received: {error}. Correct the request.") from None
    return parse_request(content, signatures, limits.rows)


def _respond(outputs: Arrays, request: Request) -> Response:
    return _json(respond(outputs, request))


def _json(content: object, status_code: int = 200) -> Response:
    # It also writes NumPy arrays, and float32 numbers with as few digits as they need.
    text = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(text, status_code, media_type="application/json")


def _refused(_: HttpRequest, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _json({"error": error.detail}, error.status_code)
    return _json({"error": str(error)}, 400)


def _failed(_: HttpRequest, error: Exception) -> Response:
    return _json({"error": f"The model could not be run: {error}"}, 500)
