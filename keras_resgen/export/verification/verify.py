"""Verification of exports without the model they were made from."""

from collections.abc import Sequence
from pathlib import Path

from keras_resgen.export.endpoints.exportable import Progress, no_progress
from keras_resgen.export.endpoints.reference import Reference
from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files, list_formats
from keras_resgen.export.formats.table import FORMATS, runtimes_for
from keras_resgen.export.runtimes.table import RUNTIMES
from keras_resgen.export.verification.parity import ParityRow, Report, compare

BATCHES = (1, 3, 16)


def verify_export(
    folder: Path | str,
    progress: Progress | None = None,
    *,
    runtimes: Sequence[str] | None = None,
) -> Report:
    """Check an export's files, and compare every endpoint in every runtime with Keras.

    The export holds inputs of every endpoint and the outputs that Keras computed from them: 7 rows,
    and of images larger than 32 x 32 pixels a fixed choice of 4,096 values each. The runtimes that
    are installed here are compared with these outputs at batch 1, 3 and 16, for which the rows are
    repeated.

    The SHA-256 of every file is compared with the manifest before anything is run. This finds
    damaged and mixed-up files. It does not show who wrote them.

    Args:
        folder: written by `export_model`.
        progress: called as `progress(done, total, label)` before each step.
        runtimes: names in `RUNTIMES` to run; by default all that run a format of the export.

    Returns:
        The differences. `report.ok` is whether all are allowed and every format was compared,
        `report.not_run` says how to install missing runtimes, and `report.not_compared` names the
        formats that no runtime could check.

    Raises:
        ExportError: if the manifest is missing, damaged or from a newer version of this package; a
            file is missing, unknown, changed or outside the folder; an ONNX file refers to other
            files; a runtime fails on the export; or a runtime in `runtimes` is missing.
        ValueError: if a runtime is unknown.

    Example:

    >>> report = verify_export("exports/faces")  # doctest: +SKIP
    >>> report.ok  # doctest: +SKIP
    True
    """
    folder = Path(folder).resolve()
    progress = progress or no_progress
    missing = {name: RUNTIMES[name].missing_requirement() for name in runtimes or RUNTIMES}
    if runtimes and any(missing.values()):
        raise ExportError(
            "Every runtime in runtimes must be installed. Received: "
            + "; ".join(f"{name} ({first})" for name, first in missing.items() if first)
            + ". Install it, or leave it out."
        )
    manifest = Manifest.load(folder)
    formats = list_formats(manifest.endpoints)
    readers = {name: runtimes_for(name) if name in FORMATS else [] for name in formats}
    runs = {
        runtime: [name for name in formats if runtime in readers[name]]
        for runtime in missing
        if any(runtime in names for names in readers.values())
    }
    present = [runtime for runtime in runs if not missing[runtime]]
    not_run = {runtime: missing[runtime] for runtime in runs if missing[runtime]}
    if not present:
        choice = [name for name in RUNTIMES if any(name in names for names in readers.values())]
        raise ExportError(
            f"An installed runtime must run one of the export's formats, {', '.join(formats)}. "
            f"Received: {_listed(not_run) if not_run else ', '.join(missing)}. "
            f"Use {' or '.join(choice) or 'another version of keras_resgen'}."
        )
    total = len(present) + 1
    progress(0, total, "check every file")
    check_files(folder, manifest)
    for path in sorted(_onnx_files(manifest)):
        check_no_external_data(folder / path)
    reference = Reference.load(folder / manifest.reference)
    rows: list[ParityRow] = []
    for done, name in enumerate(present, start=1):
        progress(done, total, f"compare {name} with Keras")
        rows += compare(folder, manifest.endpoints, reference, {name: runs[name]}, BATCHES)
    progress(total, total, "verified")
    compared = {row.format for row in rows}
    not_compared = {
        name: f"needs {' or '.join(readers[name])}" if readers[name] else "no runtime reads it"
        for name in formats
        if runtimes is None and name not in compared
    }
    return Report(folder, tuple(rows), len(manifest.files), not_run, not_compared)


def _listed(not_run: dict[str, str]) -> str:
    return "none of " + ", ".join(f"{name} ({first})" for name, first in not_run.items())


def _onnx_files(manifest: Manifest) -> set[str]:
    onnx_formats = {name for name, row in FORMATS.items() if row.file_type == "onnx"}
    return {
        path
        for entry in manifest.endpoints.values()
        for name, path in entry["formats"].items()
        if name in onnx_formats or path.endswith(".onnx")
    }
