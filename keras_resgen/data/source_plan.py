"""What an image source promises before any work starts, and hands over while it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, label)` while images are drawn or decoded."""


@dataclass(frozen=True)
class Request:
    """The images wanted of a source: shape `(image_size, image_size, channels)`."""

    image_size: int
    channels: int
    limit: int | None = None


@dataclass(frozen=True)
class Chunk:
    """Some prepared images, uint8 in [0, 255], with all that is known of each.

    `skipped` holds `(name, reason)` of the files of this chunk that gave no image.
    """

    images: np.ndarray
    names: tuple[str, ...]
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    enlarged: int = 0


Attributes = Callable[[Sequence[str]], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class SourcePlan:
    """How to make the images of one source, checked but not yet begun.

    Args:
        kind: Name of the source, the first word of its cache entry.
        key: Everything the pixels depend on, as JSON values: equal keys give equal images.
        total: Number of images, or of files that may turn out to be bad.
        label: What is being done, for a progress bar.
        chunks: Makes the images, a bounded number at a time.
        attributes: Binary attributes of the images with the given names, where they are kept
            apart from the images and so are read anew at each loading.
        notes: What the user should know about this source, one sentence each.
    """

    kind: str
    key: Mapping[str, Any]
    total: int
    label: str
    chunks: Callable[[], Iterator[Chunk]]
    attributes: Attributes | None = None
    notes: tuple[str, ...] = ()
