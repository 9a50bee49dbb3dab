"""One encoded image to uint8 pixels of the wanted size: the same way for every source."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

VERSION = 1
"""Part of every cache key: a change of the pixels made here makes new cache entries."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
SMALLEST_SIDE = 8
LARGEST_AREA = 89_478_485  # Pillow's own bound for what it trusts not to be a decompression bomb
BACKGROUND = (255, 255, 255)


class BadImageError(ValueError):
    """An image file that cannot or should not be used; the message is the reason."""


def decode_image(encoded: Path | bytes, image_size: int, channels: int) -> tuple[np.ndarray, bool]:
    """Decode, turn upright, crop the center square and resize by area.

    Reads JPEG, PNG, GIF (first frame), BMP and WebP, recognized by content, not by name; gray, RGB,
    palette, CMYK and 16-bit. Transparent pixels are laid on white. The resize is the exact mean
    over each pixel's area; a square smaller than `image_size` is enlarged bicubically. Color
    profiles are not applied.

    Args:
        encoded: A file, or its bytes.
        image_size: Height and width of the result in pixels.
        channels: 1 for gray (ITU-R 601 luma) or 3 for RGB.

    Returns:
        uint8 in [0, 255] of shape `(image_size, image_size, channels)`, and whether it was
        enlarged.

    Raises:
        BadImageError: If the content is no such image, is damaged, or has a side under 8 pixels
            or more than 89 million pixels.
        OSError: If the file cannot be read at all.

    Example:
        >>> pixels, enlarged = decode_image(Path("face.jpg"), image_size=64, channels=3)
        >>> pixels.shape
        (64, 64, 3)
    """
    try:
        return _decode(encoded, image_size, channels)
    except BadImageError:
        raise
    except Exception as error:  # Pillow's plugins raise a dozen kinds for damaged content
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's fault, not the image's
        raise BadImageError(f"{error or type(error).__name__}") from error


def _decode(encoded: Path | bytes, image_size: int, channels: int) -> tuple[np.ndarray, bool]:
    source = io.BytesIO(encoded) if isinstance(encoded, bytes) else encoded
    with Image.open(source, formats=FORMATS) as opened:
        _check_extent(opened.size)
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        flat = _flatten(upright).convert("L" if channels == 1 else "RGB")
    side = min(flat.size)
    left, top = (flat.width - side) // 2, (flat.height - side) // 2
    square = flat.crop((left, top, left + side, top + side))
    if side < image_size:
        square = square.resize((image_size, image_size), Image.Resampling.BICUBIC)
    elif side % image_size == 0 and (side // image_size).bit_count() == 1:
        square = square.reduce(side // image_size)  # exact for powers of two, and faster
    pixels = np.asarray(square).reshape(*square.size, channels)
    if square.width != image_size:
        pixels = area_resize(pixels, image_size)
    return pixels, side < image_size


def _check_extent(size: tuple[int, int]) -> None:
    width, height = size
    if min(size) < SMALLEST_SIDE:
        raise BadImageError(f"{width}x{height} pixels, but a side takes at least {SMALLEST_SIDE}")
    if width * height > LARGEST_AREA:
        raise BadImageError(f"{width}x{height} pixels, but at most {LARGEST_AREA} are decoded")


def _flatten(image: Image.Image) -> Image.Image:
    """The image without transparency and with 8 bits a channel."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion would clip at 255
        deep = np.asarray(image).astype(np.uint32).clip(0, 65535)
        return Image.fromarray(((deep * 255 + 32767) // 65535).astype(np.uint8))
    if image.has_transparency_data:
        background = Image.new("RGBA", image.size, BACKGROUND)
        return Image.alpha_composite(background, image.convert("RGBA"))
    return image


def area_resize(pixels: np.ndarray, image_size: int) -> np.ndarray:
    """Shrinks a square image, each new pixel the mean of the area it covers, rounded half up.

    Pillow's own box filter counts a pixel as in or out by its center, which is no mean of areas
    where the sides' ratio is no whole number.

    Args:
        pixels: uint8 `(side, side, channels)` with `side >= image_size`.
        image_size: Height and width of the result.

    Returns:
        uint8 `(image_size, image_size, channels)`.

    Example:
        >>> area_resize(np.array([[[0], [4]], [[8], [12]]], np.uint8), 1)
        array([[[6]]], dtype=uint8)
    """
    side, _, channels = pixels.shape
    rows = _area_means(pixels.reshape(side, -1), image_size)
    columns = rows.reshape(image_size, side, channels).swapaxes(0, 1).reshape(side, -1)
    means = _area_means(columns, image_size).reshape(image_size, image_size, channels)
    return np.floor(means.swapaxes(0, 1) + 0.5).astype(np.uint8)


def _area_means(lines: np.ndarray, count: int) -> np.ndarray:
    """Means over `count` equal parts of the first axis, float32, parts of lines counted in part.

    Adds a weighted line at a time: a matrix product would start BLAS threads in every thread that
    decodes, which halves the speed.
    """
    weights, indices = _area_weights(len(lines), count)
    means = np.zeros((count, lines.shape[1]), np.float32)
    for weight, index in zip(weights, indices, strict=True):
        means += weight * lines[index]
    return means


@functools.lru_cache(maxsize=64)
def _area_weights(lines: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of old lines in each new one `(taps, count, 1)`, and which lines `(taps, count)`."""
    edges = np.arange(count + 1) * lines / count
    start, end = edges[:-1], edges[1:]
    indices = np.floor(start).astype(np.int64) + np.arange(-(-lines // count) + 1)[:, None]
    overlap = np.minimum(end, indices + 1) - np.maximum(start, indices)
    weights = (overlap.clip(min=0) * count / lines).astype(np.float32)
    return weights[..., None], indices.clip(max=lines - 1)


def to_gray(images: np.ndarray) -> np.ndarray:
    """RGB images to gray ones by the same luma as decoding.

    Args:
        images: uint8 `(count, height, width, 3)`.

    Returns:
        uint8 `(count, height, width, 1)`.
    """
    tall = Image.fromarray(images.reshape(-1, images.shape[2], 3))
    return np.asarray(tall.convert("L")).reshape(*images.shape[:3], 1)
