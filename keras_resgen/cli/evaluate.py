"""`resgen evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console, print_table, show_progress
from keras_resgen.cli.runs import TrainedArgument, load
from keras_resgen.runs.destination import check_writable

LEGEND = "↓ lower is better, ↑ higher is better; docs/metrics.md describes every metric"


@command
def evaluate(
    run: TrainedArgument,
    data: Annotated[
        str | None,
        typer.Option(help="Training images of the run, if they have moved."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Also write metrics.json and pictures to this folder."),
    ] = None,
) -> None:
    """Evaluate samples, reconstructions, codes, interpolations and edits on held-out images.

    Compares samples with the same number of held-out images as in training. Evaluates an export by
    its ONNX files, without losses, likelihoods and gradients, which exports do not have.
    docs/metrics.md describes every metric.
    """
    import dataclasses

    if out is not None:
        check_writable(out)
    trained = load(run)
    from keras_resgen.metrics import known_metric
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
        columns = ["metric", "value", *([section.baseline] if section.baseline else []), "better"]
        rows = []
        for name, value, baseline in section.metrics:
            row = known_metric(name)
            shown = [name, f"{value:.6g}"]
            if section.baseline:
                shown.append("" if baseline is None else f"{baseline:.4g}")
            rows.append([*shown, row.arrow if row else ""])
        print_table(section.title, columns, rows)
    console.print(LEGEND, highlight=False, soft_wrap=True)
    if out is not None:
        write_evaluation(out, sections, trained, training, held_out)
        console.print(f"Wrote {out}", highlight=False, soft_wrap=True)
