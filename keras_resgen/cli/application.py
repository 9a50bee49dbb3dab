"""The application that commands register with, their `--config`, and how errors end."""

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

from keras_resgen.runs.config import known_options, read_options, typed

app = typer.Typer(
    name="resgen",
    help="Train generative image models on faces, look at them, and ship them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _take_defaults(context: typer.Context, file: Path | None) -> None:
    """Lets a file's options stand in for those that the command line does not give."""
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
    """A file's value as it would be typed: text, so that ranges are checked too; flags stay."""
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
        help="TOML or JSON file of this command's options; those given here win.",
    ),
]


def command(function: Callable[..., None], *, group: typer.Typer = app) -> Callable[..., None]:
    """Registers a function as a command that can also take its options from a file.

    Args:
        function: whose parameters are the command's.
        group: the commands that it is one of; those of `resgen` itself by default.
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
    return group.command()(run)


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
    except (RuntimeError, MemoryError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    Console(stderr=True).print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(code)
