"""The images of a run, split as its configuration says."""

from pathlib import Path

import numpy as np
from rich.console import Console

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.recipe import Progress
from keras_resgen.data.registry import replace_paths
from keras_resgen.data.sources import load_images
from keras_resgen.runs.config import RunConfig

LISTED_FILES = 20


def load_split(config: RunConfig, progress: Progress | None = None) -> tuple[ImageSet, ImageSet]:
    """Loads the images of a configuration.

    Args:
        config: the configuration.
        progress: see `load_images`.

    Returns:
        The training images and the held-out images: the same for the same configuration.

    Raises:
        ValueError: as `load_images` and `ImageSet.split`, or if fewer than two images are held out.
        OSError: as `load_images`.

    Example:

    >>> training, held_out = load_split(RunConfig(data="faces,count=50", image_size=32))
    >>> len(training), len(held_out)
    (45, 5)
    """
    images = load_images(
        config.data,
        image_size=config.image_size,
        channels=config.channels,
        limit=config.limit,
        strict=config.strict,
        progress=progress,
    )
    labels_of(images, config)  # missing attributes are named before anything is trained
    training, held_out = images.split(config.held_out, config.seed)
    if len(held_out) < 2:
        raise ValueError(
            f"At least 2 images must be held out. Received: held_out={config.held_out:g} of "
            f"{len(images)} images. Hold out a larger share, or give more images."
        )
    return training, held_out


def labels_of(images: ImageSet, config: RunConfig) -> np.ndarray | None:
    """Returns which combination of the configured attributes each image has.

    Args:
        images: a part of what `load_split` returned.
        config: the configuration.

    Returns:
        An int32 array `(count,)`, in which the first attribute counts 1, the second 2, the third 4
        and so on; None if none is configured.

    Raises:
        ValueError: if the images do not have an attribute.

    Example:

    >>> config = RunConfig(model="aae", image_size=32, data="faces,count=50", attributes="Smiling")
    >>> training, held_out = load_split(config)
    >>> labels_of(held_out, config).shape
    (5,)
    """
    if not config.attribute_names:
        return None
    columns = [images.attribute(name) for name in config.attribute_names]
    return np.sum([column * 2**i for i, column in enumerate(columns)], axis=0, dtype="int32")


def absolute_source(source: str) -> str:
    """Returns a source of images that means the same from every working directory.

    Args:
        source: as in `load_images`; addresses such as `gs://bucket` stay as they are.

    Raises:
        ValueError: for a bad specification.

    Example:

    >>> absolute_source("folder:/photos/../cats")
    'folder:/cats'
    """

    def resolve(name: str, path: str) -> str:
        return path if "://" in path else str(Path(path).expanduser().resolve())

    return replace_paths(source, resolve)


def print_notes(images: ImageSet, console: Console) -> None:
    """Prints which files were skipped and why, and what else there is to know.

    Args:
        images: of any source.
        console: where to print.
    """
    lines = [f"{name}: {reason}" for name, reason in images.skipped[:LISTED_FILES]]
    if images.skipped:
        lines.insert(0, f"{len(images.skipped)} files were skipped:")
    if len(images.skipped) > LISTED_FILES:
        lines.append(f"... and {len(images.skipped) - LISTED_FILES} more")
    for line in (*lines, *images.notes):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
