#!/usr/bin/env python
"""Measures the attribute edits of trained runs against exact counterfactuals of drawn faces.

    python scripts/experiments/measure_edits.py runs/vae runs/aae runs/ae

Held-out faces without an attribute are edited to have it, and compared with the same faces drawn
with it. The linear baseline, principal components of the training images with as many dimensions
and the difference of means, is measured beside each run. Edits are of the faces themselves
(`keep_details`), so that the blur of a reconstruction does not count; with --whole it does.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.latent import DIRECTIONS
from keras_resgen.runs.evaluation.edits import edit_trials
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.trained import load_trained


def main(
    runs: Annotated[list[Path], typer.Argument(help="Runs or exports on the embedded faces.")],
    whole: Annotated[bool, typer.Option(help="Edit reconstructions of the faces.")] = False,
) -> None:
    """Prints a table."""
    table = Table("model", "attribute", "direction", "error", "of baseline", "target", "others")
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
        rows = [("PCA", name, "means", found) for name, found in baselines.items()]
        rows += [(path.name, *trial[:3]) for trial in trials]
        for model, attribute, method, found in sorted(rows, key=lambda row: row[1]):
            table.add_row(
                model,
                attribute,
                method,
                f"{found.error / found.unedited_error:.2f}",
                f"{found.error / baselines[attribute].error:.2f}",
                f"{found.target:.2f} of {found.exact_target:.2f}",
                f"{found.others:.3f} of {found.exact_others:.3f}",
            )
    console = Console()
    console.print(
        "error: mean square from the counterfactual, of that of doing nothing; target, others: "
        "change of predictions, of the counterfactual's own"
    )
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
