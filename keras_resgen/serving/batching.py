"""Batching of requests that arrive at the same time."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np

from keras_resgen.serving.signatures import Arrays, Signature


class Batcher:
    """Computes a signature for many callers, in batches of requests that arrive together.

    Requests that arrive while a batch is computed form the next batch.

    Args:
        signature: what to compute.
        most_rows: largest number of rows in a batch.
        delay: seconds that the first request waits for others, unless they fill the batch.
        threads: executor that computes the batches.

    Attributes:
        runs: number of batches that were computed.
    """

    def __init__(
        self, signature: Signature, most_rows: int, delay: float, threads: ThreadPoolExecutor
    ) -> None:
        self.signature = signature
        self.most_rows = most_rows
        self.delay = delay
        self.threads = threads
        self.runs = 0
        self._waiting: list[tuple[Mapping[str, np.ndarray], asyncio.Future[Arrays]]] = []
        self._running: asyncio.Task[None] | None = None
        self._full = asyncio.Event()

    async def __call__(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Return the outputs of some rows.

        Args:
            inputs: arrays by name, with at most `most_rows` rows.
        """
        future: asyncio.Future[Arrays] = asyncio.get_running_loop().create_future()
        self._waiting.append((inputs, future))
        if sum(_rows(given) for given, _ in self._waiting) >= self.most_rows:
            self._full.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run_all())
        return await future

    async def _run_all(self) -> None:
        """Compute batches until no request waits."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._full.wait(), self.delay)
        loop = asyncio.get_running_loop()
        while self._waiting:
            taken = self._take()
            try:
                inputs = {
                    name: np.concatenate([given[name] for given, _ in taken])
                    for name in taken[0][0]
                }
                self.runs += 1
                outputs = await loop.run_in_executor(self.threads, self.signature.run, inputs)
            except Exception as error:  # every caller gets the runtime's exception
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
                continue
            first = 0
            for given, future in taken:
                last = first + _rows(given)
                if not future.done():  # the caller may have disconnected
                    future.set_result({n: array[first:last] for n, array in outputs.items()})
                first = last
        self._full.clear()

    def _take(self) -> list[tuple[Mapping[str, np.ndarray], asyncio.Future[Arrays]]]:
        """Take the first waiting requests that fit into a batch."""
        rows = 0
        for count, (given, _) in enumerate(self._waiting):
            rows += _rows(given)
            if rows > self.most_rows and count:
                break
        else:
            count = len(self._waiting)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken


def _rows(inputs: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(inputs.values())))
