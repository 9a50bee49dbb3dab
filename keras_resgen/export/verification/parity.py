"""How far runtimes are from Keras, and how far they may be."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.endpoints.reference import ROWS, Reference, cycle_rows
from keras_resgen.export.errors import ExportError
from keras_resgen.export.formats.table import FORMATS
from keras_resgen.export.runtimes.runtime import Call
from keras_resgen.export.runtimes.table import RUNTIMES

BATCHES = (1, ROWS)


@dataclass(frozen=True)
class ParityRow:
    """How far one endpoint is from Keras in one format, runtime and batch size.

    Attributes:
        endpoint: name of the signature.
        format: name in `FORMATS`; the row's `measure` compares the outputs.
        runtime: name in `RUNTIMES`.
        batch: number of images or latent vectors in the call.
        output: the output that came nearest to the allowed difference.
        difference: from Keras, by the format's measure: the largest absolute one, in gray levels
            for uint8 images; for formats that round weights, the noise divided by the signal.
        allowed: see `keras_resgen.export.formats.tolerances`.
    """

    endpoint: str
    format: str
    runtime: str
    batch: int
    output: str
    difference: float
    allowed: float

    @property
    def ok(self) -> bool:
        """Whether the difference is allowed; false if it is not a number."""
        return self.difference <= self.allowed

    def text(self) -> tuple[str, str]:
        """Return the difference and the allowed one as text."""
        measure = FORMATS[self.format].measure
        return measure.text(self.difference), measure.text(self.allowed)


@dataclass(frozen=True)
class Report:
    """The result of a verification.

    Attributes:
        folder: the export.
        rows: one for each endpoint, format, runtime and batch size.
        files: number of files whose SHA-256 was checked.
        not_run: what to install before each runtime that is missing here can run, by name.
        not_compared: why a format of the export was compared by no runtime, by name.
    """

    folder: Path
    rows: tuple[ParityRow, ...]
    files: int
    not_run: Mapping[str, str] = field(default_factory=dict)
    not_compared: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Summarize the report on one line."""
        state = "ok" if self.ok else "not ok"
        runtimes = ", ".join(dict.fromkeys(row.runtime for row in self.rows)) or "no runtime"
        return (
            f"<Report: {state}, {len(self.rows)} comparisons in {runtimes}, {self.files} files, "
            f"{str(self.folder)!r}>"
        )

    @property
    def ok(self) -> bool:
        """Whether every format was compared and every difference is allowed."""
        return not self.not_compared and all(row.ok for row in self.rows)

    def table(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, with `ok`."""
        return [{**asdict(row), "ok": row.ok} for row in self.rows]


def compare(
    folder: Path,
    endpoints: Mapping[str, Mapping[str, Any]],
    reference: Reference,
    formats: Mapping[str, Sequence[str]],
    batches: Sequence[int] = BATCHES,
) -> tuple[ParityRow, ...]:
    """Run every endpoint in some runtimes and compare it with Keras.

    Args:
        folder: the export.
        endpoints: entries of the manifest.
        reference: inputs and the outputs that Keras computed.
        formats: names in `FORMATS` to run, by the name of the runtime.
        batches: numbers of rows in a call.

    Returns:
        The rows, ordered by runtime.

    Raises:
        ExportError: if a runtime fails, or an output has another shape or dtype than in the
            manifest.
    """
    rows: list[ParityRow] = []
    for runtime, names in formats.items():
        cases = [
            (format, _call(endpoint, entry, entry["formats"][format], reference, batch))
            for format in names
            for endpoint, entry in endpoints.items()
            if format in entry["formats"]
            for batch in batches
        ]
        results = RUNTIMES[runtime].run(folder, [call for _, call in cases]) if cases else []
        for (format, call), outputs in zip(cases, results, strict=True):
            rows.append(_row(call, outputs, endpoints[call.endpoint], reference, format, runtime))
    return tuple(rows)


def _call(
    endpoint: str, entry: Mapping[str, Any], path: str, reference: Reference, batch: int
) -> Call:
    missing = sorted(entry["inputs"].keys() - reference.inputs.keys())
    if missing:
        raise ExportError(
            f"The reference must hold the inputs {sorted(entry['inputs'])} of {endpoint}. "
            f"Received: none of {missing}. Export the model again."
        )
    inputs = {
        name: reference.input_for(name, spec["dtype"], batch)
        for name, spec in entry["inputs"].items()
    }
    return Call(endpoint, path, inputs)


def _row(
    call: Call,
    outputs: Mapping[str, np.ndarray],
    entry: Mapping[str, Any],
    reference: Reference,
    format: str,
    runtime: str,
) -> ParityRow:
    """Return the row of the output that is worst, relative to the allowed difference."""
    source = entry["variant_of"] or call.endpoint
    expected = reference.outputs.get(source, {})
    if expected.keys() != entry["outputs"].keys():
        raise ExportError(
            f"The reference must hold the outputs {sorted(entry['outputs'])} of {source}. "
            f"Received: {sorted(expected)}. Export the model again."
        )
    _check_outputs(call, outputs, entry["outputs"], runtime)
    measure = FORMATS[format].measure
    rows = []
    for name, spec in entry["outputs"].items():
        target = cycle_rows(expected[name], call.batch)
        if spec["dtype"] == "uint8":
            target = np.clip(np.round(255 * target), 0, 255)
        output = reference.pick(outputs[name]).astype("float64")
        difference = measure.difference(output, target, expected[name], spec)
        allowed = measure.allowed(target, spec)
        rows.append(
            ParityRow(call.endpoint, format, runtime, call.batch, name, difference, allowed)
        )
    return max(rows, key=lambda row: (not row.ok, row.difference / row.allowed))


def _check_outputs(
    call: Call,
    outputs: Mapping[str, np.ndarray],
    specs: Mapping[str, Mapping[str, Any]],
    runtime: str,
) -> None:
    """Raise an ExportError unless a runtime returns what the manifest says."""
    expected = {
        name: (spec["dtype"], (call.batch, *spec["shape"][1:])) for name, spec in specs.items()
    }
    received = {name: (array.dtype.name, array.shape) for name, array in outputs.items()}
    if received != expected:
        raise ExportError(
            f"{call.endpoint} in {runtime} must return {expected}. Received: {received}. "
            "The files and the manifest do not match: export the model again."
        )


def check_parity(rows: Sequence[ParityRow], formats: Sequence[str] = ()) -> None:
    """Raise an ExportError if a row differs too much, or a format was not compared.

    Args:
        rows: returned by `compare`.
        formats: each must have a row.
    """
    compared = {row.format for row in rows}
    if missing := [name for name in formats if name not in compared]:
        raise ExportError(
            f"Every format must be compared with Keras. Received: no file of {', '.join(missing)} "
            f"that computes an endpoint. Nothing was exported. Leave {', '.join(missing)} out."
        )
    failed = [row for row in rows if not row.ok]
    if failed:
        lines = "\n".join(
            f"  {row.endpoint} ({row.output}) as {row.format} in {row.runtime}, batch {row.batch}: "
            f"{row.text()[0]}, allowed {row.text()[1]}"
            for row in failed
        )
        raise ExportError(
            "Every runtime must compute what Keras computes. Received these differences:\n"
            f"{lines}\nNothing was exported. Leave that format out, or look for layers that "
            "it computes differently."
        )
