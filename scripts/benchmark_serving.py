"""Requests a second that `resgen serve` answers, with batching and without.

python scripts/benchmark_serving.py exports/faces64

Each client asks for one image at a time, over one connection. The servers run side by side in
processes of their own, and rounds alternate between them; the median round counts.
"""

from __future__ import annotations

import argparse
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
from urllib.parse import urlsplit

import numpy as np
from rich.console import Console
from rich.table import Table

MOST_ROWS = {"alone": 1, "batched": 64}


def main() -> None:
    """Prints a table of rates."""
    options = _parse_arguments()
    rates: dict[str, list[float]] = {name: [] for name in MOST_ROWS}
    with ExitStack() as stack:
        addresses = {
            name: stack.enter_context(_served(options.export, rows))
            for name, rows in MOST_ROWS.items()
        }
        for counted in [False] + [True] * options.rounds:  # the first warms up
            for name, address in addresses.items():
                rate = _rate(address, options)
                if counted:
                    rates[name].append(rate)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    table = Table("server", "requests/s", "from", "to", "share")
    for name, found in rates.items():
        metrics = (medians[name], min(found), max(found))
        table.add_row(
            name, *(f"{f:.0f}" for f in metrics), f"{medians[name] / medians['alone']:.2f}"
        )
    Console().print(table)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("--signature", default="generate_uint8", help="of one input of vectors")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--requests", type=int, default=20, help="of each client in a round")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


@contextmanager
def _served(export: Path, most_rows: int) -> Iterator[str]:
    """Address of the model, in a process of its own."""
    arguments = ["serve", str(export), "--port", "0", "--max-batch", str(most_rows)]
    command = [sys.executable, "-m", "keras_resgen", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if line.startswith("Ready: "))
            yield ready.split()[1].removesuffix(":predict")
        finally:
            process.terminate()


def _rate(address: str, options: argparse.Namespace) -> float:
    parts = urlsplit(address)
    with ThreadPoolExecutor(options.clients) as clients:
        body = _body(parts, options.signature)
        start = time.perf_counter()
        for done in [
            clients.submit(_ask, parts, body, options.requests) for _ in range(options.clients)
        ]:
            done.result()
        return options.clients * options.requests / (time.perf_counter() - start)


def _body(parts, signature: str) -> str:
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}/metadata")
    known = json.load(connection.getresponse())["metadata"]["signature_def"]["signature_def"]
    (tensor,) = known[signature]["inputs"].values()
    size = int(tensor["tensor_shape"]["dim"][1]["size"])
    row = np.random.default_rng(0).standard_normal(size)
    return json.dumps({"signature_name": signature, "instances": [row.tolist()]})


def _ask(parts, body: str, requests: int) -> None:
    connection = http.client.HTTPConnection(parts.netloc)
    for _ in range(requests):
        connection.request("POST", f"{parts.path}:predict", body)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(content.decode())


if __name__ == "__main__":
    main()
