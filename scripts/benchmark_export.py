#!/usr/bin/env python
"""How fast are exported networks compared with PyTorch's export and with Keras?

    python scripts/benchmark_export.py
    python scripts/benchmark_export.py --network plain --batches 1 --rounds 60

Needs PyTorch and onnxscript: `scripts/setup backends` installs both.

Runs the encoder and decoder of a VAE as ONNX files of this package, as the ONNX file that PyTorch
exports of the same network with the same weights, as SavedModel, as `tf.function`, by `model()` and
by `predict`. All sides run in this process with their default number of threads, in turn and in
random order, so that other programs disturb all sides alike. A metric is the median over rounds of
a side's time divided by that of this package's ONNX file in the same round, with a 95 % interval
from the order statistics of these ratios. Start-up time and peak memory are those of a new process
until its first result (Linux only).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from scipy.stats import binom

from benchmarks.export_sides import OURS, PYTORCH, ExportSides, Run, difference
from verify_runtimes import random_model

TURN = 0.1  # seconds of a side in a round
PAUSE = 0.01  # seconds before a turn, in which the previous threads stop spinning
console = Console(width=120)
STARTS = {
    "ONNX Runtime": """
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession({onnx!r})
session.run(None, {{"latents": np.zeros((1, {dim}), "float32")}})
""",
    "SavedModel": """
import tensorflow as tf
model = tf.saved_model.load({saved!r})
model.signatures["decode"](latents=tf.zeros((1, {dim})))
""",
    "Keras": """
import keras, numpy as np
model = keras.saving.load_model({keras!r})
model.predict(np.zeros((1, {dim}), "float32"), verbose=0)
""",
}


def time_in_turn(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a call of each side in each round.

    Args:
        runs: the functions to time, by side.
        rounds: number of rounds.
    """
    counts = {}
    for name, run in runs.items():
        for _ in range(3):
            run()
        start = time.perf_counter()
        run()
        counts[name] = max(1, round(TURN / (time.perf_counter() - start)))
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name in rng.permutation(list(runs)):
            time.sleep(PAUSE)
            runs[name]()
            start = time.perf_counter()
            for _ in range(counts[name]):
                runs[name]()
            seconds[name].append((time.perf_counter() - start) / counts[name])
    return seconds


def format_ratio(seconds: list[float], ours: list[float]) -> str:
    """Return the median of the rounds' ratios with its 95 % confidence interval."""
    ratios = sorted(a / b for a, b in zip(seconds, ours, strict=True))
    rank = int(binom.ppf(0.025, len(ratios), 0.5))
    return f"{statistics.median(ratios):.2f} ({ratios[rank]:.2f} to {ratios[-1 - rank]:.2f})"


def measure_start_up(code: str) -> tuple[float, float]:
    """Return the seconds of a new process until its first result, and its peak memory in MiB."""
    # Not ru_maxrss, which on Linux is at least that of the parent process.
    code += "\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    return time.perf_counter() - start, float(done.stdout.split()[-1]) / 1024


def print_speed(sides: ExportSides, batches: list[int], rounds: int) -> None:
    """Print a table of the networks' times."""
    columns = [(name, batch) for name in ("decoder", "encoder") for batch in batches]
    cells: dict[str, list[str]] = {}
    for name, batch in columns:
        runs = sides.runs(name, batch)
        largest = difference(runs[OURS](), runs[PYTORCH]())
        assert largest < 1e-3, f"{name} of PyTorch differs by {largest}"
        seconds = time_in_turn(runs, rounds)
        for side, values in seconds.items():
            text = format_ratio(values, seconds[OURS])
            if side == OURS:
                text = f"{1000 * statistics.median(values):.2f} ms"
            cells.setdefault(side, []).append(text)
        progress = f"{name}, batch {batch}: PyTorch's outputs differ by at most {largest:.1e}"
        console.print(progress, style="dim")
    table = Table("", *(f"{name}, batch {batch}" for name, batch in columns), box=None)
    for side, texts in cells.items():
        table.add_row(side, *texts)
    console.print(table)


def print_sizes(sides: ExportSides) -> None:
    """Print the sizes of the files."""
    table = Table("file", "decoder, MB", "encoder, MB", box=None)
    for ending in (".onnx", ".fp16.onnx", ".int8.onnx"):
        sizes = [sides.path(name, ending).stat().st_size / 1e6 for name in ("decoder", "encoder")]
        table.add_row(ending, *(f"{size:.2f}" for size in sizes))
    console.print(table)


def print_start_up(sides: ExportSides, repeats: int) -> None:
    """Print start-up times and peak memory of the decoder."""
    keras_file = sides.folder / "decoder.keras"
    sides.model.networks["decoder"].save(keras_file)
    names: dict[str, Any] = {
        "onnx": str(sides.path("decoder")),
        "saved": str(sides.folder / "export/saved_model"),
        "keras": str(keras_file),
        "dim": sides.model.latent_dim,
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    for _ in range(repeats):
        for name, code in STARTS.items():
            prefix = "import keras_resgen.layers\n" if name == "Keras" else ""
            found[name].append(measure_start_up(prefix + code.format(**names)))
    table = Table("first image of a new process", "seconds", "MiB", box=None)
    for name, values in found.items():
        seconds, memory = zip(*values, strict=True)
        table.add_row(name, f"{statistics.median(seconds):.2f}", f"{statistics.median(memory):.0f}")
    console.print(table)


def main(
    network: Annotated[str, typer.Option(help="resnet or plain.")] = "resnet",
    image_size: Annotated[int, typer.Option(help="Height and width in pixels.")] = 64,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 32,
    latent_dim: Annotated[int, typer.Option(help="Length of a latent vector.")] = 128,
    batches: Annotated[str, typer.Option(help="Batch sizes, separated by commas.")] = "1,16",
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of each side.")] = 30,
    repeats: Annotated[int, typer.Option(help="Processes of each kind to start.")] = 3,
) -> None:
    """Print tables of speed, file size, start-up time and memory."""
    options = {
        "network": network,
        "image_size": image_size,
        "width": width,
        "latent_dim": latent_dim,
    }
    model = random_model("vae", image_size, width, latent_dim, network=network)
    with tempfile.TemporaryDirectory() as folder:
        sides = ExportSides(model, options, Path(folder))
        console.print(json.dumps({**options, "versions": sides.manifest.versions}))
        print_speed(sides, [int(batch) for batch in batches.split(",")], rounds)
        print_sizes(sides)
        if repeats:
            print_start_up(sides, repeats)


if __name__ == "__main__":
    typer.run(main)
