"""What runtimes have in common."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_resgen.export.errors import ExportError

Outputs = dict[str, np.ndarray]
Session = Callable[[Mapping[str, np.ndarray]], Outputs]


@dataclass(frozen=True)
class Call:
    """One call of an endpoint.

    Attributes:
        endpoint: its name.
        path: of the file or folder that holds it, within the export.
        inputs: arrays by input name, all with the same number of rows.
    """

    endpoint: str
    path: str
    inputs: Mapping[str, np.ndarray]

    @property
    def batch(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))


def nothing() -> str:
    """Returns what is missing on this machine: nothing."""
    return ""


@dataclass(frozen=True)
class Runtime:
    """A way to run some formats.

    Attributes:
        formats: names in `FORMATS`.
        run: makes calls on an export folder and returns the outputs of each, by name.
        missing_requirement: what to do before it can be run on this machine; empty if it can.
    """

    formats: tuple[str, ...]
    run: Callable[[Path, Sequence[Call]], list[Outputs]]
    missing_requirement: Callable[[], str] = nothing


def needs(module: str, install: str) -> Callable[[], str]:
    """Returns the `missing_requirement` of a runtime that is a Python package.

    Args:
        module: its name in imports.
        install: what pip is to install.

    Example:

    >>> needs("no_such_module", "no-such-package")()
    'pip install no-such-package'
    """
    return lambda: "" if importlib.util.find_spec(module) else f"pip install {install}"


def in_process(
    title: str, load: Callable[[Path], Session]
) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Returns the `run` of a runtime that loads files in this process.

    Args:
        title: the runtime's name for people.
        load: reads a file and returns a function from inputs to outputs, both by name.
    """

    def run(folder: Path, calls: Sequence[Call]) -> list[Outputs]:
        sessions: dict[str, Session] = {}
        results = []
        for call in calls:
            try:
                if call.path not in sessions:
                    sessions[call.path] = load(folder / call.path)
                results.append(sessions[call.path](call.inputs))
            except Exception as error:  # runtimes' exceptions have no common class
                raise ExportError(
                    f"{title} must run {call.endpoint} of {call.path}. Received: {error}. "
                    "Export the model again."
                ) from error
        return results

    return run
