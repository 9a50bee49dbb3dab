"""`resgen serve` and `resgen repository`."""

import importlib.util
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console

PACKAGES = ("starlette", "uvicorn", "orjson")


@command
def serve(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for all addresses.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen at; 0 for any free one.")
    ] = 8501,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the model in addresses.  [default: the name of the export]"),
    ] = None,
    max_batch: Annotated[
        int, typer.Option(min=1, help="Largest number of rows in a request and in a batch.")
    ] = 64,
    batch_delay_ms: Annotated[
        float, typer.Option(min=0, help="How long a request waits for others to share its batch.")
    ] = 2.0,
    max_request_mib: Annotated[int, typer.Option(min=1, help="Largest size of a request.")] = 32,
) -> None:
    """Serve an export over HTTP, by the REST API of TensorFlow Serving."""
    if missing := [package for package in PACKAGES if not importlib.util.find_spec(package)]:
        raise ImportError(
            f"Serving needs {', '.join(PACKAGES)}. Received: no {', '.join(missing)}. "
            'First: pip install "keras-resgen[serve]".'
        )
    from keras_resgen.serving.application import Limits, application
    from keras_resgen.serving.names import model_name
    from keras_resgen.serving.server import start_server
    from keras_resgen.serving.signatures import load_signatures

    model = model_name(export, name)
    signatures = load_signatures(export)
    limits = Limits(max_batch, batch_delay_ms / 1000, request_bytes=max_request_mib * 2**20)
    console.print(f"Signatures: {', '.join(signatures)}", highlight=False)
    app = application(model, signatures, limits)

    def ready(address: str) -> None:
        console.print(f"Ready: {address}/v1/models/{model}:predict", soft_wrap=True)

    with start_server(app, host, port, ready) as server, suppress(KeyboardInterrupt):
        # uvicorn shuts down at either signal, and then raises it again.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server.serve_until_stopped()
    console.print("Stopped.")


@command
def repository(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
    server: Annotated[str, typer.Option(help="Server to write for: tensorflow-serving or triton.")],
    out: Annotated[Path, typer.Option(help="Folder of the repository to make.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the model.  [default: the name of the export]")
    ] = None,
) -> None:
    """Write an export as a model repository of TensorFlow Serving or Triton."""
    from keras_resgen.serving.repositories import write_repository

    command = write_repository(export, out, server, name)
    console.print(f"Models: {out}", highlight=False, soft_wrap=True)
    console.print(command, highlight=False, markup=False, soft_wrap=True)
