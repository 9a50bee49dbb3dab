"""The process of one side: builds and warms up, then trains a round for each line it reads.

    python -m benchmarks.worker SIDE SETTING_AS_JSON

When it is warm, it prints a line with the versions of its packages. Then it answers each line on
standard input with the seconds of a round, by the clock and in processor time, and with its peak
memory minus that after the imports, in bytes. While it waits it uses no processor.
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


def import_builder(side: Side) -> Callable:
    """Import the function that makes a side's rounds."""
    if side.way == "fit":
        return import_module("benchmarks.keras_sides").fit
    return import_module(f"benchmarks.{side.engine}_steps").train_by_hand


def peak_bytes() -> int:
    """Return the peak memory of this process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Train a round for each line on standard input."""
    # Libraries print too; everything but the answers goes to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    side, setting = Side.parse(sys.argv[1]), Setting(**json.loads(sys.argv[2]))
    shape = (setting.images, setting.image_size, setting.image_size, 3)
    pixels = np.random.default_rng(0).random(shape, "float32")
    build = import_builder(side)
    before = peak_bytes()
    run = build(side, setting, pixels)
    run()  # traces and compiles
    modules = {name: sys.modules.get(name) for name in PACKAGES}
    print(json.dumps({n: m.__version__ for n, m in modules.items() if m}), file=answers)
    for _ in sys.stdin:
        clock, busy = time.perf_counter(), time.process_time()
        run()
        seconds = (time.perf_counter() - clock, time.process_time() - busy)
        print(json.dumps({"seconds": seconds, "bytes": peak_bytes() - before}), file=answers)


if __name__ == "__main__":
    main()
