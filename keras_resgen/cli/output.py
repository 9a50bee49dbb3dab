"""What commands print and write, and the imports that they delay."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from keras_resgen.runs.destination import Destination, unwritable

console = Console(markup=False)  # paths may hold brackets
if not console.is_terminal:
    console.width = 1000  # no screen limits a file's lines


def check_picture(out: Path) -> Path:
    """Return the path if a PNG file can be written there."""
    if out.suffix.lower() != ".png":
        raise ValueError(f"Pictures are PNG files. Received: {out}. End its name in .png.")
    if obstacle := unwritable(out.absolute().parent):
        raise ValueError(
            f"Expected a place to write to. Received: {out}; {obstacle} is not a folder that can "
            "be written. Choose another place."
        )
    return out


OutOption = Annotated[
    Path,
    typer.Option(dir_okay=False, writable=True, callback=check_picture, help="PNG file to write."),
]


def import_keras_silently() -> None:
    """Import Keras and TensorFlow without what TensorFlow prints to standard error.

    Two lines about oneDNN come from C++ before any log level applies. Errors of an import are
    exceptions of Python, which are not hidden.

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
            "KERAS_BACKEND must be tensorflow, jax or torch, and this package must be installed. "
            f"Received: {backend}: {error}. Install keras-resgen[{backend}], or unset it."
        ) from error
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextmanager
def show_progress() -> Iterator[Callable[[int, int, str], None]]:
    """Return a function that draws a progress bar from `(done, total, label)`.

    `load_images` and `export_model` call it. Nothing is drawn where the output is no terminal.

    Example:

    >>> with show_progress() as progress:
    ...     progress(1, 2, "drawing faces")
    """
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}

        def progress(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, visible=done < total)

        yield progress


def print_table(title: str, columns: Any, rows: Any) -> None:
    """Print rows of strings under a title."""
    table = Table(box=None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(title, highlight=False, soft_wrap=True)
    console.print(table)


def write_sheet(out: Path, images: Any, columns: int) -> None:
    """Write images in rows as one PNG file."""
    from keras_resgen.data.pictures import PADDING, contact_sheet, save_png

    save_png(out, contact_sheet(images, columns, padding=PADDING))
    say_written(out)


def say_written(out: Path) -> None:
    """Print where a picture was written."""
    console.print(f"Picture: {out}", highlight=False, soft_wrap=True)


@contextmanager
def resume_hint(command: str, folder: Destination) -> Iterator[None]:
    """Print how to resume where a signal has ended a command that makes a folder."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        hint = f" Resume with resgen {command} --resume {shlex.quote(str(folder.path))}"
        text = f"Stopped.{hint if folder.is_own() else ''}"
        console.print(text, highlight=False, soft_wrap=True)
        raise
