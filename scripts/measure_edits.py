#!/usr/bin/env python
"""Measures the attribute edits of trained runs against exact counterfactuals of drawn faces.

    python scripts/measure_edits.py runs/vae runs/aae runs/ae

Held-out faces without an attribute are edited to have it, and compared with the same faces drawn
with it. The linear baseline, principal components of the training images with as many dimensions
and the difference of means, is measured beside each run. Errors are of edits of the faces
themselves (`keep_details`), so that the blur of a reconstruction does not count.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.data import faces
from keras_resgen.latent import PrincipalComponents, edit, fit_directions
from keras_resgen.metrics.edits import edit_quality
from keras_resgen.runs.data import load_split
from keras_resgen.runs.monitoring import spread
from keras_resgen.runs.trained import load_trained

# By CelebA's names: the factor, and the sign of the step that adds it.
EDITS = {"Eyeglasses": ("eyeglasses", 1.0), "No_Beard": ("beard", -1.0), "Smiling": ("smile", 1.0)}
METHODS = ("means", "logistic", "component")
MOST_CODED, MOST_EDITED = 4000, 300


def floats(images: Any, rows: np.ndarray) -> np.ndarray:
    """Some images as numbers from 0 to 1."""
    return np.asarray(images[rows], "float32") / np.float32(255.0)


def main(
    runs: Annotated[list[Path], typer.Argument(help="Runs or exports on the embedded faces.")],
) -> None:
    """Prints a table."""
    table = Table("model", "attribute", "direction", "error", "of baseline", "target", "others")
    for path in runs:
        trained = load_trained(path)
        config = trained.config
        training, held_out = load_split(config)
        if held_out.factors is None:
            raise typer.BadParameter(f"{path} was trained on {config.data}, not on drawn faces.")
        coded = spread(training, min(len(training), MOST_CODED))
        pixels = floats(training.images, coded)
        labels = {name: training.attributes[name][coded] for name in training.attributes}
        baseline = PrincipalComponents.fit(pixels, config.latent_dim)
        for attribute, (factor, sign) in EDITS.items():
            chosen = np.flatnonzero(held_out.factors[factor] == 0)[:MOST_EDITED]
            factors = {name: values[chosen] for name, values in held_out.factors.items()}
            images = floats(held_out.images, chosen)
            exact = faces.draw(faces.counterfactual(factors, **{factor: 1}), config.image_size)
            exact = exact.astype("float32") / np.float32(255.0)

            def measured(model: Any, direction: np.ndarray, start=images, to=exact, name=factor):
                edited = edit(model, start, {"": direction}, {"": 1.0}, keep_details=True)
                return edit_quality(start, start, edited, to, name)

            own = {attribute: labels[attribute]}
            linear = fit_directions(baseline.encode(pixels), own, method="means")[attribute]
            floor = measured(baseline, sign * linear)
            rows = [("PCA", "means", floor)]
            codes = trained.model.encode(pixels)
            for method in METHODS:
                direction = fit_directions(codes, own, method=method)[attribute]
                rows.append((path.name, method, measured(trained.model, sign * direction)))
            for model, method, found in rows:
                table.add_row(
                    model,
                    attribute,
                    method,
                    f"{found.error / found.unedited_error:.2f}",
                    f"{found.error / floor.error:.2f}",
                    f"{found.target:.2f} of {found.exact_target:.2f}",
                    f"{found.others:.3f} of {found.exact_others:.3f}",
                )
    console = Console()
    console.print(
        "error: mean square from the counterfactual, of that of doing nothing; target, others: "
        "change of readings, of the counterfactual's own"
    )
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
