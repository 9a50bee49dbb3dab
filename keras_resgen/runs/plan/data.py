"""The images of a run, split as its configuration says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.registry import replace_paths
from keras_resgen.data.source_plan import Progress
from keras_resgen.data.sources import load_images
from keras_resgen.networks.backbones import PRETRAINED
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.named_numbers import named_numbers

LISTED_FILES = 20
HELD_OUT_ATTRIBUTES = "held_out_attributes"  # in a run's summary, for samples without its images
KEPT_ROWS = 256


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
    given_with(images, config)  # missing attributes are named before anything is trained
    training, held_out = images.split(config.held_out, config.split_seed)
    if len(held_out) < 2:
        raise ValueError(
            f"At least 2 images must be held out. Received: held_out={config.held_out:g} of "
            f"{len(images)} images. Hold out a larger share, or give more images."
        )
    return training, held_out


def given_with(images: ImageSet, config: RunConfig) -> np.ndarray | None:
    """Returns what `fit` takes beside the images: their attributes, or labels, or nothing.

    Args:
        images: a part of what `load_split` returned.
        config: the configuration.

    Raises:
        ValueError: if the images do not have an attribute.
    """
    attributes = attribute_labels(images, config)
    return class_labels(images, config) if attributes is None else attributes


def attribute_labels(images: ImageSet, config: RunConfig) -> np.ndarray | None:
    """Returns the configured attributes of each image, which a conditional model is told.

    Args:
        images: a part of what `load_split` returned.
        config: the configuration.

    Returns:
        A float32 array `(count, attributes)` of 0 and 1; None if none is configured.

    Raises:
        ValueError: if the images do not have an attribute.

    Example:

    >>> config = RunConfig(image_size=32, data="faces,count=50", attributes="Smiling,Eyeglasses")
    >>> training, held_out = load_split(config)
    >>> attribute_labels(held_out, config).shape
    (5, 2)
    """
    if not config.attribute_names:
        return None
    columns = [images.attribute(name) for name in config.attribute_names]
    return np.stack(columns, axis=1).astype("float32")


def format_attributes(attributes: np.ndarray) -> str:
    """Returns the attributes of the first images as text, for a run's summary.

    Args:
        attributes: 0 and 1, of shape `(count, attributes)`.

    Example:

    >>> format_attributes(np.array([[1, 0], [1, 1]]))
    '10 11'
    """
    return " ".join("".join(str(int(value)) for value in row) for row in attributes[:KEPT_ROWS])


def parse_attributes(summary: Mapping[str, Any]) -> np.ndarray | None:
    """Returns the attributes a run's summary holds, None if it holds none.

    Args:
        summary: of a run.

    Example:

    >>> parse_attributes({HELD_OUT_ATTRIBUTES: "10 11"}).tolist()
    [[1, 0], [1, 1]]
    """
    rows = summary.get(HELD_OUT_ATTRIBUTES)
    return rows and np.array([[int(value) for value in row] for row in rows.split()])


def chosen_attributes(
    text: str | None, config: RunConfig, count: int, known: np.ndarray | None
) -> np.ndarray | None:
    """Returns what a run's model is told of images: what is known of them, but for what is chosen.

    Args:
        text: names and numbers, such as `"Smiling=1,Eyeglasses=0"`; None to choose nothing.
        config: of the run.
        count: how many images.
        known: attributes `(n, attributes)`, taken in turn; None if nothing is known.

    Returns:
        A float32 array `(count, attributes)`; None if the run's model is told none.

    Raises:
        ValueError: if the text is something else, names what the model is not told, or leaves out
            what is not known.

    Example:

    >>> config = RunConfig(attributes="Smiling,Eyeglasses")
    >>> chosen_attributes("Eyeglasses=0", config, 3, np.ones((2, 2))).tolist()
    [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    """
    names = config.attribute_names
    chosen = named_numbers(text) if text else {}
    if wrong := sorted(set(chosen) - set(names)):
        raise ValueError(
            f"attributes must be among those the run's model is told, {list(names)}. "
            f"Received: {', '.join(wrong)}. Leave them out."
        )
    if not names:
        return None
    unknown = [name for name in names if name not in chosen]
    if known is None and unknown:
        raise ValueError(
            f"The run's model is told {', '.join(names)} of every image. Received: images of which "
            f"{', '.join(unknown)} is not known. Give, say, --attributes "
            f"{','.join(f'{name}=1' for name in names)}."
        )
    rows = np.zeros((count, len(names))) if known is None else known
    rows = np.resize(rows, (count, len(names))).astype("float32")
    for name, value in chosen.items():
        rows[:, names.index(name)] = value
    return rows


def class_labels(images: ImageSet, config: RunConfig) -> np.ndarray | None:
    """Returns which combination of the configured `prior_attributes` each image has.

    Args:
        images: a part of what `load_split` returned.
        config: the configuration.

    Returns:
        An int32 array `(count,)`, in which the first attribute counts 1, the second 2, the third 4
        and so on; None if none is configured.

    Raises:
        ValueError: if the images do not have an attribute.

    Example:

    >>> options = {"model": "aae", "image_size": 32, "data": "faces,count=50"}
    >>> config = RunConfig(prior_attributes="Smiling", **options)
    >>> training, held_out = load_split(config)
    >>> class_labels(held_out, config).shape
    (5,)
    """
    if not config.prior_attribute_names:
        return None
    columns = [images.attribute(name) for name in config.prior_attribute_names]
    return np.sum([column * 2**i for i, column in enumerate(columns)], axis=0, dtype="int32")


def with_absolute_paths(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns options of a run whose paths mean the same from every working directory.

    Args:
        options: of `RunConfig` by name; addresses such as `gs://bucket` stay as they are.

    Raises:
        ValueError: for a bad specification of the images.

    Example:

    >>> with_absolute_paths({"data": "folder:/photos/../cats", "encoder_weights": "pretrained"})
    {'data': 'folder:/cats', 'encoder_weights': 'pretrained'}
    """
    changed = dict(options)
    if (data := options.get("data")) is not None:
        changed["data"] = replace_paths(data, lambda name, path: _resolved(path))
    if (weights := options.get("encoder_weights")) not in (None, PRETRAINED):
        changed["encoder_weights"] = _resolved(weights)
    source, colon, name = (options.get("encoder") or "").partition(":")
    if colon and Path(name).is_dir():
        changed["encoder"] = f"{source}:{_resolved(name)}"
    return changed


def _resolved(path: str) -> str:
    return path if "://" in path else str(Path(path).expanduser().resolve())


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
