"""`resgen edit` and `resgen project`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import OutOption, say_written, show_progress, write_sheet
from keras_resgen.cli.pictures import photograph
from keras_resgen.cli.runs import (
    AttributesOption,
    TrainedArgument,
    choose_attributes,
    images,
    load,
    parse_numbers,
)

ImageOption = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A photograph, instead of held-out images."),
]


@command
def edit(
    run: TrainedArgument,
    change: Annotated[
        str,
        typer.Option(help="What to change, such as Smiling=1,Eyeglasses=-1: 1 adds, -1 removes."),
    ],
    out: OutOption = Path("edited.png"),
    image: ImageOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Images with attributes, to learn from and to edit, instead of the run's."
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many held-out images.")] = 8,
    steps: Annotated[
        int, typer.Option(min=1, help="Images from almost nothing to the whole change.")
    ] = 5,
    method: Annotated[
        str, typer.Option(help="means, contextual, logistic or component.")
    ] = "means",
    orthogonal: Annotated[
        bool, typer.Option(help="Leave out what a change has in common with other attributes.")
    ] = False,
    keep_details: Annotated[
        bool, typer.Option(help="Change the image itself instead of its reconstruction.")
    ] = False,
    attributes: AttributesOption = None,
) -> None:
    """Change attributes of faces, step by step: the originals on the left.

    The direction of each attribute is fitted to the codes of the training images. A model without
    an encoder changes faces that it draws itself, in directions fitted to what a network reads of
    such faces: Eyeglasses, Mustache, No_Beard, Smiling, Wearing_Hat.
    """
    import numpy as np

    strengths = parse_numbers(change, alone=1.0)
    trained = load(run)
    if not trained.model.has_encoder:
        given = {"--image": image, "--data": data, "--keep-details": keep_details}
        given["--attributes"] = attributes
        if chosen := [name for name, value in given.items() if value]:
            raise ValueError(
                f"{', '.join(chosen)} need a model with an encoder. Received: "
                f"{type(trained.model).__name__}, which has none. Leave them out, or use a run of "
                "ae, vae or aae."
            )
        _edit_draws(trained, strengths, out, count, steps, method, orthogonal)
        return
    from keras_resgen.data.sources import load_images
    from keras_resgen.latent import check_method, moved, sweep
    from keras_resgen.runs.latent.directions import fit_image_directions
    from keras_resgen.runs.plan.data import load_split

    config = trained.config
    with show_progress() as progress:
        if data is None:
            training, _ = load_split(config, progress)
        else:
            training = load_images(
                data, image_size=config.image_size, channels=config.channels, progress=progress
            )
    moved(np.zeros(1), dict.fromkeys(training.attributes, np.zeros(1)), strengths)  # names them
    check_method(method, orthogonal=orthogonal)
    originals, known = _originals(trained, image, count, data)
    condition = choose_attributes(attributes, trained.data.attributes, len(originals), known)
    directions = fit_image_directions(trained, training, method=method, orthogonal=orthogonal)
    edited = sweep(
        trained.model,
        originals,
        directions,
        strengths,
        np.linspace(0.0, 1.0, steps + 1)[1:],
        keep_details=keep_details,
        attributes=condition,
    )
    sheet = np.concatenate([originals[:, None], edited], axis=1)
    write_sheet(out, sheet.reshape(-1, *sheet.shape[2:]), sheet.shape[1])


def _edit_draws(
    trained: Any,
    strengths: dict[str, float],
    out: Path,
    count: int,
    steps: int,
    method: str,
    orthogonal: bool,
) -> None:
    """Change faces that a model without an encoder draws."""
    import numpy as np

    from keras_resgen.latent import check_method, moved, sweep_codes
    from keras_resgen.metrics.predictions import PREDICTED_ATTRIBUTES
    from keras_resgen.runs.latent.directions import fit_sample_directions

    moved(np.zeros(1), dict.fromkeys(PREDICTED_ATTRIBUTES, np.zeros(1)), strengths)  # names them
    check_method(method, orthogonal=orthogonal)
    directions = fit_sample_directions(trained, method=method, orthogonal=orthogonal)
    latents = trained.model.draw_latents(count, trained.config.seed)
    shares = np.linspace(0.0, 1.0, steps + 1)
    edited = sweep_codes(trained.model, latents, directions, strengths, shares)
    write_sheet(out, edited.reshape(-1, *edited.shape[2:]), steps + 1)


@command
def project(
    run: TrainedArgument,
    out: OutOption = Path("projected.png"),
    image: ImageOption = None,
    data: Annotated[
        str | None, typer.Option(help="Another source of images than the run's held-out ones.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many images.")] = 8,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the search.")] = 300,
    latents: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the latent vectors here, as .npy.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the vectors it starts from.")] = 0,
    attributes: AttributesOption = None,
) -> None:
    """Find images in a generator's latent space; originals above, what was found below."""
    import numpy as np

    if latents is not None and (latents.suffix != ".npy" or not latents.absolute().parent.is_dir()):
        raise ValueError(
            f"Vectors are written as .npy into a folder that is there. Received: {latents}. "
            "End its name in .npy, and make its folder."
        )
    trained = load(run)
    from keras_resgen.data.pictures import reconstruction_sheet, save_png
    from keras_resgen.latent import project as find

    originals, known = _originals(trained, image, count, data)
    condition = choose_attributes(attributes, trained.data.attributes, len(originals), known)
    found = find(trained.model, originals, attributes=condition, steps=steps, seed=seed)
    if latents is not None:
        np.save(latents, found)
    images_found = trained.model.generate(found, condition)
    save_png(out, reconstruction_sheet(originals, images_found, min(8, len(originals))))
    say_written(out)


def _originals(
    trained: Any, image: Path | None, count: int, data: str | None = None
) -> tuple[Any, Any]:
    """One photograph, or the first images of a source, and what is known of their attributes."""
    if image is None:
        return images(trained, data, count)
    return photograph(image, trained.model.image_shape)[None], None
