"""`resgen evaluate`."""

from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import print_table, show_progress
from keras_resgen.cli.runs import TrainedArgument, load

MOST_IMAGES = 1000


@command
def evaluate(
    run: TrainedArgument,
    data: Annotated[
        str | None,
        typer.Option(help="Where the images are that it was trained on, if they have moved."),
    ] = None,
) -> None:
    """Measure losses, samples, reconstructions and codes on held-out images.

    Samples are compared with as many held-out images, as in training. Of an export all is computed
    by its ONNX files, but for losses, likelihoods and gradients, which it does not have.
    """
    import dataclasses

    trained = load(run)
    from keras_resgen.data.batches import evaluation_batches
    from keras_resgen.runs.data import given_with, load_split
    from keras_resgen.runs.evaluating import codes_quality, samples_quality

    if data is not None:
        trained = dataclasses.replace(
            trained, config=dataclasses.replace(trained.config, data=data)
        )
    config, model = trained.config, trained.model
    with show_progress() as progress:
        training, held_out = load_split(config, progress)
    if not trained.is_export:
        model.compile()
        batches = evaluation_batches(
            held_out.images, config.batch_size, given_with(held_out, config)
        )
        figures = model.evaluate(batches, return_dict=True, verbose=0)
        print_table(
            f"Losses on {len(held_out)} held-out images of {config.data}",
            ("figure", "value"),
            [(name, f"{value:.6g}") for name, value in figures.items()],
        )
    count, figures = samples_quality(trained, training, held_out)
    if figures:
        print_table(
            f"{count} samples and as many held-out images; floor: real images among themselves",
            ("figure", "value", "floor"),
            [
                (
                    figure.name,
                    f"{figure.value:.6g}",
                    "" if figure.floor is None else f"{figure.floor:.4g}",
                )
                for figure in figures
            ],
        )
    count = min(len(held_out), MOST_IMAGES)
    if figures := codes_quality(trained, held_out, count):
        print_table(
            f"Reconstructions and codes of {count} held-out images",
            ("figure", "value"),
            [(figure.name, f"{figure.value:.6g}") for figure in figures],
        )
