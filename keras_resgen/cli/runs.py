"""The run that a command was given."""

from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.output import console, import_keras_silently, show_progress

RunArgument = Annotated[Path, typer.Argument(help="Folder of a run, made by resgen train.")]

TrainedArgument = Annotated[
    Path, typer.Argument(help="Folder of a run, or of an export, which ONNX Runtime computes.")
]

AttributesOption = Annotated[
    str | None,
    typer.Option(
        help="What a conditional model is told, such as Smiling=1,Eyeglasses=0; what is left out "
        "stays as in the images, or for draws of the prior as in held-out images."
    ),
]


def load(path: Path) -> Any:
    """The trained model of a run or an export, see `keras_resgen.runs.trained.Trained`."""
    from keras_resgen.runs.folder import RunFolder
    from keras_resgen.runs.trained import is_export, load_trained

    if not is_export(path):
        RunFolder(path).read_config()  # before the seconds that importing TensorFlow takes
    import_keras_silently()
    return load_trained(path)


def images(trained: Any, source: str | None, count: int) -> tuple[Any, Any]:
    """The first held-out images of a trained model, or of another source, as floats in [0, 1].

    Beside them come the attributes that the model is told of them, None if not all are known.
    """
    from keras_resgen.data.sources import load_images
    from keras_resgen.runs.plan.data import attribute_labels, load_split, print_notes

    config = trained.config
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
    known = set(config.attribute_names) <= set(images.attributes)
    attributes = attribute_labels(images, config) if known else None
    pixels = images.floats(slice(count))
    return pixels, None if attributes is None else attributes[:count]
