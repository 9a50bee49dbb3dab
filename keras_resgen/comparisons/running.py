"""Training and measuring the entries of a study, each in processes of its own."""

import asyncio
import dataclasses
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.comparisons.folder import ComparisonFolder
from keras_resgen.comparisons.study import Entry
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.destination import empty
from keras_resgen.runs.folder import RunFolder

# Called with the finished epochs of an entry, its largest number of epochs, and its name.
Progress = Callable[[int, int, str], None]
COMMAND = (sys.executable, "-m", "keras_resgen")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_LINES = 15
LOOKED_AT = 1.0  # seconds between two looks at a run's progress


def run_entries(
    folder: ComparisonFolder,
    entries: Sequence[Entry],
    *,
    jobs: int = 1,
    say: Callable[[str], None] = print,
    progress: Progress = lambda done, total, name: None,
    data: str | None = None,
) -> None:
    """Train and measure all entries that have not been, and resume those that were interrupted.

    Every entry is trained by `resgen train` and measured by `resgen evaluate`, whose output goes
    to `logs/`. A signal that ends this ends all of them, each after writing a checkpoint; a second
    one ends them at once.

    Args:
        folder: folder of the comparison.
        entries: entries of its study.
        jobs: number of entries at a time; training times are comparable for equal numbers only.
        say: called with a line of text for every finished entry.
        progress: called during training.
        data: the images that the entries were trained on, if they have moved.

    Raises:
        RuntimeError: if a process fails, with the end of its output; but a run whose metrics
            became NaN is a result.
        KeyboardInterrupt: on Ctrl-C, once all have stopped.
        SystemExit: on SIGTERM or SIGHUP, likewise.
        ValueError: on Windows, whose processes take no such signals.
    """
    if os.name == "nt":
        raise ValueError(
            "compare controls processes as Linux and macOS do. Received: Windows. Use it within "
            "WSL."
        )
    waiting = [entry for entry in entries if not folder.is_evaluated(entry.name)]
    if len(waiting) < len(entries):
        say(f"{len(entries) - len(waiting)} of {len(entries)} training runs are done already.")
    evaluating = [] if data is None else ["--data", data]
    queue = _Queue(folder, len(entries), jobs, say, progress, evaluating)
    received = asyncio.run(queue.work_off(waiting))
    if received == signal.SIGINT:
        raise KeyboardInterrupt
    if received is not None:
        raise SystemExit(128 + received)


@dataclasses.dataclass
class _Queue:
    folder: ComparisonFolder
    total: int
    jobs: int
    say: Callable[[str], None]
    progress: Progress
    evaluating: Sequence[str]
    processes: set[asyncio.subprocess.Process] = dataclasses.field(default_factory=set)

    async def work_off(self, waiting: list[Entry]) -> int | None:
        """Run all entries, and return the signal that ended this, if one did."""
        received: list[int] = []
        task = asyncio.ensure_future(self._all(waiting))

        def stop(number: int) -> None:
            received.append(number)
            task.cancel()
            if len(received) > 1:  # a second Ctrl-C ends it at once
                for process in self.processes:
                    process.kill()

        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop, number)
        try:
            await task
        except asyncio.CancelledError:
            if not received:
                raise
        return received[0] if received else None

    async def _all(self, waiting: list[Entry]) -> None:
        places = asyncio.Semaphore(self.jobs)
        left = len(waiting)

        async def run(entry: Entry) -> None:
            nonlocal left
            async with places:
                await self._one(entry)
                left -= 1
                self.say(f"{entry.name}: done; {self.total - left} of {self.total}.")

        try:
            async with asyncio.TaskGroup() as group:
                for entry in waiting:
                    group.create_task(run(entry))
        except BaseExceptionGroup as errors:  # the first one stops the others
            raise errors.exceptions[0] from None

    async def _one(self, entry: Entry) -> None:
        run = self.folder.run(entry.name)
        if entry.trained is None and not _is_trained(run):
            arguments = ["--resume", str(run.path)]
            if not run.is_own():
                empty(run)  # left by a kill before the configuration was written
                arguments = _options(entry.config, run)
            watching = asyncio.ensure_future(self._watch(entry, run))
            try:
                code = await self._process(entry, "train", *arguments)
                # A run whose metrics became NaN is a result.
                self._check(entry, 0 if run.read_summary().get("failure") else code)
            finally:
                watching.cancel()
            self.progress(entry.config.epochs, entry.config.epochs, entry.name)
        out = self.folder.evaluation(entry.name)
        measured = [str(entry.trained or run.path), *self.evaluating, "--out", str(out)]
        code = await self._process(entry, "evaluate", *measured)
        self._check(entry, code)

    async def _watch(self, entry: Entry, run: RunFolder) -> None:
        while True:
            self.progress(len(read_metrics(run.metrics)), entry.config.epochs, entry.name)
            await asyncio.sleep(LOOKED_AT)

    async def _process(self, entry: Entry, *arguments: str) -> int:
        """Run a command to its end, and return its exit status."""
        log = self.folder.log(entry.name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as output:
            output.write(f"$ resgen {shlex.join(arguments)}\n")
            output.flush()
            # In a session of its own it does not get Ctrl-C; it is sent the signal below, once.
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *arguments,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
            self.processes.add(process)
            try:
                return await process.wait()
            except asyncio.CancelledError:
                with suppress(ProcessLookupError):  # it has ended by itself
                    process.send_signal(signal.SIGINT)
                await process.wait()
                raise
            finally:
                self.processes.discard(process)

    def _check(self, entry: Entry, code: int) -> None:
        """Raise unless a process ended well."""
        if code:
            lines = self.folder.log(entry.name).read_text(encoding="utf-8").splitlines()
            raise RuntimeError(
                "Expected every training run to succeed. Received: "
                f"{entry.name}, which ended with {code}:\n"
                + "\n".join(lines[-LAST_LINES:])
                + "\nFix the cause, and continue with --resume."
            )


def _is_trained(run: RunFolder) -> bool:
    return run.weights.is_file() and run.report.is_file()


def _options(config: RunConfig, run: RunFolder) -> list[str]:
    """The arguments of `resgen train` for a configuration."""
    usual = RunConfig()
    arguments = []
    for name, value in config.to_dict().items():
        if value == getattr(usual, name, None):
            continue
        option = f"--{name.replace('_', '-')}"
        if name == "imports":
            arguments += [f"--import={module}" for module in value]
            continue
        arguments += [option] if value is True else [option, str(value)]
    return [*arguments, "--out", str(run.path)]
