"""Batches are shared, start when they are full, and fail only for their own requests."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from keras_resgen.serving.batching import Batcher
from keras_resgen.serving.signatures import Signature, Tensor

TENSORS = {"x": Tensor((1,))}


def run_together(requests, *, most_rows, delay, run):
    """Return the outputs of each request, the size of each batch, and the seconds."""
    sizes = []

    def recorded(inputs):
        sizes.append(len(inputs["x"]))
        return run(inputs)

    async def together():
        batcher = Batcher(
            Signature("double", TENSORS, TENSORS, recorded), most_rows, delay, threads
        )
        rows = [np.array(request, "float32")[:, None] for request in requests]
        return await asyncio.gather(*(batcher({"x": x}) for x in rows), return_exceptions=True)

    start = time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        answers = asyncio.run(together())
    return answers, sizes, time.monotonic() - start


def double(inputs):
    return {"x": 2 * inputs["x"]}


def test_every_request_gets_its_own_rows_of_a_shared_batch():
    requests = [[1, 2], [3], [4, 5, 6], [7]]
    answers, sizes, _ = run_together(requests, most_rows=4, delay=0.01, run=double)
    assert sizes == [3, 4]
    assert [(a["x"] / 2).ravel().tolist() for a in answers] == requests


def test_a_full_batch_does_not_wait():
    for requests in ([[1, 2]], [[1], [2]]):
        _, sizes, seconds = run_together(requests, most_rows=2, delay=60, run=double)
        assert sizes == [2]
        assert seconds < 30


def test_a_batch_that_is_not_full_waits_for_the_delay():
    _, sizes, seconds = run_together([[1]], most_rows=2, delay=0.2, run=double)
    assert sizes == [1]
    assert seconds >= 0.2


def test_a_failing_batch_raises_in_its_own_requests_only():
    def refuse_negative(inputs):
        if inputs["x"].min() < 0:
            raise RuntimeError("negative")
        return double(inputs)

    answers, sizes, _ = run_together(
        [[1, 2], [-1, 3], [4]], most_rows=2, delay=0.01, run=refuse_negative
    )
    assert sizes == [2, 2, 1]
    assert answers[0]["x"].ravel().tolist() == [2, 4]
    with pytest.raises(RuntimeError, match="negative"):
        raise answers[1]
    assert answers[2]["x"].ravel().tolist() == [8]
