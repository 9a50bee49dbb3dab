"""`resgen evaluate`."""

from keras_resgen.cli.application import command
from keras_resgen.cli.output import print_table, show_progress
from keras_resgen.cli.runs import RunArgument, load


@command
def evaluate(run: RunArgument) -> None:
    """Evaluate a run on its held-out images and print the figures."""
    folder, model = load(run)
    from keras_resgen.data.batches import evaluation_batches
    from keras_resgen.runs.data import given_with, load_split

    config = folder.read_config()
    with show_progress() as progress:
        _, held_out = load_split(config, progress)
    model.compile()
    batches = evaluation_batches(held_out.images, config.batch_size, given_with(held_out, config))
    figures = model.evaluate(batches, return_dict=True, verbose=0)
    print_table(
        f"{len(held_out)} held-out images of {config.data}",
        ("figure", "value"),
        [(name, f"{value:.6g}") for name, value in figures.items()],
    )
