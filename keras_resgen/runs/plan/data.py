"""The data part of a plan: which images a run is trained on, and which are held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.registry import replace_paths
from keras_resgen.data.source_plan import Progress
from keras_resgen.data.sources import load_images
from keras_resgen.networks.backbones import PRETRAINED
from keras_resgen.runs.config import RunConfig

LISTED_FILES = 20
HELD_OUT_ATTRIBUTES = "held_out_attributes"  # in a run's summary, for samples without its images
KEPT_ROWS = 256


class Split(NamedTuple):
    """The images of a run: those that train the model, and those that only measure it."""

    training: ImageSet
    held_out: ImageSet


@dataclass(frozen=True)
class DataPlan:
    """Where the images of a run come from, and how they are split.

    The held-out images are the validation images of `fit`, and those that monitors, `evaluate` and
    comparisons measure on; nothing else decides which they are.

    Attributes:
        source: specification of the images, see `keras_resgen.data.load_images`.
        image_size: height and width in pixels.
        channels: 1 or 3.
        limit: largest number of images; None for all.
        strict: whether bad images are an error.
        held_out_share: share of the images that are held out.
        split_seed: seed of the split.
        attributes: names of the attributes that the model is conditioned on.
        prior_attributes: names of the attributes whose combinations label the images.
    """

    source: str
    image_size: int
    channels: int
    limit: int | None
    strict: bool
    held_out_share: float
    split_seed: int
    attributes: tuple[str, ...]
    prior_attributes: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name."""
        return {
            "data": self.source,
            "image_size": self.image_size,
            "channels": self.channels,
            "attributes": ",".join(self.attributes) or None,
            "held_out": self.held_out_share,
            "limit": self.limit,
            "strict": self.strict,
            "split_seed": self.split_seed,
        }

    def load(self, progress: Progress | None = None) -> Split:
        """Load and split the images.

        Args:
            progress: see `load_images`.

        Returns:
            Training and held-out images: the same for the same plan.

        Raises:
            ValueError: as `load_images` and `ImageSet.split`, if fewer than two images are held
                out, or if the images do not have an attribute.
            OSError: as `load_images`.
        """
        images = load_images(
            self.source,
            image_size=self.image_size,
            channels=self.channels,
            limit=self.limit,
            strict=self.strict,
            progress=progress,
        )
        self.fit_labels(images)  # missing attributes are named before anything is trained
        split = Split(*images.split(self.held_out_share, self.split_seed))
        if len(split.held_out) < 2:
            raise ValueError(
                "At least 2 images must be held out. Received: "
                f"held_out={self.held_out_share:g} of {len(images)} images. "
                "Hold out a larger share, or give more images."
            )
        return split

    def fit_labels(self, images: ImageSet) -> np.ndarray | None:
        """Return what `fit` takes beside the images: their attributes, their labels, or None.

        Args:
            images: a part of what `load` returned.

        Raises:
            ValueError: if the images do not have an attribute.
        """
        attributes = self.attribute_labels(images)
        return self.class_labels(images) if attributes is None else attributes

    def attribute_labels(self, images: ImageSet) -> np.ndarray | None:
        """Return the attributes of each image that the model is conditioned on.

        Args:
            images: a part of what `load` returned.

        Returns:
            A float32 array `(count, attributes)` of 0 and 1; None for an unconditional model.

        Raises:
            ValueError: if the images do not have an attribute.

        Example:

        >>> config = RunConfig(image_size=32, data="faces,count=50", attributes="Smiling,Bangs")
        >>> data = resolve_data(config)
        >>> data.attribute_labels(data.load().held_out).shape
        (5, 2)
        """
        if not self.attributes:
            return None
        columns = [images.attribute(name) for name in self.attributes]
        return np.stack(columns, axis=1).astype("float32")

    def class_labels(self, images: ImageSet) -> np.ndarray | None:
        """Return which combination of the prior's attributes each image has.

        Args:
            images: a part of what `load` returned.

        Returns:
            An int32 array `(count,)`, in which the first attribute counts 1, the second 2, the
            third 4 and so on; None if the prior has no attributes.

        Raises:
            ValueError: if the images do not have an attribute.
        """
        if not self.prior_attributes:
            return None
        columns = [images.attribute(name) for name in self.prior_attributes]
        return np.sum([column * 2**i for i, column in enumerate(columns)], axis=0, dtype="int32")


def resolve_data(config: RunConfig) -> DataPlan:
    """Return the data part of a plan.

    Args:
        config: the configuration of a run.

    Example:

    >>> resolve_data(RunConfig(attributes="Smiling")).attributes
    ('Smiling',)
    """
    return DataPlan(
        source=config.data,
        image_size=config.image_size,
        channels=config.channels,
        limit=config.limit,
        strict=config.strict,
        held_out_share=config.held_out,
        split_seed=config.split_seed,
        attributes=config.attribute_names,
        prior_attributes=config.prior_attribute_names,
    )


def load_split(config: RunConfig, progress: Progress | None = None) -> Split:
    """Load the images of a configuration, see `DataPlan.load`.

    Args:
        config: the configuration of a run.
        progress: see `load_images`.

    Example:

    >>> training, held_out = load_split(RunConfig(data="faces,count=50", image_size=32))
    >>> len(training), len(held_out)
    (45, 5)
    """
    return resolve_data(config).load(progress)


def format_attributes(attributes: np.ndarray) -> str:
    """Return the attributes of the first images as text, for the summary of a run.

    Args:
        attributes: 0 and 1, of shape `(count, attributes)`.

    Example:

    >>> format_attributes(np.array([[1, 0], [1, 1]]))
    '10 11'
    """
    return " ".join("".join(str(int(value)) for value in row) for row in attributes[:KEPT_ROWS])


def parse_attributes(summary: Mapping[str, Any]) -> np.ndarray | None:
    """Return the attributes in the summary of a run, None if it has none.

    Args:
        summary: see `RunFolder.read_summary`.

    Example:

    >>> parse_attributes({HELD_OUT_ATTRIBUTES: "10 11"}).tolist()
    [[1, 0], [1, 1]]
    """
    rows = summary.get(HELD_OUT_ATTRIBUTES)
    return rows and np.array([[int(value) for value in row] for row in rows.split()])


def with_absolute_paths(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of a run whose paths mean the same from every working directory.

    Args:
        options: options of `RunConfig` by name; addresses such as `gs://bucket` stay unchanged.

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
    """Print which files were skipped and why, and the notes of the source.

    Args:
        images: images of any source.
        console: where to print.
    """
    lines = [f"{name}: {reason}" for name, reason in images.skipped[:LISTED_FILES]]
    if images.skipped:
        lines.insert(0, f"{len(images.skipped)} files were skipped:")
    if len(images.skipped) > LISTED_FILES:
        lines.append(f"... and {len(images.skipped) - LISTED_FILES} more")
    for line in (*lines, *images.notes):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
