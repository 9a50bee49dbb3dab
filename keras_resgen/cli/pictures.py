"""`resgen sample`, `resgen reconstruct` and `resgen interpolate`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import OutOption, say_written, show_progress, write_sheet
from keras_resgen.cli.runs import (
    AttributesOption,
    TrainedArgument,
    choose_attributes,
    images,
    load,
)

ROWS = 4


@command
def sample(
    run: TrainedArgument,
    out: OutOption = Path("samples.png"),
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 64,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the latent vectors.")] = 0,
    fitted: Annotated[
        str | None,
        typer.Option(
            help="Draw from what the codes of the training images follow instead: gaussian, "
            "mixture or flow, fitted to them."
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Where the training images are, for --fitted, if they have moved."),
    ] = None,
    attributes: AttributesOption = None,
) -> None:
    """Draw images from a run's latent prior, or from one that is fitted to codes."""
    if data is not None and fitted is None:
        raise ValueError("--data is for --fitted. Received: it alone. Give both, or neither.")
    trained = load(run)
    model = trained.model
    condition = _draw_condition(trained, count, attributes)
    if fitted is None:
        latents = model.draw_latents(count, seed)
    else:
        latents = _fitted_latents(trained, fitted, data, count, seed)
    write_sheet(out, model.generate(latents, condition), columns)


def _fitted_latents(trained: Any, fitted: str, data: str | None, count: int, seed: int) -> Any:
    """Draw of a distribution fitted to the codes of the training images."""
    import dataclasses

    from keras_resgen.latent import FITTED_PRIORS
    from keras_resgen.runs.latent.codes import choose_rows, encode_rows
    from keras_resgen.runs.plan.data import load_split

    fit = FITTED_PRIORS[fitted]
    require_encoder(trained.model, "draw from what its codes follow")
    config = dataclasses.replace(trained.config, data=data or trained.config.data)
    with show_progress() as progress:
        training, _ = load_split(config, progress)
    return fit(encode_rows(trained, training, choose_rows(training))).draw(count, seed)


@command
def reconstruct(
    run: TrainedArgument,
    out: OutOption = Path("reconstructions.png"),
    data: Annotated[
        str | None, typer.Option(help="Another source of images than the run's held-out ones.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 32,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row.")] = 8,
    attributes: AttributesOption = None,
) -> None:
    """Encode and decode images; originals above, reconstructions below."""
    trained = load(run)
    model = trained.model
    from keras_resgen.data.pictures import reconstruction_sheet, save_png

    require_encoder(model, "reconstruct")
    originals, known = images(trained, data, count)
    condition = choose_attributes(attributes, trained.data.attributes, len(originals), known)
    save_png(out, reconstruction_sheet(originals, model.reconstruct(originals, condition), columns))
    say_written(out)


@command
def interpolate(
    run: TrainedArgument,
    out: OutOption = Path("interpolation.png"),
    start: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Photograph to start from; needs an encoder."
        ),
    ] = None,
    end: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Photograph to end at.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Another source of images than the run's held-out ones.")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1, help=f"Pairs, where no photograph is given.  [default: {ROWS}]"),
    ] = None,
    steps: Annotated[int, typer.Option(min=2, help="Images from start to end.")] = 8,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of latent vectors, for models without an encoder."),
    ] = None,
    attributes: AttributesOption = None,
) -> None:
    """Walk between two faces.

    Between two photographs, or between held-out images, the path is straight between their codes;
    without an encoder it follows the arc between draws of the prior. Attributes change evenly.
    """
    import numpy as np

    trained = load(run)
    model = trained.model
    from keras_resgen.latent import interpolate as interpolate_latents

    if (start is None) != (end is None):
        raise ValueError("interpolate needs --start and --end together. Received: one. Give both.")
    if start is not None and rows is not None:
        raise ValueError("Two photographs are one row. Received: --rows too. Leave it out.")
    if data is not None and (start is not None or not model.has_encoder):
        raise ValueError(
            "--data is for interpolations between the images of a source. Received: it with "
            f"{'--start' if start else 'a model without an encoder'}. Leave it out."
        )
    if seed is not None and model.has_encoder:
        raise ValueError(
            f"--seed is for models without an encoder. Received: it with {type(model).__name__}, "
            "which interpolates between images. Leave it out."
        )
    if start is not None and end is not None:
        require_encoder(model, "interpolate between photographs")
        points = model.encode(
            np.stack([photograph(path, model.image_shape) for path in (start, end)])
        )
        condition = choose_attributes(attributes, trained.data.attributes, 2, None)
    elif model.has_encoder:
        found, known = images(trained, data, 2 * (rows or ROWS))
        points = model.encode(found[: len(found) // 2 * 2])
        condition = choose_attributes(attributes, trained.data.attributes, len(points), known)
    else:
        points = model.draw_latents(2 * (rows or ROWS), seed or 0)
        condition = _draw_condition(trained, len(points), attributes)
    write_sheet(out, interpolate_latents(model, points, steps, condition), steps)


def _draw_condition(trained: Any, count: int, attributes: str | None) -> Any:
    """Attributes of samples of a conditional model: the chosen, else those of held-out images."""
    from keras_resgen.runs.plan.data import parse_attributes

    known = parse_attributes(trained.summary)
    return choose_attributes(attributes, trained.data.attributes, count, known)


def photograph(path: Path, image_shape: tuple[int, int, int]) -> Any:
    """One image file as floats in [0, 1], cropped and resized for a model of square images."""
    from keras_resgen.data.decoding import BadImageError, decode_image

    size, _, channels = image_shape
    try:
        pixels, _ = decode_image(path, size, channels)
    except BadImageError as error:
        raise ValueError(
            f"Expected a photograph. Received: {path}: {error}. Give a JPEG, PNG, GIF, BMP or WebP."
        ) from error
    return pixels.astype("float32") / 255.0


def require_encoder(model: Any, purpose: str) -> None:
    """Raise a ValueError if a model has no encoder."""
    if not model.has_encoder:
        raise ValueError(
            f"To {purpose} a model needs an encoder. Received: {type(model).__name__}, which has "
            "none. Use a run of ae, vae or aae."
        )
