"""What commands print and write, and the imports they delay."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.runs.destination import Destination, unwritable

console = Console(markup=False)  # paths may hold brackets
if not console.is_terminal:
    console.width = 1000  # no screen limits a file's lines


def check_picture(out: Path) -> Path:
    """The path, if a PNG file can be written there."""
    if out.suffix.lower() != ".png":
        raise ValueError(f"Pictures are PNG files. Received: {out}. End its name in .png.")
    if obstacle := unwritable(out.absolute().parent):
        raise ValueError(
            f"Expected a place to write to. Received: {out}; {obstacle} is no folder that can be "
            "written. Choose another place."
        )
    return out


OutOption = Annotated[
    Path,
    typer.Option(dir_okay=False, writable=True, callback=check_picture, help="PNG file to write."),
]


def import_keras_silently() -> None:
    """Imports Keras, and TensorFlow while standard error is closed to its greeting.

    Two lines about oneDNN come from C++ before any log level applies; an error that an import
    raises is a Python exception, which this does not hide.

    Raises:
        ValueError: if Keras cannot run on the backend that `KERAS_BACKEND` names.
    """
    saved = os.dup(2)
    with open(os.devnull, "w") as devnull:
        os.dup2(devnull.fileno(), 2)
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401, which data and exports need on every backend
    except (ImportError, ValueError) as error:
        backend = os.environ.get("KERAS_BACKEND")
        raise ValueError(
            "KERAS_BACKEND must be tensorflow, jax or torch, and that package be installed. "
            f"Received: {backend}: {error}. Install keras-resgen[{backend}], or unset it."
        ) from error
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def show_progress() -> Any:
    """A progress bar, shown only while there is something to do."""
    from keras_resgen.runs.progress_bar import progress_bar

    return progress_bar(console)


def print_table(title: str, columns: Any, rows: Any) -> None:
    """Prints rows of strings under a title."""
    table = Table(box=None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(title, highlight=False, soft_wrap=True)
    console.print(table)


def write_sheet(out: Path, images: Any, columns: int) -> None:
    """Writes images in rows as one PNG file."""
    from keras_resgen.data.pictures import PADDING, contact_sheet, save_png

    save_png(out, contact_sheet(images, columns, padding=PADDING))
    say_written(out)


def say_written(out: Path) -> None:
    """Prints where a picture went."""
    console.print(f"Picture: {out}", highlight=False, soft_wrap=True)


@contextmanager
def resume_hint(command: str, folder: Destination) -> Iterator[None]:
    """Says how to go on where a signal has ended a command that makes a folder."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        hint = f" Go on with resgen {command} --resume {shlex.quote(str(folder.path))}"
        text = f"Stopped.{hint if folder.is_own() else ''}"
        console.print(text, highlight=False, soft_wrap=True)
        raise
