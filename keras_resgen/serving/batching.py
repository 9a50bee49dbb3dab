"""Requests that come at the same time, computed together."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np

from keras_resgen.serving.signatures import Arrays, Signature


class Batcher:
    """Computes a signature for many callers, of whom those that come together share a run.

    While one run goes on, what arrives waits and becomes the next.

    Args:
        signature: what is computed.
        most_rows: of a run.
        delay: seconds that the first waits for others, unless they fill a run before.
        threads: where runs are made.

    Attributes:
        runs: how many there were.
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
        """Returns the outputs of some rows.

        Args:
            inputs: by name, of at most `most_rows` rows.
        """
        future: asyncio.Future[Arrays] = asyncio.get_running_loop().create_future()
        self._waiting.append((inputs, future))
        if sum(_rows(given) for given, _ in self._waiting) >= self.most_rows:
            self._full.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run_all())
        return await future

    async def _run_all(self) -> None:
        """Makes runs until nobody waits."""
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
            except Exception as error:  # whatever a runtime raises is each caller's to know
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
                continue
            first = 0
            for given, future in taken:
                last = first + _rows(given)
                if not future.done():  # its caller may have gone
                    future.set_result({n: array[first:last] for n, array in outputs.items()})
                first = last
        self._full.clear()

    def _take(self) -> list[tuple[Mapping[str, np.ndarray], asyncio.Future[Arrays]]]:
        """The first that wait, as many as fit into a run."""
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
