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
    formats: Annotated[
        str,
        typer.Option(
            help="saved_model, onnx, onnx_fp16 (half the size), onnx_int8 (a quarter), litert, "
            "openvino."
        ),
    ] = "saved_model,onnx",
    fitted: Annotated[
        str | None,
        typer.Option(
            help="What draw and sample draw from, fitted to codes: gaussian, mixture, flow or "
            "none.  [default: gaussian, or the prior the run was trained to]"
        ),
    ] = None,
    directions: Annotated[
        str | None,
        typer.Option(
            help="How directions of attributes are fitted: means, contextual, logistic, component "
            "or none.  [default: means, unless the model is told attributes]"
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Images to fit to, if those of the training are no longer there."),
    ] = None,
    license: Annotated[
        str | None, typer.Option(help="Of the weights, to be recorded, such as CC-BY-4.0.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace an export that is there.")] = False,
) -> None:
    """Write a run's networks as SavedModel and ONNX, checked against Keras.

    With them come a latent prior and attribute directions, fitted to the codes of the training
    images.
    """
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(run)
    folder.read_config()  # before the seconds that importing TensorFlow takes
    # TensorFlow traces exports, and a run's weights load on any backend.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import_keras_silently()
    from keras_resgen.runs.exporting import export_run

    with show_progress() as progress:
        export_run(
            folder,
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


@command
def verify(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
    runtimes: Annotated[
        str | None,
        typer.Option(
            help="Which to run: onnxruntime, tensorflow, openvino, litert, opencv, "
            "onnxruntime-node, onnxruntime-web, chromium.  [default: all that are installed]"
        ),
    ] = None,
) -> None:
    """Check an export's files, and run it in every runtime against Keras's outputs."""
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
    for name, missing in report.not_run.items():
        console.print(f"not run: {name} ({missing})", highlight=False, markup=False, soft_wrap=True)
    if not report.ok:
        raise RuntimeError(f"{export} differs from Keras by more than is allowed. See the table.")


def _names(text: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in text.split(",")]
