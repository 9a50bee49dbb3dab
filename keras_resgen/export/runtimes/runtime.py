"""What all runtimes have in common."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resgen.export.errors import ExportError

if TYPE_CHECKING:  # the command line's help reads the tables and must not import NumPy
    import numpy as np

Outputs = dict[str, Any]
"""Arrays by the name of the output."""

Session = Callable[[Mapping[str, Any]], Outputs]
"""Computes outputs from arrays by the name of the input."""


@dataclass(frozen=True)
class Call:
    """One call of an endpoint.

    Attributes:
        endpoint: its name.
        path: of the file or folder that computes it, within the export.
        inputs: arrays by input name, all with the same number of rows.
    """

    endpoint: str
    path: str
    inputs: "Mapping[str, np.ndarray]" = field(repr=False)

    @property
    def batch(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))


def needs_nothing() -> str:
    """Return the `missing_requirement` of a runtime that is always installed: none."""
    return ""


@dataclass(frozen=True)
class Runtime:
    """A program that runs exports.

    Attributes:
        reads: data types of weights that the runtime reads, by file type; see `Format`.
        run: makes calls on an export folder and returns the outputs of each by name.
        missing_requirement: returns what to install before this machine can run it; empty if
            nothing is missing.
    """

    reads: Mapping[str, tuple[str, ...]]
    run: Callable[[Path, Sequence[Call]], list[Outputs]]
    missing_requirement: Callable[[], str] = needs_nothing


def needs(module: str, install: str) -> Callable[[], str]:
    """Return the `missing_requirement` of a runtime that is a Python package.

    Args:
        module: the name by which it is imported.
        install: what pip installs.

    Example:

    >>> needs("no_such_module", "no-such-package")()
    'pip install no-such-package'
    """
    return lambda: "" if importlib.util.find_spec(module) else f"pip install {install}"


def in_process(
    title: str, load: Callable[[Path], Session]
) -> Callable[[Path, Sequence[Call]], list[Outputs]]:
    """Return the `run` of a runtime that loads files in this process.

    Args:
        title: the runtime's name in messages.
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
            except Exception as error:  # runtimes raise exceptions without a common class
                raise ExportError(
                    f"{title} must run {call.endpoint} of {call.path}. Received: {error}. "
                    "Export the model again."
                ) from error
        return results

    return run
