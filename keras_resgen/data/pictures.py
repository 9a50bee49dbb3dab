"""Pictures made of many images, and PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


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


def save_png(path: Path, picture: np.ndarray) -> None:
    """Writes one picture as an optimised PNG file, making its folder where it is missing.

    Args:
        path: File to write.
        picture: `(height, width)` or `(height, width, 1 or 3)`, uint8 in [0, 255] or float in
            [0, 1].

    Example:
        >>> save_png(Path("grey.png"), np.full((32, 32, 1), 0.5))
    """
    pixels = _as_bytes(picture)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, format="PNG", optimize=True)


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
