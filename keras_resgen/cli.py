"""The `resgen` command: thin functions that parse, call and print.

Nothing heavy is imported until a command runs, so that `resgen --help` answers at once.
"""

import dataclasses
import inspect
import os
import sys
import types
import typing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.runs.config import RunConfig, read_options

app = typer.Typer(
    name="resgen",
    help="Train generative image models on faces, look at them, and ship them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console()

RunArgument = Annotated[Path, typer.Argument(help="Folder of a run, made by resgen train.")]
OutOption = Annotated[Path, typer.Option(dir_okay=False, writable=True, help="PNG file to write.")]
SeedOption = Annotated[int, typer.Option(help="Of the latent vectors.")]


def config_options() -> list[inspect.Parameter]:
    """Returns a command-line option for every field of `RunConfig`, None where not given."""
    hints = typing.get_type_hints(RunConfig)
    options = []
    for entry in dataclasses.fields(RunConfig):
        kind = hints[entry.name]
        bare = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
        default = "" if entry.default in (None, False) else f" [default: {entry.default}]"
        option = typer.Option(help=entry.metadata["help"] + default, show_default=False)
        options.append(
            inspect.Parameter(
                entry.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[bare | None, option],
            )
        )
    return options


def with_config_options(function: Any) -> Any:
    """Replaces a command's `**options` by one option for every field of `RunConfig`."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in own] + config_options()
    function.__signature__ = signature.replace(parameters=parameters)
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


@app.command()
@with_config_options
def train(
    out: Annotated[Path | None, typer.Option(help="Folder of the run to make.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML or JSON file of options; those given here win.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a folder that is not empty.")] = False,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with this run; only --epochs may be given.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be trained, and stop.")
    ] = False,
    **options: Any,
) -> None:
    """Train a model and write its run folder."""
    given = _given(config, options)
    if resume is not None:
        if overwrite:
            raise ValueError(
                "A run is either gone on with or replaced. Received: --resume and --overwrite. "
                "Leave one out."
            )
        settings = _resumed_settings(resume, given, out)
    else:
        settings = RunConfig.from_dict(given)
    if dry_run:
        _describe(settings)
        return
    if resume is not None:
        _resume(resume, settings.epochs)
        return
    if out is None:
        raise ValueError(
            "train needs a folder to write to. Received: no --out. Give, say, --out runs/first."
        )
    _import_tensorflow_silently()
    from keras_resgen.runs.train import train as run_training

    with _progress() as progress:
        run = run_training(
            settings, out, overwrite=overwrite, console=console, data_progress=progress
        )
    console.print(f"Run: {run.path}\nReport: {run.report}", highlight=False, soft_wrap=True)


@app.command()
def evaluate(run: RunArgument) -> None:
    """Evaluate a run on its held-out images and print the figures."""
    folder, model = _load(run)
    from keras_resgen.data.batches import evaluation_batches
    from keras_resgen.runs.data import load_split

    config = folder.read_config()
    with _progress() as progress:
        _, held_out = load_split(config, progress)
    model.compile()
    batches = evaluation_batches(held_out.images, config.batch_size)
    figures = model.evaluate(batches, return_dict=True, verbose=0)
    _print_table(
        f"{len(held_out)} held-out images of {config.data}",
        ("figure", "value"),
        [(name, f"{value:.6g}") for name, value in figures.items()],
    )


@app.command()
def sample(
    run: RunArgument,
    out: OutOption = Path("samples.png"),
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 64,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 8,
    seed: SeedOption = 0,
) -> None:
    """Draw images from a run's latent prior."""
    _, model = _load(run)
    _write_sheet(out, model.sample(count, seed), columns)


@app.command()
def reconstruct(
    run: RunArgument,
    out: OutOption = Path("reconstructions.png"),
    data: Annotated[
        str | None, typer.Option(help="Another source of images than the run's held-out ones.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 32,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 8,
) -> None:
    """Encode and decode images; originals above, reconstructions below."""
    folder, model = _load(run)
    from keras_resgen.callbacks.sample_grid import reconstruction_sheet
    from keras_resgen.data.pictures import save_png

    _require_encoder(model, "reconstruct")
    images = _images(folder, data, count)
    save_png(out, reconstruction_sheet(images, model.reconstruct(images), columns))
    _say_written(out)


@app.command()
def interpolate(
    run: RunArgument,
    out: OutOption = Path("interpolation.png"),
    start: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Photograph to start from; needs an encoder."
        ),
    ] = None,
    end: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Photograph to end at.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Pairs, where no photograph is given.")] = 4,
    steps: Annotated[int, typer.Option(min=2, help="Images from start to end.")] = 8,
    seed: SeedOption = 0,
) -> None:
    """Walk between two faces.

    Between two photographs, or between held-out images, the walk is straight between their codes;
    without an encoder it follows the arc between draws of the prior.
    """
    import numpy as np

    from keras_resgen.latent import linear, spherical

    folder, model = _load(run)
    if (start is None) != (end is None):
        raise ValueError("interpolate needs --start and --end together. Received: one. Give both.")
    if start is not None and end is not None:
        _require_encoder(model, "interpolate between photographs")
        points = model.encode(np.stack([_photograph(model, path) for path in (start, end)]))
    elif hasattr(model, "encode"):
        points = model.encode(_images(folder, None, 2 * rows))
    else:
        points = model.draw_latents(2 * rows, seed)
    path = linear if hasattr(model, "encode") else spherical
    walks = [path(points[i], points[i + 1], steps) for i in range(0, len(points) - 1, 2)]
    _write_sheet(out, model.generate(np.concatenate(walks)), steps)


@app.command()
def export(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="Folder of the export to make.")],
    overwrite: Annotated[bool, typer.Option(help="Replace an export that is there.")] = False,
) -> None:
    """Write a run's networks as SavedModel and ONNX, checked against Keras."""
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(run)
    folder.read_config()  # before the seconds that importing TensorFlow takes
    _import_tensorflow_silently()
    from keras_resgen.runs.exporting import export_run

    with _progress() as progress:
        export_run(folder, out, overwrite=overwrite, progress=progress)
    console.print(f"Export: {out}", highlight=False, soft_wrap=True)


