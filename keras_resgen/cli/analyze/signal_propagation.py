"""`resgen analyze signal-propagation`."""

from typing import Annotated, Any

import typer

from keras_resgen.cli.analyze.group import (
    CsvOption,
    JsonOption,
    PlotOption,
    analysis,
    takes_networks,
    write_picture,
    write_rows,
)
from keras_resgen.cli.output import print_table


@analysis
@takes_networks
def signal_propagation(
    networks: dict[str, Any],
    batch: Annotated[int, typer.Option(min=2, help="Inputs, standard normal noise.")] = 32,
    inference: Annotated[
        bool, typer.Option("--inference", help="Normalize by moving statistics: after training.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of weights and noise.")] = 0,
    csv: CsvOption = None,
    json: JsonOption = None,
    plot: PlotOption = None,
) -> None:
    """Compare the size of activations and the similarity of positions over depth.

    For each layer or block: means over its channels of their variance and squared mean, the
    variance of a block's branch, and the cosine of the angle between two positions of one input.
    """
    import numpy as np

    from keras_resgen.analysis import plot_signal_propagation
    from keras_resgen.analysis import signal_propagation as measure

    signals = {}
    for name, network in networks.items():
        rng = np.random.default_rng(seed)
        noise = [
            rng.standard_normal((batch, *given.shape[1:]), "float32") for given in network.inputs
        ]
        signals[name] = measure(network, noise, training=not inference)
    for name, rows in signals.items():
        cells = [
            (
                row.layer,
                *(
                    "" if value is None else f"{value:.3g}"
                    for value in (
                        row.variance,
                        row.squared_mean,
                        row.branch_variance,
                        row.similarity,
                    )
                ),
            )
            for row in rows
        ]
        columns = ("layer", "variance", "squared mean", "branch variance", "similarity")
        print_table(name, columns, cells)
    write_rows([row for rows in signals.values() for row in rows], csv, json)
    write_picture(plot, lambda: plot_signal_propagation(signals))
