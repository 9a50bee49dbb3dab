"""`resgen analyze block-removal`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.analyze.group import (
    CsvOption,
    JsonOption,
    PlotOption,
    analysis,
    takes_network,
    write_picture,
    write_rows,
)
from keras_resgen.cli.output import print_table


@analysis
@takes_network
def block_removal(
    network: Any,
    data: Annotated[
        Path,
        typer.Option(
            exists=True, file_okay=False, help="Test images, in a folder for each class, by name."
        ),
    ],
    count: Annotated[int, typer.Option(min=1, help="Images of them.")] = 1000,
    at_random: Annotated[
        int, typer.Option(min=0, help="Also remove 1, 2, ... up to so many at once.")
    ] = 0,
    repeats: Annotated[int, typer.Option(min=1, help="Choices of each number.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of images and choices.")] = 0,
    csv: CsvOption = None,
    json: JsonOption = None,
    plot: PlotOption = None,
) -> None:
    """Remove each block of a trained classifier, and several at once, and measure its errors.

    Residual networks lose little without a block, and plain ones what they have learned.
    """
    import numpy as np

    from keras_resgen.analysis import (
        classification_error,
        plot_removals,
        remove_at_random,
        remove_each,
    )
    from keras_resgen.data.classes import load_classes

    images, labels = load_classes(data, network.input_shape[1:], count=count, seed=seed)
    error = classification_error(images, labels)
    removals = remove_each(network, error)
    title = f"Share of {len(images)} images wrong"
    cells = [(" ".join(row.blocks) or "none", f"{row.error:.3f}") for row in removals]
    print_table(title, ("without", "error"), cells)
    numbers = range(1, at_random + 1)
    chosen = remove_at_random(network, error, numbers, repeats=repeats, seed=seed)
    means = [np.mean([row.error for row in chosen if len(row.blocks) == n]) for n in numbers]
    if at_random:
        cells = [(str(n), f"{mean:.3f}") for n, mean in zip(numbers, means, strict=True)]
        print_table(f"{title}, blocks chosen at random", ("without", "mean error"), cells)
    write_rows([*removals, *chosen], csv, json)
    write_picture(plot, lambda: plot_removals({network.name: [*removals, *chosen]}))
