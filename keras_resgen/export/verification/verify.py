"""Verifies exports without the model they were made from."""

from collections.abc import Sequence
from pathlib import Path

from keras_resgen.export.endpoints.exportable import Progress, silent
from keras_resgen.export.endpoints.reference import Reference
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files, list_formats
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.export.verification.parity import ParityRow, Report, compare, list_runtimes

BATCHES = (1, 3, 16)


def verify_export(
    folder: Path | str,
    progress: Progress | None = None,
    *,
    runtimes: Sequence[str] | None = None,
) -> Report:
    """Checks an export's files, and runs every endpoint in every runtime against Keras's outputs.

    The export holds inputs of every endpoint and the outputs that Keras computed from them when it
    was written: 7 rows, of pictures over 32 x 32 pixels a fixed choice of 4,096 values each. The
    runtimes of this machine are compared with those at batch 1, 3 and 16, the rows in turn; those
    that are missing are named.

    The SHA-256 of every file is compared with the manifest's before anything is run. That tells
    damaged and mixed-up files; it does not tell who wrote them.

    Args:
        folder: what `export_model` wrote.
        progress: called as `progress(done, total, label)` before each step.
        runtimes: which to run; None for all that run what the export holds.

    Returns:
        The differences; `report.ok` says whether all are allowed, and `report.not_run` which
        runtimes are missing and how to get them.

    Raises:
        ExportError: if the manifest is missing, damaged or from a newer version of this package; a
            file is missing, unknown, changed or outside the folder; an ONNX file refers to other
            files; a runtime cannot run the export; or one that was asked for is missing.
        ValueError: if a runtime is unknown.

    Example:

    >>> report = verify_export("exports/faces")  # doctest: +SKIP
    >>> report.ok  # doctest: +SKIP
    True
    """
    folder = Path(folder).resolve()
    progress = progress or silent
    missing = {name: RUNTIMES[name].missing_requirement() for name in runtimes or RUNTIMES}
    if runtimes and any(missing.values()):
        raise ExportError(
            "A runtime that is asked for must be installed. Received: "
            + "; ".join(f"{name} ({first})" for name, first in missing.items() if first)
            + ". Install it, or leave it out."
        )
    manifest = Manifest.load(folder)
    fitting = [name for name in list_runtimes(manifest.endpoints) if name in missing]
    if not fitting:
        raise ExportError(
            f"A runtime of what the export holds is needed. Received: {', '.join(missing)} for "
            f"{', '.join(list_formats(manifest.endpoints))}. Choose among "
            f"{', '.join(list_runtimes(manifest.endpoints))}."
        )
    present = [name for name in fitting if not missing[name]]
    if not present:
        raise ExportError(
            "At least one runtime of what the export holds must be installed. Received: none of "
            + ", ".join(f"{name} ({missing[name]})" for name in fitting)
            + ". Install one."
        )
    total = len(present) + 1
    progress(0, total, "check every file")
    check_files(folder, manifest)
    onnx_files = {
        path
        for entry in manifest.endpoints.values()
        for path in entry["formats"].values()
        if path.endswith(".onnx")
    }
    for path in sorted(onnx_files):
        check_no_external_data(folder / path)
    reference = Reference.load(folder / manifest.reference)
    rows: list[ParityRow] = []
    for done, name in enumerate(present, start=1):
        progress(done, total, f"compare {name} with Keras")
        rows += compare(folder, manifest.endpoints, reference, [name], BATCHES)
    progress(total, total, "verified")
    not_run = {name: missing[name] for name in fitting if missing[name]}
    return Report(folder, tuple(rows), len(manifest.files), not_run)
