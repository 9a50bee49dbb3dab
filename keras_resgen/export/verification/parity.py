"""How far runtimes are from Keras, and how far they may be."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.endpoints.reference import ROWS, Reference, cycled
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.manifest import list_formats
from keras_resgen.export.formats.table import FORMATS
from keras_resgen.export.runtimes.runtime import Call
from keras_resgen.export.runtimes.table import RUNTIMES

BATCHES = (1, ROWS)


@dataclass(frozen=True)
class ParityRow:
    """How far one endpoint is from Keras in one format, runtime and batch size.

    Attributes:
        endpoint: name of the signature.
        format: name in `FORMATS`, whose measure this is.
        runtime: name in `RUNTIMES`.
        batch: images or latent vectors at a time.
        output: the output that came nearest to what is allowed.
        difference: from Keras, by the format's measure: the largest absolute one, in gray levels
            for uint8 images; of formats that round, the noise as a share of the signal.
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
        """Returns the difference and what is allowed as people write them."""
        measure = FORMATS[self.format].measure
        return measure.text(self.difference), measure.text(self.allowed)


@dataclass(frozen=True)
class Report:
    """What a verification found.

    Attributes:
        folder: the export.
        rows: one for each endpoint, format, runtime and batch size.
        files: number of files whose SHA-256 was checked.
        not_run: what to do before the runtimes can be run that this machine does not have, by name.
    """

    folder: Path
    rows: tuple[ParityRow, ...]
    files: int
    not_run: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every row is."""
        return all(row.ok for row in self.rows)

    def table(self) -> list[dict[str, Any]]:
        """Returns the rows as dictionaries, with `ok`."""
        return [{**asdict(row), "ok": row.ok} for row in self.rows]


def compare(
    folder: Path,
    endpoints: Mapping[str, Mapping[str, Any]],
    reference: Reference,
    runtimes: Sequence[str],
    batches: Sequence[int] = BATCHES,
) -> tuple[ParityRow, ...]:
    """Runs every endpoint in some runtimes and compares it with Keras.

    Args:
        folder: the export.
        endpoints: the manifest's.
        reference: inputs and Keras's outputs.
        runtimes: names in `RUNTIMES`; each runs all of its formats that are there.
        batches: how many rows at a time.

    Returns:
        The rows, by runtime.

    Raises:
        ExportError: if a runtime fails, or an output has another shape or dtype than the manifest
            says.
    """
    rows: list[ParityRow] = []
    for name in runtimes:
        runtime = RUNTIMES[name]
        cases = [
            (format, _call(endpoint, entry, entry["formats"][format], reference, batch))
            for format in runtime.formats
            for endpoint, entry in endpoints.items()
            if format in entry["formats"]
            for batch in batches
        ]
        results = runtime.run(folder, [call for _, call in cases]) if cases else []
        for (format, call), outputs in zip(cases, results, strict=True):
            rows.append(_row(call, outputs, endpoints[call.endpoint], reference, format, name))
    return tuple(rows)


def list_runtimes(endpoints: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the runtimes that run what an export holds, whether they are installed or not.

    Args:
        endpoints: the manifest's.

    Example:

    >>> list_runtimes({"decode": {"formats": {"litert": "decoder.tflite"}}})
    ['litert']
    """
    formats = set(list_formats(endpoints))
    return [name for name, runtime in RUNTIMES.items() if formats & set(runtime.formats)]


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
    """The worst output of a call."""
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
        goal = cycled(expected[name], call.batch)
        if spec["dtype"] == "uint8":
            goal = np.clip(np.round(255 * goal), 0, 255)
        output = reference.pick(outputs[name]).astype("float64")
        difference = measure.difference(output, goal, expected[name], spec)
        allowed = measure.allowed(goal, spec)
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
    """Raises an ExportError unless a runtime returns what the manifest says."""
    expected = {
        name: (spec["dtype"], (call.batch, *spec["shape"][1:])) for name, spec in specs.items()
    }
    received = {name: (array.dtype.name, array.shape) for name, array in outputs.items()}
    if received != expected:
        raise ExportError(
            f"{call.endpoint} in {runtime} must return {expected}. Received: {received}. "
            "The export and its manifest do not belong together: export the model again."
        )


def check_parity(rows: Sequence[ParityRow]) -> None:
    """Raises an ExportError naming every row that differs too much."""
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
            "compute differently there."
        )
