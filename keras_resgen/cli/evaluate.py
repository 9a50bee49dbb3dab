"""`resgen evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console, print_table, show_progress
from keras_resgen.cli.runs import TrainedArgument, load
from keras_resgen.runs.destination import check_writable


@command
def evaluate(
    run: TrainedArgument,
    data: Annotated[
        str | None,
        typer.Option(help="Where the images are that it was trained on, if they have moved."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write metrics.json and pictures into this folder too."),
    ] = None,
) -> None:
    """Measure losses, samples, reconstructions, codes, walks and edits on held-out images.

    Samples are compared with as many held-out images, as in training. Of an export all is computed
    by its ONNX files, but for losses, likelihoods and gradients, which it does not have.
    """
    import dataclasses

    if out is not None:
        check_writable(out)
    trained = load(run)
    from keras_resgen.runs.evaluation import evaluate as measure
    from keras_resgen.runs.evaluation.files import write_evaluation
    from keras_resgen.runs.plan.data import load_split

    if data is not None:
        config = dataclasses.replace(trained.config, data=data)
        trained = dataclasses.replace(trained, config=config)
    with show_progress() as progress:
        training, held_out = load_split(trained.config, progress)
    sections = measure(trained, training, held_out)
    for section in sections:
        rows = [
            (name, f"{value:.6g}", "" if baseline is None else f"{baseline:.4g}")
            for name, value, baseline in section.metrics
        ]
        has_baseline = any(baseline for _, _, baseline in rows)
        columns = ("metric", "value", "real vs. real") if has_baseline else ("metric", "value")
        print_table(section.title, columns, [row[: len(columns)] for row in rows])
    if out is not None:
        write_evaluation(out, sections, trained, training, held_out)
        console.print(f"Written: {out}", highlight=False, soft_wrap=True)
