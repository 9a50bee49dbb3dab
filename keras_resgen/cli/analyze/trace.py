"""`resgen analyze trace` and `resgen analyze kernels`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from keras_resgen.cli.analyze.group import (
    CsvOption,
    JsonOption,
    PlotOption,
    analysis,
    sizes,
    takes_network,
    write_picture,
    write_rows,
)
from keras_resgen.cli.output import console, import_keras_silently, print_table

COLUMNS = ("output", "trained", "untrained", "multiply-adds", "receptive field")


@analysis
@takes_network
def trace(
    network: Any,
    by_stage: Annotated[
        bool, typer.Option(help="Sum over layers of the same height and width, as papers do.")
    ] = False,
    csv: CsvOption = None,
    json: JsonOption = None,
    plot: PlotOption = None,
) -> None:
    """List a network's layers: shapes, parameters, multiply-adds, receptive fields.

    Multiply-adds are those of convolutions, dense layers and attention for one image. The receptive
    field is in pixels; none is shown where outputs depend on the whole image.
    """
    from keras_resgen.analysis import by_stage as summed
    from keras_resgen.analysis import plot_trace
    from keras_resgen.analysis import trace as traced

    rows = traced(network)
    stages = summed(rows)
    if by_stage:
        _print_stages(network.name, stages)
    else:
        _print_layers(network.name, rows)
    _print_totals(rows)
    write_rows(stages if by_stage else rows, csv, json)
    write_picture(plot, lambda: plot_trace(rows))


def _costs(row: Any) -> tuple[str, ...]:
    """The cells that the tables of layers and of stages share, see `COLUMNS`."""
    numbers = (row.trained, row.untrained, row.multiply_adds)
    shown = [f"{number:,}" if number else "" for number in numbers]
    return (sizes(row.shape), *shown, sizes(row.receptive_field))


def _totals(row: Any) -> tuple[str, str]:
    return f"{row.total_trained:,}", f"{row.total_multiply_adds:,}"


def _print_layers(name: str, rows: Sequence[Any]) -> None:
    cells = [(row.name, row.kind, *_costs(row), sizes(row.jump), *_totals(row)) for row in rows]
    columns = ("layer", "kind", *COLUMNS, "jump", "trained so far", "multiply-adds so far")
    print_table(name, columns, cells)


def _print_stages(name: str, stages: Sequence[Any]) -> None:
    cells = [
        (
            stage.first if stage.first == stage.last else f"{stage.first} to {stage.last}",
            str(stage.layers),
            *_costs(stage),
            *_totals(stage),
        )
        for stage in stages
    ]
    columns = ("stage", "layers", *COLUMNS, "trained so far", "multiply-adds so far")
    print_table(name, columns, cells)


def _print_totals(rows: Sequence[Any]) -> None:
    last = rows[-1]
    exponent = 9 if last.total_multiply_adds >= 1e9 else 6
    lines = [
        f"{last.total_trained:,} trained parameters and "
        f"{sum(row.untrained for row in rows):,} others; "
        f"{last.total_multiply_adds:,} multiply-adds, "
        f"{last.total_multiply_adds / 10**exponent:.4g} x 10^{exponent}"
    ]
    maps = [row for row in rows if row.receptive_field is not None]
    if maps:
        lines.append(
            f"Receptive field at {maps[-1].name}: {sizes(maps[-1].receptive_field)} pixels, "
            f"every {sizes(maps[-1].jump)}"
        )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


@analysis
def kernels(
    channels: Annotated[int, typer.Option(min=1, help="Channels of every map.")] = 64,
    csv: CsvOption = None,
    json: JsonOption = None,
    plot: PlotOption = None,
) -> None:
    """Compare stacks of small kernels with one large kernel of the same receptive field."""
    import_keras_silently()
    from keras_resgen.analysis import compare_kernels, plot_kernels

    stacks = compare_kernels(channels)
    cells = [
        (
            f"{stack.layers} of {stack.kernel} x {stack.kernel}",
            sizes(stack.receptive_field),
            f"{stack.parameters:,}",
            f"{stack.per_square} C^2",
            f"{stack.multiply_adds:,}",
        )
        for stack in stacks
    ]
    columns = ("layers", "receptive field", "parameters", "of C channels", "multiply-adds a pixel")
    print_table(f"Convolutions with {channels} channels", columns, cells)
    write_rows(stacks, csv, json)
    write_picture(plot, lambda: plot_kernels(stacks))
