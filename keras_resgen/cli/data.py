"""`resgen data`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import OutOption, console, print_table, show_progress, write_sheet
from keras_resgen.runs.config import option_text


@command
def data(
    source: Annotated[str, typer.Argument(help=option_text("data"))],
    out: OutOption = Path("data.png"),
    image_size: Annotated[int, typer.Option(help="Height and width in pixels.")] = 64,
    channels: Annotated[int, typer.Option(help="1 for gray images, 3 for RGB.")] = 3,
    count: Annotated[int, typer.Option(min=1, help="Images on the sheet.")] = 96,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 16,
    limit: Annotated[int | None, typer.Option(help="Use at most this many images.")] = None,
    strict: Annotated[bool, typer.Option(help="Refuse a folder with bad images.")] = False,
) -> None:
    """Show a source of images: a contact sheet, and tables of attributes and factors."""
    from keras_resgen.data.sources import load_images
    from keras_resgen.data.tables import attribute_table, factor_table
    from keras_resgen.runs.plan.data import print_notes

    with show_progress() as progress:
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
            print_table(title, tuple(rows[0]), cells)
    write_sheet(out, images.images[:count], columns)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
