"""`resgen export` and `resgen verify`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console, import_keras_silently, print_table, show_progress
from keras_resgen.export import FORMATS, RUNTIMES
from keras_resgen.export.formats.table import DEFAULT_FORMATS


@command
def export(
    model: Annotated[
        Path, typer.Argument(help="Folder of a run, made by resgen train, or a .keras file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the export to make.")],
    formats: Annotated[
        str,
        typer.Option(
            help="Formats, separated by commas. "
            + " ".join(f"{name}: {row.description}." for name, row in FORMATS.items())
        ),
    ] = ",".join(DEFAULT_FORMATS),
    fitted: Annotated[
        str | None,
        typer.Option(
            help="Distribution to fit to codes, which draw and sample draw from: gaussian, "
            "mixture, flow or none.  [default: gaussian, or the prior the model was trained with]"
        ),
    ] = None,
    directions: Annotated[
        str | None,
        typer.Option(
            help="How to fit directions of attributes: means, contextual, logistic, component "
            "or none.  [default: means, or none for conditional models]"
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Images to fit to. Needed for a .keras file, or if the training images of a run "
            "were moved."
        ),
    ] = None,
    license: Annotated[
        str | None,
        typer.Option(help="License of the weights, for the manifest, such as CC-BY-4.0."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace an existing export.")] = False,
) -> None:
    """Write a model's networks as SavedModel and ONNX, compared with Keras.

    By default the export also holds a latent prior and attribute directions, which are fitted to
    the codes of the training images.
    """
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(model)
    if not model.is_file():
        folder.read_config()  # fails before the seconds that importing TensorFlow takes
    # Exports are traced by TensorFlow, and weights load on any backend.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import_keras_silently()
    from keras_resgen.export.folder.manifest import list_formats
    from keras_resgen.runs.exporting import export_run

    with show_progress() as progress:
        manifest = export_run(
            model if model.is_file() else folder,
            out,
            formats=_names(formats),
            fitted=fitted,
            directions=directions,
            data=data,
            license=license,
            overwrite=overwrite,
            progress=progress,
        )
    console.print(f"Export: {out}", highlight=False, soft_wrap=True)
    if model.is_file() and data is None:
        prior = manifest.latent["prior"]
        note = "Without --data nothing was fitted to images: the export has no directions, and "
        note += f"samples come from the prior {prior}." if prior else "no prior to sample from."
        for name in list_formats(manifest.endpoints):
            if FORMATS[name].calibrated:
                note += f" {name} was calibrated with noise."
        console.print(note, highlight=False, soft_wrap=True)


@command
def verify(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
    runtimes: Annotated[
        str | None,
        typer.Option(
            help=f"Runtimes, separated by commas: {', '.join(RUNTIMES)}.  "
            "[default: all that are installed]"
        ),
    ] = None,
) -> None:
    """Check an export's files, and compare it with Keras in every runtime."""
    import_keras_silently()
    from keras_resgen.export import verify_export

    with show_progress() as progress:
        report = verify_export(export, progress, runtimes=_names(runtimes) if runtimes else None)
    print_table(
        f"{report.files} files unchanged",
        ("endpoint", "format", "runtime", "batch", "output", "difference", "allowed", ""),
        [
            (
                row.endpoint,
                row.format,
                row.runtime,
                str(row.batch),
                row.output,
                *row.text(),
                "ok" if row.ok else "TOO LARGE",
            )
            for row in report.rows
        ],
    )
    for title, reasons in (("not run", report.not_run), ("not compared", report.not_compared)):
        for name, reason in reasons.items():
            line = f"{title}: {name} ({reason})"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if not all(row.ok for row in report.rows):
        raise RuntimeError(f"{export} differs from Keras by more than is allowed. See the table.")
    if not report.ok:
        raise RuntimeError(
            f"Every format of {export} must be compared with Keras. Received: none for "
            f"{', '.join(report.not_compared)}. Install a runtime, or choose with --runtimes."
        )


def _names(text: str) -> list[str]:
    """Split names at commas."""
    return [name.strip() for name in text.split(",")]
