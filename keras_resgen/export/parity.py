"""How far runtimes are from Keras, and how far they may be."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.errors import ExportError
from keras_resgen.export.reference import ROWS, Reference
from keras_resgen.export.runtimes import RUNTIMES, Call

TOLERANCE = 1e-4
"""Largest difference allowed of a float output; see `allowed_difference`."""
BATCHES = (1, ROWS)


@dataclass(frozen=True)
class ParityRow:
    """The largest difference of one endpoint in one runtime at one batch size.

    Attributes:
        endpoint: name of the signature.
        runtime: `"onnxruntime"` or `"tensorflow"`.
        batch: images or latent vectors at a time.
        output: the output that came nearest to what is allowed.
        difference: largest absolute difference from Keras; grey levels for uint8 images.
        allowed: see `allowed_difference`.
    """

    endpoint: str
    runtime: str
    batch: int
    output: str
    difference: float
    allowed: float

    @property
    def ok(self) -> bool:
        """Whether the difference is allowed; false if it is not a number."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class Report:
    """What a verification found.

    Attributes:
        folder: the export.
        rows: one for each endpoint, runtime and batch size.
        files: number of files whose SHA-256 was checked.
    """

    folder: Path
    rows: tuple[ParityRow, ...]
    files: int

    @property
    def ok(self) -> bool:
        """Whether every row is."""
        return all(row.ok for row in self.rows)

    def table(self) -> list[dict[str, Any]]:
        """Returns the rows for printing: endpoint, runtime, batch, difference, allowed, ok."""
        return [{**asdict(row), "ok": row.ok} for row in self.rows]


def allowed_difference(expected: np.ndarray, dtype: str) -> float:
    """Returns the largest difference allowed from an output.

    One grey level for uint8. For floats 1e-4 times the largest magnitude among the expected
    values, or 1e-4 if that is below 1: float32 carries about 7 digits, so that codes and logits
    of 1000 cannot agree to 1e-4, while images in [0, 1] must.

    Args:
        expected: Keras's output.
        dtype: of the output compared.

    Example:

    >>> allowed_difference(np.array([0.5, -20.0]), "float32")
    0.002
    """
    if dtype == "uint8":
        return 1.0
    return TOLERANCE * max(1.0, float(np.abs(expected).max()))


def compare(
    folder: Path,
    endpoints: Mapping[str, Mapping[str, Any]],
    reference: Reference,
) -> tuple[ParityRow, ...]:
    """Runs every endpoint in every runtime at batch 1 and 7 and compares it with Keras.

    Args:
        folder: the export.
        endpoints: the manifest's.
        reference: inputs and Keras's outputs.

    Returns:
        The rows, by runtime.

    Raises:
        ExportError: if a runtime fails, or an output has another shape or dtype than the manifest
            says.
    """
    rows: list[ParityRow] = []
    for name, runtime in RUNTIMES.items():
        calls = [
            _call(endpoint, entry, entry["formats"][runtime.format], reference, batch)
            for endpoint, entry in endpoints.items()
            if runtime.format in entry["formats"]
            for batch in BATCHES
        ]
        for call, outputs in zip(calls, runtime.run(folder, calls), strict=True):
            rows.append(_row(call, outputs, endpoints[call.endpoint], reference, name))
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
    rows = []
    for name, spec in entry["outputs"].items():
        goal = expected[name][: call.batch]
        allowed = allowed_difference(goal, spec["dtype"])
        if spec["dtype"] == "uint8":
            goal = np.clip(np.round(255 * goal), 0, 255)
        difference = float(np.abs(reference.pick(outputs[name]).astype("float64") - goal).max())
        rows.append(ParityRow(call.endpoint, runtime, call.batch, name, difference, allowed))
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
            f"  {row.endpoint} ({row.output}) in {row.runtime}, batch {row.batch}: "
            f"{row.difference:.3g}, allowed {row.allowed:.3g}"
            for row in failed
        )
        raise ExportError(
            "Every runtime must compute what Keras computes. Received these largest differences:\n"
            f"{lines}\nNothing was exported. Look for layers that compute differently there."
        )
