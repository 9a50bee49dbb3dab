#!/usr/bin/env python
"""How close are the attribute edits of trained runs to exact counterfactuals of drawn faces?

    python scripts/experiments/measure_edits.py runs/vae runs/aae runs/ae

Adds an attribute to held-out faces that lack it, and compares the result with the same faces drawn
with it. Each run is compared with a linear baseline: as many principal components of the training
images as the run has latent dimensions, and the difference of means. Edits change the faces
themselves (`keep_details`), so that the blur of reconstructions does not count; with `--whole` they
change the reconstructions.
"""

from pathlib import Path
from typing import Annotated

import typer

from experiment import console, print_table
from keras_resgen.latent import DIRECTIONS
from keras_resgen.runs.evaluation.edits import edit_trials
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.trained import load_trained


def main(
    runs: Annotated[list[Path], typer.Argument(help="Runs or exports trained on drawn faces.")],
    whole: Annotated[bool, typer.Option(help="Edit reconstructions of the faces.")] = False,
) -> None:
    """Print a table in Markdown."""
    table = []
    for path in runs:
        trained = load_trained(path)
        training, held_out = load_split(trained.config)
        if held_out.factors is None:
            raise typer.BadParameter(
                f"{path} was trained on {trained.config.data}, not on drawn faces."
            )
        methods = tuple(DIRECTIONS)
        trials = edit_trials(trained, training, held_out, methods, keep_details=not whole)
        baselines = {trial.attribute: trial.baseline for trial in trials}
        rows = [("PCA", attribute, "means", found) for attribute, found in baselines.items()]
        rows += [(path.name, trial.attribute, trial.method, trial.quality) for trial in trials]
        for model, attribute, method, found in sorted(rows, key=lambda row: row[1]):
            table.append(
                (
                    model,
                    attribute,
                    method,
                    f"{found.error / found.unedited_error:.2f}",
                    f"{found.error / baselines[attribute].error:.2f}",
                    f"{found.target:.2f} of {found.exact_target:.2f}",
                    f"{found.others:.3f} of {found.exact_others:.3f}",
                )
            )
    console.print(
        "error: mean squared difference from the counterfactual, divided by that of the unedited "
        "face; vs. baseline: divided by the baseline's; target, others: changes of the predicted "
        "attribute and of the other predictions, and those of the counterfactual"
    )
    print_table(
        ("model", "attribute", "direction", "error", "vs. baseline", "target", "others"), table
    )


if __name__ == "__main__":
    typer.run(main)
