"""A run that is killed again and again ends as one that never was."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import h5py
import numpy as np
import pytest

from keras_resgen.callbacks.checkpoint_file import checkpoints, read_checkpoint
from keras_resgen.runs.folder import RunFolder

# Imports once, and forks a session of training for every line it reads. Flushing takes long there,
# so that many kills fall into the writing of a file.
SERVER = """
import os, sys, time, traceback
from pathlib import Path
import tensorflow
from rich.console import Console
import keras_resgen.files as files
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.train import resume, train

flush = files._flush
files._flush = lambda path: (time.sleep(0.01), flush(path))
config = RunConfig(
    model="ae", data="faces,count=60", image_size=32, width=2, latent_dim=4, network="plain",
    batch_size=9, epochs=4, learning_rate=0.01, checkpoint_steps=1,
)
print("ready", flush=True)
for line in sys.stdin:
    out = Path(line.strip())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            quiet = Console(quiet=True)
            if RunFolder(out).is_own():
                resume(RunFolder(out), console=quiet)
            else:
                train(config, out, console=quiet)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def server(cache):
    """`start(folder)` begins a session: `(process id, function that waits for its exit code)`."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "KERAS_RESGEN_CACHE": str(cache)},
    )
    try:
        assert process.stdout.readline() == "ready\n"

        def start(folder):
            process.stdin.write(f"{folder}\n")
            process.stdin.flush()
            return int(process.stdout.readline()), lambda: int(process.stdout.readline())

        yield start
    finally:
        process.stdin.close()
        process.wait()


def alive(child):
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


def being_written(folder):
    return list(folder.glob(".tmp.*")) + list((folder / "checkpoints").glob(".tmp.*"))


def outcome(folder):
    """What must not depend on kills: `(plain values, arrays)`."""
    run = RunFolder(folder)
    state = read_checkpoint(checkpoints(run.checkpoints)[-1])
    [stopping] = [values for kind, values in state["callbacks"] if kind == "EarlyStopping"]
    with h5py.File(run.weights) as file:
        found = {}
        file.visititems(
            lambda name, entry: (
                found.update({name: entry[()]}) if isinstance(entry, h5py.Dataset) else None
            )
        )
    best = stopping.pop("best_weights")
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    plain = [
        [{**line, "seconds": 0} for line in lines],
        {**run.read_summary(), "seconds": 0, "peak_memory_mib": 0},
        [stopping, state["history"], state["epoch"], state["stopped"]],
        sorted(path.name for path in run.path.rglob("*")),
    ]
    return plain, [*found.values(), *state["variables"], *best]


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_run_killed_at_random_moments_ends_as_an_uninterrupted_one(tmp_path, kills):
    moments = random.Random(kills)
    torn_writes = 0
    with server(tmp_path / "cache") as start:
        whole = tmp_path / "whole"
        begun = time.monotonic()
        assert start(whole)[1]() == 0
        length = time.monotonic() - begun
        run = 0
        left = kills
        while left:
            folder = tmp_path / f"run-{run}"
            child, wait = start(folder)
            moment = time.monotonic() + moments.uniform(0, length)
            while alive(child) and (
                time.monotonic() < moment
                or (left % 2 and not being_written(folder))  # every other kill falls into a write
            ):
                time.sleep(0.001)
            with suppress(ProcessLookupError):  # it has ended by itself
                os.kill(child, signal.SIGKILL)
            code = wait()
            assert code in (0, -signal.SIGKILL)
            if code:
                left -= 1
                torn_writes += bool(being_written(folder))
            else:
                run += 1
        assert torn_writes > 0
        for number in range(run + 1):
            folder = tmp_path / f"run-{number}"
            if not (folder / "report.html").is_file():
                assert start(folder)[1]() == 0
            plain, arrays = outcome(folder)
            expected, expected_arrays = outcome(whole)
            assert plain == expected
            for one, other in zip(arrays, expected_arrays, strict=True):
                np.testing.assert_array_equal(one, other)
    print(f"{kills} kills, {torn_writes} while a file was written, {run + 1} runs")
