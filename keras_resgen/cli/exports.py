"""`resgen export` and `resgen verify`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console, import_keras_silently, print_table, show_progress
from keras_resgen.cli.runs import RunArgument


@command
def export(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="Folder of the export to make.")],
    overwrite: Annotated[bool, typer.Option(help="Replace an export that is there.")] = False,
) -> None:
    """Write a run's networks as SavedModel and ONNX, checked against Keras."""
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(run)
    folder.read_config()  # before the seconds that importing TensorFlow takes
    # TensorFlow traces exports, and a run's weights load on any backend.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import_keras_silently()
    from keras_resgen.runs.exporting import export_run

    with show_progress() as progress:
        export_run(folder, out, overwrite=overwrite, progress=progress)
    console.print(f"Export: {out}", highlight=False, soft_wrap=True)


@command
def verify(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
) -> None:
    """Check an export's files, and run it in every runtime against Keras's outputs."""
    import_keras_silently()
    from keras_resgen.export import verify_export

    with show_progress() as progress:
        report = verify_export(export, progress)
    print_table(
        f"{report.files} files unchanged",
        ("endpoint", "runtime", "batch", "output", "difference", "allowed", ""),
        [
            (
                row.endpoint,
                row.runtime,
                str(row.batch),
                row.output,
                f"{row.difference:.2g}",
                f"{row.allowed:.2g}",
                "ok" if row.ok else "TOO LARGE",
            )
            for row in report.rows
        ],
    )
    if not report.ok:
        raise RuntimeError(f"{export} differs from Keras by more than is allowed. See the table.")
