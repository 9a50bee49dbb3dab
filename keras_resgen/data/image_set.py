"""Prepared images with what is known of them, and their split into two parts."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from keras_resgen.data.pictures import PADDING, contact_sheet, png_bytes
from keras_resgen.data.shuffling import permutation

SHOWN_IMAGES, SHOWN_COLUMNS = 32, 8  # in a notebook
_SPLIT_STREAM = 2**63  # apart from every epoch number, so that no epoch repeats the split's order


class ImageRows:
    """Chosen rows of an image array, gathered when they are read and never all at once.

    Reads like a numpy array along its first axis: `rows[3]`, `rows[:64]`, `rows[indices]`,
    `len(rows)`, `rows.shape`. `numpy.asarray(rows)` gathers everything.

    Args:
        array: Images `(count, height, width, channels)`, memory-mapped as a rule.
        rows: Row numbers to show, in this order.

    Example:
        >>> ImageRows(np.arange(10).reshape(5, 2), np.array([4, 0]))[:]
        array([[8, 9],
               [0, 1]])
    """

    _array: np.ndarray
    _rows: np.ndarray

    def __init__(self, array: np.ndarray | ImageRows, rows: np.ndarray):
        self.shape: tuple[int, ...] = (len(rows), *array.shape[1:])
        self.dtype: np.dtype = array.dtype
        self.ndim: int = array.ndim
        if isinstance(array, ImageRows):  # rows of rows are read from the array below
            self._array, self._rows = array._array, array._rows[rows]
        else:
            self._array, self._rows = array, rows

    def __repr__(self) -> str:
        """Return the shape, without the images."""
        return f"ImageRows(shape={self.shape}, dtype={self.dtype})"

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def __getitem__(self, key) -> np.ndarray:
        """The images at an index, a slice or an array of indices, read now."""
        first, *others = key if isinstance(key, tuple) else (key,)
        gathered = self._array[self._rows[first]]
        if not others:
            return gathered
        kept = () if np.ndim(self._rows[first]) == 0 else (slice(None),)
        return gathered[(*kept, *others)]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """All images, read now."""
        return self._array[self._rows].astype(dtype or self.dtype, copy=False)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images of one source, prepared alike and memory-mapped from the cache.

    Args:
        images: uint8 in [0, 255], `(count, image_size, image_size, channels)`.
        names: File name below the folder, or index, of each image.
        source: The specification the images came from.
        fingerprint: SHA-256 of the images' bytes and shape: equal pixels give equal fingerprints
            wherever they came from.
        attributes: Boolean array `(count,)` of each binary attribute; may be empty.
        factors: Arrays `(count, ...)` the images were drawn from, or None for photographs.
        skipped: `(name, reason)` of every file that gave no image.
        notes: What the user should know about these images, one sentence each.
    """

    images: np.ndarray | ImageRows
    names: tuple[str, ...]
    source: str
    fingerprint: str
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    factors: Mapping[str, np.ndarray] | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def __repr__(self) -> str:
        """Return one line: the number, shape and attributes of the images."""
        size = f"{self.image_size}x{self.image_size}x{self.channels}"
        facts = [f"{len(self)} images", size]
        if self.attributes:
            facts.append(f"{len(self.attributes)} attributes")
        if self.skipped:
            facts.append(f"{len(self.skipped)} skipped")
        return f"ImageSet({', '.join(facts)})"

    def _repr_png_(self) -> bytes:
        """Return a contact sheet of the first images, which notebooks show."""
        shown = self.images[slice(SHOWN_IMAGES)]
        return png_bytes(contact_sheet(shown, SHOWN_COLUMNS, padding=PADDING))

    @property
    def image_size(self) -> int:
        """Height and width of every image in pixels."""
        return self.images.shape[1]

    @property
    def channels(self) -> int:
        """1 for gray images, 3 for color."""
        return self.images.shape[3]

    def floats(self, rows: slice | np.ndarray = slice(None)) -> np.ndarray:
        """Read some images as models take them: float32 in [0, 1].

        Args:
            rows: rows to read; all by default.

        Example:
            >>> load_images("faces,count=8", image_size=32).floats(slice(2)).shape
            (2, 32, 32, 3)
        """
        return self.images[rows].astype("float32") / np.float32(255.0)

    def attribute(self, name: str) -> np.ndarray:
        """Values of one binary attribute, boolean `(count,)`.

        Raises:
            ValueError: If the images have no such attribute; the message names those they have.
        """
        if name not in self.attributes:
            known = ", ".join(sorted(self.attributes)) or "none"
            notes = "".join(f" {note}" for note in self.notes)
            raise ValueError(
                f"Expected an attribute of {self.source}: {known}. Received: {name!r}.{notes}"
            )
        return self.attributes[name]

    def split(self, held_out: float | int, seed: int = 0) -> tuple[ImageSet, ImageSet]:
        """Parts the images into training and held-out ones, the same for the same seed.

        Both parts keep the images' order and read from this set's memory map.

        Args:
            held_out: Share of the images (a float between 0 and 1) or their number (an int).
            seed: Non-negative number that alone decides which images are held out.

        Returns:
            The training images and the held-out images.

        Raises:
            ValueError: If either part would be empty.

        Example:
            >>> train, held_out = load_images("faces,count=200", image_size=32).split(0.1, seed=0)
            >>> len(train), len(held_out)
            (180, 20)
        """
        count = held_out if isinstance(held_out, int) else 0
        if 0 < held_out < 1:
            count = round(held_out * len(self))
        if not 0 < count < len(self):
            raise ValueError(
                f"Expected a share or number of held-out images that leaves some of the "
                f"{len(self)} on both sides. Received: held_out={held_out!r}."
            )
        order = permutation(len(self), seed, _SPLIT_STREAM)
        label = f"{self.fingerprint} held_out={count} seed={seed}"
        return (
            self._select(np.sort(order[count:]), f"{label} train"),
            self._select(np.sort(order[:count]), f"{label} held out"),
        )

    def _select(self, rows: np.ndarray, label: str) -> ImageSet:
        """These rows only, with a fingerprint made from the label that describes the choice."""
        return dataclasses.replace(
            self,
            images=ImageRows(self.images, rows),
            names=tuple(self.names[row] for row in rows),
            fingerprint=hashlib.sha256(label.encode()).hexdigest(),
            attributes={name: values[rows] for name, values in self.attributes.items()},
            factors=self.factors and {name: values[rows] for name, values in self.factors.items()},
        )
