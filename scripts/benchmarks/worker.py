"""One side in a process of its own: builds and warms up, then trains a round whenever asked.

    python -m benchmarks.worker SIDE SETTING_AS_JSON

The first line on standard output tells the versions of what it trains with, once it is warm. Then
each line on standard input asks for a round, and a line answers with the seconds it took by the
clock and of the processors, and by how many bytes the most memory that the process has held exceeds
that of its imports. Between rounds it waits for the pipe, and uses no processor.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module

import numpy as np

from benchmarks.sides import Setting, Side

PACKAGES = ("keras", "tensorflow", "jax", "torch")


def builder(side: Side) -> Callable:
    """Imports what makes a side's rounds, and all that it needs."""
    if side.way == "fit":
        return import_module("benchmarks.keras_sides").fit
    return import_module(f"benchmarks.{side.engine}_steps").by_hand


def held_bytes() -> int:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Answers the lines that ask for rounds."""
    # Libraries print; what is not an answer goes with the errors.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    side, setting = Side.parse(sys.argv[1]), Setting(**json.loads(sys.argv[2]))
    shape = (setting.images, setting.image_size, setting.image_size, 3)
    pixels = np.random.default_rng(0).random(shape, "float32")
    build = builder(side)
    before = held_bytes()
    run = build(side, setting, pixels)
    run()  # traces and compiles
    modules = {name: sys.modules.get(name) for name in PACKAGES}
    print(json.dumps({n: m.__version__ for n, m in modules.items() if m}), file=answers)
    for _ in sys.stdin:
        clock, busy = time.perf_counter(), time.process_time()
        run()
        seconds = (time.perf_counter() - clock, time.process_time() - busy)
        print(json.dumps({"seconds": seconds, "bytes": held_bytes() - before}), file=answers)


if __name__ == "__main__":
    main()
