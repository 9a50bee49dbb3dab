"""Verifies exports without the model they were made from."""

from pathlib import Path

from keras_resgen.export.manifest import Manifest, check_files
from keras_resgen.export.onnx_format import check_no_external_data
from keras_resgen.export.parity import Report, compare
from keras_resgen.export.protocols import Progress, silent
from keras_resgen.export.reference import Reference


def verify_export(folder: Path | str, progress: Progress | None = None) -> Report:
    """Checks an export's files, and runs every endpoint in every runtime against Keras's outputs.

    The export holds inputs of every endpoint and the outputs that Keras computed from them when it
    was written: 7 rows, of pictures over 64 x 64 pixels a fixed choice of 16,384 values each. The
    runtimes of this machine are compared with those at batch 1 and 7.

    The SHA-256 of every file is compared with the manifest's before anything is run. That tells
    damaged and mixed-up files; it does not tell who wrote them.

    Args:
        folder: what `export_model` wrote.
        progress: called as `progress(done, total, label)` before each step.

    Returns:
        The differences; `report.ok` says whether all are allowed.

    Raises:
        ExportError: if the manifest is missing, damaged or from a newer version of this package; a
            file is missing, unknown, changed or outside the folder; an ONNX file refers to other
            files; or a runtime cannot run the export.

    Example:

    >>> report = verify_export("exports/faces")  # doctest: +SKIP
    >>> report.ok  # doctest: +SKIP
    True
    """
    folder = Path(folder).resolve()
    progress = progress or silent
    progress(0, 2, "check every file")
    manifest = Manifest.load(folder)
    check_files(folder, manifest)
    formats = [entry["formats"] for entry in manifest.endpoints.values()]
    for path in sorted({paths["onnx"] for paths in formats if "onnx" in paths}):
        check_no_external_data(folder / path)
    progress(1, 2, "compare every runtime with Keras")
    rows = compare(folder, manifest.endpoints, Reference.load(folder / manifest.reference))
    progress(2, 2, "verified")
    return Report(folder, rows, len(manifest.files))
