"""A progress bar for images being drawn or decoded."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar

from keras_resgen.data.recipe import Progress


@contextmanager
def data_progress(console: Console) -> Iterator[Progress]:
    """Gives `load_images` something to report to, shown once it reports.

    Args:
        console: where to draw; nothing is drawn where it is no terminal.

    Example:

    >>> with data_progress(Console(quiet=True)) as progress:
    ...     progress(1, 2, "drawing faces")
    """
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}

        def progress(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done)

        yield progress
