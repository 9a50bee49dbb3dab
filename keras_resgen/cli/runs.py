"""The run that a command was given."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.output import console, import_keras_silently, show_progress

RunArgument = Annotated[Path, typer.Argument(help="Folder of a run, made by resgen train.")]


def load(run: Path) -> tuple[Any, Any]:
    """The run folder and its trained model."""
    from keras_resgen.runs.folder import RunFolder

    folder = RunFolder(run)
    folder.read_config()  # before the seconds that importing TensorFlow takes
    import_keras_silently()
    from keras_resgen.runs.building import load_model

    return folder, load_model(folder)


def images(folder: Any, source: str | None, count: int) -> Any:
    """The first held-out images of a run, or of another source, as floats in [0, 1]."""
    import numpy as np

    from keras_resgen.data.sources import load_images
    from keras_resgen.runs.data import load_split, print_notes

    config = folder.read_config()
    with show_progress() as progress:
        if source is None:
            _, images = load_split(config, progress)
        else:
            images = load_images(
                source,
                image_size=config.image_size,
                channels=config.channels,
                limit=count,
                progress=progress,
            )
    print_notes(images, console)
    if len(images) < count:
        console.print(f"{count} images were asked for; there are {len(images)}.", highlight=False)
    return np.asarray(images.images[:count], "float32") / 255.0