@app.command()
def verify(
    export: Annotated[Path, typer.Argument(help="Folder of an export, made by resgen export.")],
) -> None:
    """Check an export's files, and run it in every runtime against Keras's outputs."""
    _import_tensorflow_silently()
    from keras_resgen.export import verify_export

    with _progress() as progress:
        report = verify_export(export, progress)
    _print_table(
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


@app.command()
def data(
    source: Annotated[
        str, typer.Argument(help=RunConfig.__dataclass_fields__["data"].metadata["help"])
    ],
    out: OutOption = Path("data.png"),
    image_size: Annotated[int, typer.Option(help="Height and width in pixels.")] = 64,
    channels: Annotated[int, typer.Option(help="1 for grey images, 3 for RGB.")] = 3,
    count: Annotated[int, typer.Option(min=1, help="Images on the sheet.")] = 96,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 16,
    limit: Annotated[int | None, typer.Option(help="Use at most this many images.")] = None,
    strict: Annotated[bool, typer.Option(help="Refuse a folder with bad images.")] = False,
) -> None:
    """Show a source of images: a contact sheet, and tables of attributes and factors."""
    from keras_resgen.data.sources import load_images
    from keras_resgen.data.tables import attribute_table, factor_table
    from keras_resgen.runs.data import print_notes

    with _progress() as progress:
        images = load_images(
            source,
            image_size=image_size,
            channels=channels,
            limit=limit,
            strict=strict,
            progress=progress,
        )
    print_notes(images, console)
    console.print(f"{len(images)} images of {image_size} px", highlight=False)
    for title, rows in (("Attributes", attribute_table(images)), ("Factors", factor_table(images))):
        if rows:
            cells = [[_short(value) for value in row.values()] for row in rows]
            _print_table(title, tuple(rows[0]), cells)
    _write_sheet(out, images.images[:count], columns)


def main() -> None:
    """Runs the command line: bad input ends with one message and exit code 2.

    Set `RESGEN_TRACEBACK=1` to see where an error came from.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if os.environ.get("RESGEN_TRACEBACK"):
        app()
        return
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        _fail(error, 2)
    except RuntimeError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _import_tensorflow_silently() -> None:
    """Imports TensorFlow while standard error is closed to its greeting.

    Two lines about oneDNN come from C++ before any log level applies; an error that the import
    raises is a Python exception, which this does not hide.
    """
    saved = os.dup(2)
    with open(os.devnull, "w") as devnull:
        os.dup2(devnull.fileno(), 2)
    try:
        import tensorflow  # noqa: F401
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _fail(error: Exception, code: int) -> None:
    Console(stderr=True).print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(code)


def _given(file: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a file and of the command line, which wins, by their names in `RunConfig`."""
    named = read_options(file) if file else {}
    checked = RunConfig.from_dict(named).to_dict()
    written = {name.replace("-", "_") for name in named}
    return {name: checked[name] for name in checked if name in written} | {
        name: value for name, value in options.items() if value is not None
    }


def _resumed_settings(run: Path, given: dict[str, Any], out: Path | None) -> RunConfig:
    """The configuration of a run to go on with, refusing options that would make it another."""
    from keras_resgen.runs.folder import RunFolder

    before = RunFolder(run).read_config().to_dict()
    differences = [
        f"{name}: {before[name]!r} in the run, {value!r} given"
        for name, value in given.items()
        if name != "epochs" and before[name] != value
    ]
    if out is not None and out.resolve() != run.resolve():
        differences.append(f"out: {run} is the run, {out} given")
    if differences:
        raise ValueError(
            "A resumed run keeps its configuration; only epochs may change. Received: "
            + "; ".join(differences)
            + ". Leave these options out, or train a new run."
        )
    return RunConfig.from_dict(before | given)


def _resume(run: Path, epochs: int) -> None:
    """Goes on with a run up to a number of epochs."""
    _import_tensorflow_silently()
    from keras_resgen.runs.folder import RunFolder
    from keras_resgen.runs.train import resume

    folder = RunFolder(run)
    with _progress() as progress:
        resume(folder, epochs=epochs, console=console, data_progress=progress)
    console.print(f"Run: {run}\nReport: {folder.report}", highlight=False, soft_wrap=True)


def _describe(config: RunConfig) -> None:
    """Prints the configuration, the networks and the memory that training takes."""
    _import_tensorflow_silently()
    from keras_resgen.runs.building import build_model
    from keras_resgen.runs.describe import layer_rows, training_memory

    _print_table(
        "Configuration", ("option", "value"), [(k, repr(v)) for k, v in config.to_dict().items()]
    )
    model = build_model(config)
    for name, network in model.networks.items():
        _print_table(
            f"{name}: {network.count_params():,} parameters",
            ("layer", "kind", "output", "parameters"),
            [
                (row.name, row.kind, " x ".join(map(str, row.shape)), f"{row.parameters:,}")
                for row in layer_rows(network)
            ],
        )
    memory = training_memory(model, config.batch_size)
    console.print(f"Training takes about {memory / 2**30:.1f} GiB of memory.", highlight=False)


def _load(run: Path) -> tuple[Any, Any]:
    """The run folder and its trained model."""
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(run)
    folder.read_config()  # before the seconds that importing TensorFlow takes
    _import_tensorflow_silently()
    from keras_resgen.runs.building import load_model

    return folder, load_model(folder)


def _images(folder: Any, source: str | None, count: int) -> Any:
    """The first held-out images of a run, or of another source, as floats in [0, 1]."""
    import numpy as np

    from keras_resgen.data.sources import load_images
    from keras_resgen.runs.data import load_split, print_notes

    config = folder.read_config()
    with _progress() as progress:
        if source is None:
            _, images = load_split(config, progress)
        else:
            images = load_images(
                source,
                image_size=config.image_size,
                channels=config.channels,
                limit=count,
                progress=progress,
            )
    print_notes(images, console)
    return np.asarray(images.images[:count], "float32") / 255.0


def _photograph(model: Any, path: Path) -> Any:
    """One image file as floats in [0, 1], cropped and resized for a model."""
    from keras_resgen.data.decoding import BadImageError, decode_image

    size, _, channels = model.image_shape
    try:
        pixels, _ = decode_image(path, size, channels)
    except BadImageError as error:
        raise ValueError(
            f"Expected a photograph. Received: {path}: {error}. Give a JPEG, PNG, GIF, BMP or WebP."
        ) from error
    return pixels.astype("float32") / 255.0


def _require_encoder(model: Any, purpose: str) -> None:
    if not hasattr(model, "encode"):
        raise ValueError(
            f"To {purpose} a model needs an encoder. Received: {type(model).__name__}, which has "
            "none. Use a run of ae, vae or aae."
        )


def _progress() -> Any:
    """A progress bar, shown only while there is something to do."""
    from keras_resgen.runs.progress_bar import progress_bar

    return progress_bar(console)


def _print_table(title: str, columns: Any, rows: Any) -> None:
    table = Table(*columns, title=title, title_justify="left", box=None)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _write_sheet(out: Path, images: Any, columns: int) -> None:
    from keras_resgen.data.pictures import contact_sheet, save_png

    save_png(out, contact_sheet(images, columns, padding=2))
    _say_written(out)


def _say_written(out: Path) -> None:
    console.print(f"Picture: {out}", highlight=False, soft_wrap=True)
