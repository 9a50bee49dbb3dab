"""Pictures made of many images, and PNG files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

PADDING = 2  # white pixels between the images of a sheet, where nothing else is said


def contact_sheet(
    images: np.ndarray, columns: int, scale: int = 1, *, padding: int = 0
) -> np.ndarray:
    """Lays images out in rows, the first at the top left, on white.

    Args:
        images: `(count, height, width, 1 or 3)`, uint8 in [0, 255] or float in [0, 1].
        columns: Images in a row.
        scale: Each pixel becomes `scale` times `scale` pixels.
        padding: White pixels between images, and around all of them.

    Returns:
        uint8 `(height, width, channels)`.

    Raises:
        ValueError: If there are no images or they have another shape.

    Example:
        >>> contact_sheet(np.zeros((5, 32, 32, 3), np.uint8), columns=3, padding=2).shape
        (70, 104, 3)
    """
    pixels = _as_bytes(images)
    if pixels.ndim != 4 or pixels.shape[3] not in (1, 3) or not len(pixels):
        raise ValueError(
            f"Expected images (count, height, width, 1 or 3). Received: {np.shape(images)}."
        )
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    count, height, width, channels = pixels.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    cell_height, cell_width = height + padding, width + padding
    sheet = np.full(
        (rows * cell_height + padding, columns * cell_width + padding, channels), 255, np.uint8
    )
    for index, image in enumerate(pixels):
        top = index // columns * cell_height + padding
        left = index % columns * cell_width + padding
        sheet[top : top + height, left : left + width] = image
    return sheet


def reconstruction_sheet(
    images: np.ndarray, reconstructions: np.ndarray, columns: int
) -> np.ndarray:
    """Lays out rows of images, each with its reconstructions in the row below.

    Args:
        images: float array of shape `(count, size, size, channels)` in [0, 1].
        reconstructions: array of the same shape.
        columns: images in a row; the last row is filled up with white.

    Returns:
        A uint8 array of shape `(height, width, channels)`.

    Example:
        >>> reconstruction_sheet(np.zeros((4, 8, 8, 1)), np.ones((4, 8, 8, 1)), 2).shape
        (42, 22, 1)
    """
    columns = min(columns, len(images))
    white = np.ones((-len(images) % columns, *images.shape[1:]), images.dtype)
    originals, copies = (np.concatenate([part, white]) for part in (images, reconstructions))
    rows = [
        part[start : start + columns]
        for start in range(0, len(originals), columns)
        for part in (originals, copies)
    ]
    return contact_sheet(np.concatenate(rows), columns, padding=PADDING)


def save_png(path: Path, picture: np.ndarray) -> None:
    """Write one picture as an optimized PNG file, and its folder if it is missing.

    Args:
        path: file to write.
        picture: `(height, width)` or `(height, width, 1 or 3)`, uint8 in [0, 255] or float in
            [0, 1].

    Example:
        >>> save_png(Path("gray.png"), np.full((32, 32, 1), 0.5))
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(picture))


def png_bytes(picture: np.ndarray) -> bytes:
    """Return one picture as the bytes of an optimized PNG file.

    Args:
        picture: see `save_png`.

    Example:
        >>> png_bytes(np.full((32, 32, 1), 0.5))[1:4]
        b'PNG'
    """
    pixels = _as_bytes(picture)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _as_bytes(picture: np.ndarray) -> np.ndarray:
    """Pixels as uint8; floats are clipped to [0, 1] first, and NaN becomes black."""
    picture = np.asarray(picture)
    if picture.dtype == np.uint8:
        return picture
    if not np.issubdtype(picture.dtype, np.floating):
        raise ValueError(
            f"Expected uint8 in [0, 255] or float in [0, 1]. Received: {picture.dtype}."
        )
    return np.rint(np.nan_to_num(picture).clip(0, 1) * 255).astype(np.uint8)
