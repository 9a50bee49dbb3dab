"""Pictures that show what metrics say."""

from pathlib import Path

import numpy as np

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.pictures import PADDING, contact_sheet, reconstruction_sheet, save_png
from keras_resgen.latent import interpolate, plot_codes, sweep
from keras_resgen.runs.latent.codes import encode_rows
from keras_resgen.runs.latent.directions import fit_image_directions
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

PICTURES = ("samples", "reconstructions", "interpolations", "edits", "codes")
COLUMNS, ROWS = 8, 4
MOST_CODES = 1000
EDITED = {"Eyeglasses": 1.0, "No_Beard": -1.0, "Smiling": 1.0}  # if the images have them


def write_pictures(folder: Path, trained: Trained, training: ImageSet, held_out: ImageSet) -> None:
    """Write samples, reconstructions, interpolations, edits and codes as PNG files into a folder.

    Args:
        folder: folder to write to; made if it is missing.
        trained: a run or an export; models without an encoder have samples and interpolations only.
        training: training images, to fit the directions of edits.
        held_out: held-out images.
    """
    model, config = trained.model, trained.config
    count = min(COLUMNS * ROWS, len(held_out))
    rows = spread(held_out, count)
    images, attributes = held_out.floats(rows), trained.data.attribute_labels(held_out)
    condition = None if attributes is None else attributes[rows]
    sheets = {
        "samples": contact_sheet(
            model.sample(count, config.seed, condition), COLUMNS, padding=PADDING
        )
    }
    ends = min(2 * ROWS, count // 2 * 2)
    points = model.draw_latents(ends, config.seed)
    if model.has_encoder:
        points = model.encode(images[:ends])
        shown = images[: COLUMNS * ROWS // 2]
        reconstructions = model.reconstruct(
            shown, None if condition is None else condition[: len(shown)]
        )
        sheets["reconstructions"] = reconstruction_sheet(shown, reconstructions, COLUMNS)
    interpolations = interpolate(
        model, points, COLUMNS, None if condition is None else condition[:ends]
    )
    sheets["interpolations"] = contact_sheet(interpolations, COLUMNS, padding=PADDING)
    if model.has_encoder and condition is None and (edited := _edits(trained, training, held_out)):
        sheets["edits"] = contact_sheet(np.concatenate(edited), COLUMNS, padding=PADDING)
    for name, sheet in sheets.items():
        save_png(folder / f"{name}.png", sheet)
    if model.has_encoder and config.latent_dim > 1 and count > 1:
        _plot_codes(folder / "codes.png", trained, held_out)


def _plot_codes(path: Path, trained: Trained, held_out: ImageSet) -> None:
    """Plot codes of held-out images, samples of the prior, and attributes."""
    rows = spread(held_out, min(len(held_out), MOST_CODES))
    codes = encode_rows(trained, held_out, rows)
    draws = trained.model.draw_latents(len(codes), trained.config.seed)
    labels = {name: values[rows] for name, values in held_out.attributes.items() if name in EDITED}
    plot_codes(codes, draws, labels).savefig(path, dpi=110)


def _edits(trained: Trained, training: ImageSet, held_out: ImageSet) -> list[np.ndarray]:
    """Two faces for each attribute, added to them step by step."""
    if not set(EDITED) & set(training.attributes):
        return []
    directions = fit_image_directions(trained, training)
    rows = []
    for name in [name for name in EDITED if name in directions]:
        start = held_out.floats(np.flatnonzero(held_out.attributes[name] == (EDITED[name] < 0))[:2])
        if not len(start):
            continue
        strengths, shares = {name: EDITED[name]}, np.linspace(0.0, 1.5, COLUMNS - 1)
        steps = sweep(trained.model, start, directions, strengths, shares)
        rows.append(np.concatenate([start[:, None], steps], axis=1).reshape(-1, *start.shape[1:]))
    return rows
