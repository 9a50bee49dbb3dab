"""The application that commands register with, their `--config`, and the end of errors."""

import functools
import inspect
import os
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from keras_resgen import __version__
from keras_resgen.runs.config import known_options, read_options, typed

app = typer.Typer(
    name="resgen",
    help="Train generative image models on faces, look at them, and ship them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"resgen {__version__}")
        raise typer.Exit


@app.callback()
def resgen(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version, and stop."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _take_defaults(context: typer.Context, file: Path | None) -> None:
    """Take the options of a file as defaults of those that the command line does not give."""
    if file is None:
        return
    given = read_options(file)
    assert context.command.callback is not None
    kinds = {
        name: typing.get_args(parameter.annotation)[0]
        for name, parameter in inspect.signature(context.command.callback).parameters.items()
        if name != "config"
    }
    options = known_options(given, sorted(kinds))
    if len(options) < len(given):
        raise ValueError(
            f"Every option of {file.name} must be given once. Received: {sorted(given)}, where - "
            "counts as _. Leave one out."
        )
    context.default_map = {
        name: _as_typed(name, value, kinds[name])
        for name, value in options.items()
        if value is not None
    }


def _as_typed(name: str, value: Any, kind: Any) -> Any:
    """The value in a file as text, so that its range is checked too; flags stay unchanged."""
    kinds = typing.get_args(kind) or (kind,)
    of_items = next((typing.get_args(k)[0] for k in kinds if typing.get_origin(k) is list), None)
    if of_items is not None:
        listed = value if isinstance(value, list) else [value]
        return [_as_typed(name, item, of_items) for item in listed]
    value = typed(name, value, tuple(str if k is Path else k for k in kinds))
    return value if isinstance(value, bool) else str(value)


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        is_eager=True,
        callback=_take_defaults,
        help="TOML or JSON file of options of this command; options given here override it.",
    ),
]


def command(
    function: Callable[..., None],
    *,
    group: typer.Typer = app,
    cls: type[TyperCommand] | None = None,
) -> Callable[..., None]:
    """Register a function as a command that can also take its options from a file.

    Args:
        function: its parameters become those of the command.
        group: where the command is registered; among those of `resgen` itself by default.
        cls: class of the command.
    """

    @functools.wraps(function)
    def run(config: Path | None = None, **options: Any) -> None:
        function(**options)

    file = inspect.Parameter(
        "config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ConfigOption
    )
    signature = inspect.signature(function)
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in (*signature.parameters.values(), file)]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return group.command(cls=cls)(run)


def main() -> None:
    """Run the command line: bad input ends with one message and exit code 2.

    Set `RESGEN_TRACEBACK=1` to see where an error came from.
    """
    if os.getcwd() not in sys.path:  # where `--import` looks, as with python -m
        sys.path.append(os.getcwd())
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if os.environ.get("RESGEN_TRACEBACK"):
        app()
        return
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        _fail(error, 2)
    except (RuntimeError, MemoryError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    Console(stderr=True).print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(code)
