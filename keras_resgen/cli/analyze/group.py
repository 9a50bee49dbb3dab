"""The commands of `resgen analyze`, the network they are given, and the data they write."""

import csv as csv_files
import functools
import inspect
import io
import json as json_files
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.application import app, command
from keras_resgen.cli.output import (
    check_picture,
    console,
    import_keras_silently,
    say_written,
)
from keras_resgen.files import write_whole
from keras_resgen.runs.destination import unwritable

analyses = typer.Typer(
    help="Look into networks: layers, costs, receptive fields.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(analyses, name="analyze")
analysis = functools.partial(command, group=analyses)


NAMES = (
    "resnet50, vgg16, ...; encoder:resnet, decoder:plain, discriminator:resnet, ...; "
    "applications:ResNet50, ...; the folder of a run; or a .keras file."
)


def _network_options(
    network: Annotated[
        str | None, typer.Option(help="Network of a run: encoder, decoder, discriminator, ...")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Height and width in pixels; by default the network's usual size."
        ),
    ] = None,
    channels: Annotated[int | None, typer.Option(min=1, help="1 for gray, 3 for RGB.")] = None,
    classes: Annotated[
        int | None, typer.Option(min=1, help="Number of classes of a classifier.")
    ] = None,
    width: Annotated[int | None, typer.Option(min=1, help="Channels of the first stage.")] = None,
    latent_dim: Annotated[int | None, typer.Option(min=1, help="Length of a code.")] = None,
) -> None:
    """The options of networks; see `named_network`."""


def takes_network(function: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's first parameter, a network, by its name and the options that build it.

    An option `seed` of the command also seeds random weights.
    """
    return _given(function, "name", str, lambda build, name: build(name))


def takes_networks(function: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's first parameter, networks by name, as `takes_network` does for one."""
    return _given(
        function, "names", list[str], lambda build, names: {name: build(name) for name in names}
    )


def _given(
    function: Callable[..., None],
    argument: str,
    kind: Any,
    build_all: Callable[[Callable[[str], Any], Any], Any],
) -> Callable[..., None]:
    """Put an argument and the options of networks before a command's own parameters."""
    annotation = Annotated[kind, typer.Argument(help=NAMES)]
    named = inspect.Parameter(argument, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
    options = inspect.signature(_network_options).parameters
    own = list(inspect.signature(function).parameters.values())[1:]

    @functools.wraps(function)
    def run(**given: Any) -> None:
        chosen = {option: given.pop(option) for option in options}
        asked = given.pop(argument)
        import_keras_silently()
        from keras_resgen.runs.networks import named_network

        build = functools.partial(named_network, seed=given.get("seed", 0), **chosen)
        function(build_all(build, asked), **given)

    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (named, *options.values(), *own)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _check_file(path: Path | None) -> Path | None:
    """The path, if a file can be written there."""
    if path is not None and (obstacle := unwritable(path.absolute().parent)):
        raise ValueError(
            f"Expected a place to write to. Received: {path}; {obstacle} is no folder that can be "
            "written. Choose another place."
        )
    return path


CsvOption = Annotated[
    Path | None,
    typer.Option(dir_okay=False, callback=_check_file, help="CSV file of the data to write."),
]
PlotOption = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False,
        callback=lambda path: None if path is None else check_picture(path),
        help="PNG file of a plot to write.",
    ),
]
JsonOption = Annotated[
    Path | None,
    typer.Option(dir_okay=False, callback=_check_file, help="JSON file of the data to write."),
]


def write_rows(rows: Sequence[Any], csv: Path | None, json: Path | None) -> None:
    """Write dataclasses of plain values as CSV and JSON, where a path is given."""
    records = [asdict(row) for row in rows]
    if csv is not None:
        text = io.StringIO()
        writer = csv_files.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow({key: _cell(value) for key, value in record.items()})
        _write(csv, text.getvalue())
    if json is not None:
        _write(json, json_files.dumps(records, indent=2, allow_nan=False) + "\n")


def _cell(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return " ".join(value) if all(isinstance(v, str) for v in value) else sizes(value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    console.print(f"Data: {path}", highlight=False, soft_wrap=True)


def write_picture(path: Path | None, draw: Callable[[], Any]) -> None:
    """Write the figure that a function draws, if a path is given."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw().savefig(path, dpi=100)
        say_written(path)


def sizes(values: Sequence[float] | None) -> str:
    """Format sizes along axes, 56 x 56 x 64; None is empty."""
    return "" if values is None else " x ".join(f"{value:g}" for value in values)
