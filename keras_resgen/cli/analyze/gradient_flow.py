"""`resgen analyze gradient-flow`."""

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

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)


@analysis
@takes_networks
def gradient_flow(
    networks: dict[str, Any],
    batch: Annotated[int, typer.Option(min=1, help="Images of noise.")] = 32,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, images and classes.")] = 0,
    csv: CsvOption = None,
    json: JsonOption = None,
    plot: PlotOption = None,
) -> None:
    """Compare how large gradients are from the first layer to the last, before training.

    The loss is the cross-entropy of classes drawn at random for images of noise; norms are of the
    gradients of kernels.
    """
    import numpy as np

    from keras_resgen.analysis import gradient_flow as flow_of
    from keras_resgen.analysis import plot_gradient_flow

    flows = {}
    for name, network in networks.items():
        if len(network.inputs) > 1 or len(network.output_shape) != 2:
            raise ValueError(
                "Gradients are those of the cross-entropy of classes. "
                f"Received: {name}, which gives none. Choose a classifier or an encoder."
            )
        rng = np.random.default_rng(seed)
        images = rng.random((batch, *network.input_shape[1:]), "float32")
        flows[name] = flow_of(network, images, rng.integers(0, network.output_shape[-1], batch))
    cells = [
        (
            name,
            str(len(flow)),
            *(f"{flow[round(p * (len(flow) - 1))].gradient:.3g}" for p in PLACES),
        )
        for name, flow in flows.items()
    ]
    columns = ("network", "kernels", *(f"{place:.0%} of its depth" for place in PLACES))
    print_table("Norm of the gradient", columns, cells)
    write_rows([row for flow in flows.values() for row in flow], csv, json)
    write_picture(plot, lambda: plot_gradient_flow(flows))
