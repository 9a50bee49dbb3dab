"""A progress bar for what reports `(done, total, label)`: preparing images, exporting."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bar

from keras_resgen.data.source_plan import Progress


@contextmanager
def progress_bar(console: Console) -> Iterator[Progress]:
    """Gives `load_images` or `export_model` something to report to, drawn once they do.

    Args:
        console: where to draw; nothing is drawn where it is no terminal.

    Example:

    >>> with progress_bar(Console(quiet=True)) as progress:
    ...     progress(1, 2, "drawing faces")
    """
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}

        def progress(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, visible=done < total)

        yield progress
