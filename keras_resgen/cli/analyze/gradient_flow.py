"""`resgen analyze gradient-flow`."""

from typing import Annotated

import typer

from keras_resgen.cli.analyze.group import (
    CsvOption,
    JsonOption,
    PlotOption,
    analysis,
    write_picture,
    write_rows,
)
from keras_resgen.cli.output import import_keras_silently, print_table

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)


@analysis
def gradient_flow(
    names: Annotated[
        list[str], typer.Argument(help="Classifiers: plain56 resnet56 resnet56v2, ...")
    ],
    width: Annotated[int | None, typer.Option(min=1, help="Channels of the first stage.")] = None,
    image_size: Annotated[int | None, typer.Option(min=1, help="Height and width.")] = None,
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
    import_keras_silently()
    import numpy as np

    from keras_resgen.analysis import gradient_flow as flow_of
    from keras_resgen.analysis import plot_gradient_flow
    from keras_resgen.runs.networks import named_network

    flows = {}
    for name in names:
        network = named_network(name, seed=seed, width=width, image_size=image_size)
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
