#!/usr/bin/env python
"""How fast is `fit` compared with hand-written steps and plain PyTorch? On CPUs.

    python scripts/benchmark_train.py --image-size 64 --families vae --batches 32 --cores 4
    python scripts/benchmark_train.py --families gan --sides tensorflow-fit --sides tensorflow-hand

A side is a Keras backend (`tensorflow`, `jax` or `torch`) with `-fit` (this package) or `-hand` (a
hand-written step for the same Keras networks); or it is `pytorch`, the same networks without Keras.
Options follow: `bf16` (mixed precision), `xla` (jit_compile), `repeatable` (as `resgen train` calls
`fit`), `channels_last` and `compile`. The steps are in `scripts/benchmarks/`.

All sides train networks of equal shape with Adam on the same images in memory, each in a process of
its own, on the same cores with one thread for each core. Keras sides share a data set; plain
PyTorch trains on slices of a tensor, which cost nothing. After all sides are built and warmed up,
they train one round each in turn while the others wait, so that other programs disturb all sides
alike. Ratios are medians over rounds, by the clock and (in brackets) by processor time, which other
programs disturb less. Memory is a process's peak, compilation included, minus that after its
imports.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.sides import DEFAULT_SIDES, Setting, Side

FAMILIES = ("ae", "vae", "aae", "gan", "wgan-gp")
CLOCK, PROCESSORS = 0, 1
console = Console()


def available_cores() -> list[int]:
    """Return the numbers of the cores that this process and its workers may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


class Worker:
    """The process of a side, see `benchmarks.worker`."""

    def __init__(self, side: Side, setting: Setting) -> None:
        scripts = str(Path(__file__).parent)
        path = os.pathsep.join([scripts, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {
            "PYTHONPATH": path,
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "CUDA_VISIBLE_DEVICES": "",
            # Other runtimes start one thread for each core by default.
            "OMP_NUM_THREADS": str(len(available_cores())),
        }
        if side.engine != "pytorch":
            environment["KERAS_BACKEND"] = side.engine
        self.side = side
        self.seconds: list[tuple[float, float]] = []
        self.bytes = 0
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, stays open as long as the process runs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", side.name, json.dumps(asdict(setting))],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            bufsize=1,
        )
        self.versions: dict[str, str] = json.loads(self._answer())  # comes when it is warm

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            last = "\n".join(self.errors.read().splitlines()[-5:])
            raise RuntimeError(f"{self.side.name} ended: {last}")
        return line

    def run_round(self) -> None:
        """Let the side train a round, and store its seconds and its memory."""
        assert self.process.stdin is not None
        print(file=self.process.stdin)
        answer = json.loads(self._answer())
        self.seconds.append(tuple(answer["seconds"]))
        self.bytes = answer["bytes"]

    def end(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def measure(setting: Setting, sides: list[Side], rounds: int) -> list[Worker]:
    """Start a worker for each side, run them in turn, and end them."""
    workers = []
    try:
        for side in sides:
            console.print(f"{setting.family}: {side.name} warms up", style="dim")
            try:
                workers.append(Worker(side, setting))
            except RuntimeError as error:
                console.print(str(error), style="red", markup=False)
        for i in range(rounds):
            first = i % max(len(workers), 1)  # another side begins each round
            for worker in workers[first:] + workers[:first]:
                worker.run_round()
    finally:
        for worker in workers:
            worker.end()
    return workers


def median(worker: Worker, kind: int = CLOCK) -> float:
    """Return the median seconds of a side's rounds."""
    return statistics.median(seconds[kind] for seconds in worker.seconds)


def format_ratio(worker: Worker, other: Worker) -> str:
    """Return how many times as fast a side is as another, by the clock (and in processor time)."""
    clock, processors = (
        statistics.median(
            theirs[kind] / ours[kind]
            for ours, theirs in zip(worker.seconds, other.seconds, strict=True)
        )
        for kind in (CLOCK, PROCESSORS)
    )
    return f"{clock:.2f} ({processors:.2f})"


def make_table(setting: Setting, workers: list[Worker]) -> Table:
    """Return the table of a setting.

    "CPU ms" is the processor time for an image. A ratio above 1 means that the side is faster than
    its hand-written counterpart, or than the fastest `pytorch` side in the same precision.
    """
    table = Table(title=f"{setting.family}, batch {setting.batch}", title_justify="left", box=None)
    table.add_column("side", no_wrap=True)
    for heading in ("images/s", "CPU ms", "MB", "vs. hand", "vs. pytorch"):
        table.add_column(heading, justify="right", no_wrap=True)
    by_name = {worker.side.name: worker for worker in workers}
    for worker in workers:
        pytorch = [
            other
            for other in workers
            if other.side.engine == "pytorch" and other.side.is_bf16 == worker.side.is_bf16
        ]
        best = min(pytorch, key=median, default=None)
        rival = by_name.get(worker.side.rival or "")
        table.add_row(
            worker.side.name,
            f"{setting.images / median(worker):.1f}",
            f"{1000 * median(worker, PROCESSORS) / setting.images:.1f}",
            f"{worker.bytes / 1e6:.0f}",
            format_ratio(worker, rival) if rival else "",
            format_ratio(worker, best) if best else "",
        )
    return table


def describe_machine() -> dict[str, Any]:
    """Return the processor, its cores and the load."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(available_cores()),
        "load": round(os.getloadavg()[0], 1),
    }


def main(
    families: Annotated[list[str], typer.Option(help="Families to train.")] = list(FAMILIES),  # noqa: B006
    sides: Annotated[list[str], typer.Option(help="Sides that train them.")] = list(DEFAULT_SIDES),  # noqa: B006
    batches: Annotated[list[int], typer.Option(help="Batch sizes.")] = [32],  # noqa: B006
    image_size: Annotated[int, typer.Option(help="Height and width in pixels.")] = 64,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 32,
    latent_dim: Annotated[int, typer.Option(help="Length of a latent vector.")] = 128,
    network: Annotated[str, typer.Option(help="resnet or plain.")] = "resnet",
    steps: Annotated[int, typer.Option(help="Steps in a round. A round is an epoch of fit.")] = 5,
    rounds: Annotated[int, typer.Option(help="Rounds of each side.")] = 7,
    cores: Annotated[int | None, typer.Option(help="Cores to train on (Linux only).")] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file for all measurements.")] = None,
) -> None:
    """Print a table for each family and batch size."""
    parsed = [Side.parse(name) for name in sides]
    if cores:
        os.sched_setaffinity(0, available_cores()[:cores])  # the workers inherit it
    about = describe_machine()
    console.print(
        f"{about['processor']}, {about['cores']} cores, load {about['load']}; "
        f"{network}, {image_size} px, width {width}, {rounds} rounds of {steps} steps"
    )
    results = []
    versions: dict[str, str] = {}
    for family in families:
        for batch in batches:
            setting = Setting(family, network, image_size, width, latent_dim, batch, steps)
            workers = measure(setting, parsed, rounds)
            console.print(make_table(setting, workers))
            for worker in workers:
                versions |= worker.versions
            results.append(
                asdict(setting)
                | {
                    "sides": {
                        w.side.name: {"seconds": w.seconds, "bytes": w.bytes} for w in workers
                    }
                }
            )
            if out:
                out.write_text(
                    json.dumps({**about, "versions": versions, "results": results}, indent=1)
                )
    console.print(", ".join(f"{name} {number}" for name, number in versions.items()))


if __name__ == "__main__":
    typer.run(main)
