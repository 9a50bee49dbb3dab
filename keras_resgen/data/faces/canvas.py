"""Pictures in the making: the canvas, rectangles of it, and the mixing of colors into them."""

from dataclasses import dataclass

import numpy as np

from .traits import Traits

Box = tuple[float | np.ndarray, float | np.ndarray, float | np.ndarray, float | np.ndarray]


class Canvas:
    """Pictures `(3, n, size, size)` in [0, 1] that parts are painted on, one after the other.

    Places on it are in half picture widths: (-1, -1) is the upper left corner, (1, 1) the lower
    right. Channels come first, so that a coverage `(n, h, w)` mixes into all three at once.
    """

    def __init__(self, count: int, size: int) -> None:
        self.size = size
        self.pixels = np.empty((3, count, size, size), dtype=np.float32)

    def images(self, supersampling: int) -> np.ndarray:
        """The pictures `(n, size, size, 3)` as uint8, each block of pixels averaged into one."""
        pixels = self.pixels
        if supersampling > 1:
            small = self.size // supersampling
            blocks = pixels.reshape(3, -1, small, supersampling, small, supersampling)
            # A sum written out keeps one order of addition for any number of pictures.
            total = blocks[:, :, :, 0, :, 0].copy()
            for row in range(supersampling):
                for column in range(supersampling):
                    if row or column:
                        total += blocks[:, :, :, row, :, column]
            pixels = total * np.float32(1.0 / supersampling**2)
        levels = np.clip(pixels, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5)
        return np.ascontiguousarray(levels.astype(np.uint8).transpose(1, 2, 3, 0))


@dataclass
class Patch:
    """The same part of some of the pictures: a rectangle of equal size in each.

    Attributes:
        canvas: What it was cut from.
        index: Pictures `(m,)` that have the part.
        rows: First row in each picture.
        columns: First column in each picture.
        pixels: The rectangles `(3, m, h, w)`; `commit` puts them back.
        face: The traits of these pictures alone.
        u: Places to the right of the head's center, in the head's upright frame, `(m, h, w)`.
        v: Places below it.
        pixel: Width of a pixel in that frame, `(m, 1, 1)`.
    """

    canvas: Canvas
    index: np.ndarray
    rows: list[int]
    columns: list[int]
    pixels: np.ndarray
    face: Traits
    u: np.ndarray
    v: np.ndarray
    pixel: np.ndarray

    @classmethod
    def cut(cls, canvas: Canvas, face: Traits, index: np.ndarray, box: Box) -> "Patch":
        """Cut out what surely holds a box (left, top, right, bottom) of the head's frame."""
        left, top, right, bottom = box
        u, v = (left + right) * 0.5, (top + bottom) * 0.5
        du, dv = (right - left) * 0.5, (bottom - top) * 0.5
        cos, sin = face.scale * face.roll_cos, face.scale * face.roll_sin
        tilt = np.abs(sin)
        columns, width = _span(face.x + u * cos - v * sin, du * cos + dv * tilt, canvas.size)
        rows, height = _span(face.y + u * sin + v * cos, du * tilt + dv * cos, canvas.size)
        pixels = np.empty((3, len(index), height, width), dtype=np.float32)
        for i, picture in enumerate(index):
            row, column = rows[i], columns[i]
            pixels[:, i] = canvas.pixels[:, picture, row : row + height, column : column + width]
        x = _centers(columns, width, canvas.size)[:, None, :] - face.x
        y = _centers(rows, height, canvas.size)[:, :, None] - face.y
        cos, sin = face.roll_cos / face.scale, face.roll_sin / face.scale
        return cls(
            canvas,
            index,
            rows,
            columns,
            pixels,
            face,
            u=x * cos + y * sin,
            v=y * cos - x * sin,
            pixel=np.float32(2.0 / canvas.size) / face.scale,
        )

    def mix(self, coverage: np.ndarray, color: np.ndarray) -> None:
        """Mixes a color `(3, m, 1 or h, 1 or w)` in, as much as it covers each pixel."""
        step = color - self.pixels
        step *= coverage
        self.pixels += step

    def darken(self, amount: np.ndarray) -> None:
        """Take away a share of the light."""
        self.pixels *= 1.0 - amount

    def commit(self) -> None:
        """Put the rectangles back on the canvas."""
        height, width = self.pixels.shape[2:]
        for i, picture in enumerate(self.index):
            row, column = self.rows[i], self.columns[i]
            self.canvas.pixels[:, picture, row : row + height, column : column + width] = (
                self.pixels[:, i]
            )


def _centers(starts: list[int], count: int, size: int) -> np.ndarray:
    """Centers of `count` pixels from each start on, `(m, count)`."""
    places = np.array(starts, dtype=np.float32)[:, None] + np.arange(count, dtype=np.float32)
    return (places + np.float32(0.5)) * np.float32(2.0 / size) - np.float32(1.0)


def _span(middle: np.ndarray, reach: np.ndarray, size: int) -> tuple[list[int], int]:
    """First pixel in each picture, and the number of pixels that is enough for all of them."""
    low = np.floor((middle - reach + 1.0) * (size / 2)).astype(int).ravel() - 1
    high = np.ceil((middle + reach + 1.0) * (size / 2)).astype(int).ravel() + 1
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    count = max(int((high - low).max()), 1)
    return np.minimum(low, size - count).tolist(), count
