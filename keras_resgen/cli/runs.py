"""The run or export that a command was given, its images and their attributes."""

import math
from collections.abc import Sequence
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
        help="Attributes that a conditional model is conditioned on, such as "
        "Smiling=1,Eyeglasses=0. Others are those of the images, or for samples those of held-out "
        "images."
    ),
]


def load(path: Path) -> Any:
    """Return the trained model of a run or an export, see `keras_resgen.runs.trained.Trained`."""
    from keras_resgen.runs.folder import RunFolder
    from keras_resgen.runs.trained import is_export, load_trained

    if not is_export(path):
        RunFolder(path).read_config()  # before the seconds that importing TensorFlow takes
    import_keras_silently()
    return load_trained(path)


def images(trained: Any, source: str | None, count: int) -> tuple[Any, Any]:
    """Return the first held-out images of a trained model, or images of another source.

    Returns:
        Images as floats in [0, 1], and the attributes that the model is conditioned on; None if
        not all are known.
    """
    from keras_resgen.data.sources import load_images
    from keras_resgen.runs.plan.data import print_notes

    data = trained.data
    with show_progress() as progress:
        if source is None:
            images = data.load(progress).held_out
        else:
            images = load_images(
                source,
                image_size=data.image_size,
                channels=data.channels,
                limit=count,
                progress=progress,
            )
    print_notes(images, console)
    if len(images) < count:
        console.print(f"{count} images were asked for; there are {len(images)}.", highlight=False)
    known = set(data.attributes) <= set(images.attributes)
    attributes = data.attribute_labels(images) if known else None
    pixels = images.floats(slice(count))
    return pixels, None if attributes is None else attributes[:count]


def choose_attributes(text: str | None, names: Sequence[str], count: int, known: Any) -> Any:
    """Return the attributes that a model is conditioned on: chosen ones, and known ones otherwise.

    Args:
        text: names and numbers, such as `"Smiling=1,Eyeglasses=0"`; None to choose nothing.
        names: names of the attributes that the model is conditioned on.
        count: number of images.
        known: an array of attributes `(n, attributes)`, repeated in order; None if nothing is
            known.

    Returns:
        A float32 array `(count, attributes)`; None for an unconditional model.

    Raises:
        ValueError: if the text is malformed, names another attribute, or leaves out one that is
            not known.

    Example:

    >>> import numpy as np
    >>> choose_attributes("Male=0", ("Smiling", "Male"), 3, np.ones((2, 2))).tolist()
    [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    """
    import numpy as np

    chosen = parse_numbers(text) if text else {}
    if wrong := sorted(set(chosen) - set(names)):
        raise ValueError(
            f"attributes must be among those that the model is conditioned on, {list(names)}. "
            f"Received: {', '.join(wrong)}. Leave them out."
        )
    if not names:
        return None
    unknown = [name for name in names if name not in chosen]
    if known is None and unknown:
        raise ValueError(
            f"The model is conditioned on {', '.join(names)}. Received: images of which "
            f"{', '.join(unknown)} is not known. Give, say, --attributes "
            f"{','.join(f'{name}=1' for name in names)}."
        )
    rows = np.zeros((count, len(names))) if known is None else known
    rows = np.resize(rows, (count, len(names))).astype("float32")
    for name, value in chosen.items():
        rows[:, names.index(name)] = value
    return rows


def parse_numbers(text: str, alone: float = math.nan) -> dict[str, float]:
    """Return numbers by name from text.

    Args:
        text: names and numbers, separated by commas, such as `"Smiling=1,Eyeglasses=-1"`.
        alone: the number of a name without one; every name needs a number by default.

    Raises:
        ValueError: for a part that is something else.

    Example:

    >>> parse_numbers("Smiling=0.5, Eyeglasses", alone=1.0)
    {'Smiling': 0.5, 'Eyeglasses': 1.0}
    """
    numbers = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        try:
            numbers[name] = float(number) if equals else alone
        except ValueError:
            numbers[name] = math.nan
        if not name or not math.isfinite(numbers[name]):
            raise ValueError(
                "Expected names of attributes, each with a number. "
                f"Received: {part!r}. Give, say, Smiling=1,Eyeglasses=0."
            )
    return numbers
