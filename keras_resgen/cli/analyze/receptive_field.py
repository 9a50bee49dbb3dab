"""`resgen analyze receptive-field`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.analyze.group import (
    CsvOption,
    JsonOption,
    analysis,
    sizes,
    takes_network,
    write_picture,
    write_rows,
)
from keras_resgen.cli.output import OutOption, print_table


@analysis
@takes_network
def receptive_field(
    network: Any,
    out: OutOption = Path("receptive-field.png"),
    layer: Annotated[
        list[str] | None,
        typer.Option(
            help="A layer or block as resgen analyze trace names it; may be repeated. By default "
            "the last one that does not see the whole image."
        ),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Photograph to draw over; gray by default."),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, help="Noise images to average gradients over.")
    ] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    csv: CsvOption = None,
    json: JsonOption = None,
) -> None:
    """Draw the receptive field of the middle of a layer: theoretical, and by gradients.

    The box is the theoretical field. The heat is the gradient at each pixel, and the circle marks
    two standard deviations of its square.
    """
    from keras_resgen.analysis import measure_receptive_field, plot_receptive_fields
    from keras_resgen.cli.pictures import photograph

    shape = next((x.shape[1:] for x in network.inputs if len(x.shape) == 4), None)
    if shape is None:
        raise ValueError(
            "A receptive field is a part of an image. "
            f"Received: {network.name}, which takes none. Choose an encoder or a classifier."
        )
    shown = None if image is None else photograph(image, shape)
    layers: list[str | None] = [*layer] if layer else [None]
    found = [measure_receptive_field(network, name, samples=samples, seed=seed) for name in layers]
    fields = [field for field, _ in found]
    cells = [
        (
            field.layer,
            sizes(field.shape),
            sizes(field.theoretical) + ("" if field.inside else " (beyond the image)"),
            sizes(field.measured),
            f"{field.effective:.1f}",
            " x ".join(f"{deviation:.1f}" for deviation in field.deviation),
        )
        for field in fields
    ]
    columns = ("layer", "output", "theoretical", "measured", "effective", "standard deviation")
    print_table(f"{network.name}, in pixels", columns, cells)
    write_rows(fields, csv, json)
    write_picture(out, lambda: plot_receptive_fields(found, shown))
