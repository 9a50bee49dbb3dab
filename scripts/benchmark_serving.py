#!/usr/bin/env python
"""How many requests per second does `resgen serve` answer, with batching and without?

    python scripts/benchmark_serving.py exports/faces64

Each client asks for one image at a time, over one connection. The two servers run side by side in
processes of their own, rounds alternate between them, and the medians over rounds are compared.
"""

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

MAX_BATCH = {"alone": 1, "batched": 64}


@contextmanager
def serve(export: Path, max_batch: int) -> Iterator[SplitResult]:
    """Serve an export in a process of its own, and yield the model's address."""
    arguments = ["serve", str(export), "--port", "0", "--max-batch", str(max_batch)]
    command = [sys.executable, "-m", "keras_resgen", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if line.startswith("Ready: "))
            yield urlsplit(ready.split()[1].removesuffix(":predict"))
        finally:
            process.terminate()


def measure_rate(address: SplitResult, signature: str, clients: int, requests: int) -> float:
    """Return the answers per second of one round."""
    body = make_body(address, signature)
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        futures = [pool.submit(send_requests, address, body, requests) for _ in range(clients)]
        for future in futures:
            future.result()
        return clients * requests / (time.perf_counter() - start)


def make_body(address: SplitResult, signature: str) -> str:
    """Return a request for one random vector of the signature's length."""
    connection = http.client.HTTPConnection(address.netloc)
    connection.request("GET", f"{address.path}/metadata")
    metadata = json.load(connection.getresponse())["metadata"]
    (tensor,) = metadata["signature_def"]["signature_def"][signature]["inputs"].values()
    size = int(tensor["tensor_shape"]["dim"][1]["size"])
    row = np.random.default_rng(0).standard_normal(size)
    return json.dumps({"signature_name": signature, "instances": [row.tolist()]})


def send_requests(address: SplitResult, body: str, count: int) -> None:
    """Send requests one after the other, over one connection."""
    connection = http.client.HTTPConnection(address.netloc)
    for _ in range(count):
        connection.request("POST", f"{address.path}:predict", body)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(content.decode())


def main(
    export: Annotated[Path, typer.Argument(help="Folder of the export.")],
    signature: Annotated[
        str, typer.Option(help="Signature with one input, a vector.")
    ] = "generate_uint8",
    clients: Annotated[int, typer.Option(help="Clients at the same time.")] = 16,
    requests: Annotated[int, typer.Option(help="Requests of each client in a round.")] = 20,
    rounds: Annotated[int, typer.Option(help="Rounds of each server.")] = 5,
) -> None:
    """Print a table of rates."""
    rates: dict[str, list[float]] = {name: [] for name in MAX_BATCH}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serve(export, max_batch))
            for name, max_batch in MAX_BATCH.items()
        }
        for i in range(rounds + 1):
            for name, address in servers.items():
                rate = measure_rate(address, signature, clients, requests)
                if i > 0:  # the first round warms up
                    rates[name].append(rate)
    alone = statistics.median(rates["alone"])
    table = Table("server", "requests/s", "minimum", "maximum", "vs. alone")
    for name, found in rates.items():
        median = statistics.median(found)
        numbers = (f"{rate:.0f}" for rate in (median, min(found), max(found)))
        table.add_row(name, *numbers, f"{median / alone:.2f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
