"""Drawing of faces: the order of the parts, in batches that fit the cache."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from . import beard, body, eyes, glasses, hair, hat, head, mouth, nose
from .background import draw_background
from .canvas import Canvas, Patch
from .cuts import CUTS, Cut
from .factors import FACTORS, Factors, check_factors
from .head import surface
from .traits import Traits, derive

VERSION = 2
"""Grows whenever the pixels of a face change; part of the key of every cache of drawn faces."""

SIZES = (32, 64, 128, 256)

_SMALLEST_CANVAS = 64  # smaller pictures are drawn at this size and averaged
_CANVAS_PIXELS = 2**17  # of one batch: large enough to hide the cost of calls, small for the cache
_CHUNK_PIXELS = 2**21  # of the pictures handed out together


def _surfaced(patch: Patch, *draw: Callable[[Patch, head.Surface], None]) -> None:
    s = surface(patch.face, patch.u, patch.v)
    for part in draw:
        part(patch, s)
    patch.commit()


def _codes(name: str, codes: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The names of a choice that occur, each with the indices of its faces."""
    for code, value in enumerate(FACTORS[name].values):
        index = np.flatnonzero(codes == code)
        if len(index):
            yield value, index


def paint(traits: Traits, count: int, size: int) -> Canvas:
    """Paint faces, back to front."""
    canvas = Canvas(count, size)
    everyone = np.arange(count)

    def cut(index: np.ndarray, box: Callable[..., Any], *arguments: Any) -> Patch:
        face = traits.take(index)
        return Patch.cut(canvas, face, index, box(face, *arguments))

    def having(name: str) -> np.ndarray:
        return np.flatnonzero(getattr(traits, f"{name}_code") == 1)

    draw_background(canvas, traits)
    combed: list[tuple[np.ndarray, Cut, hair.Hair]] = []
    ears = []
    for style, index in _codes("hair_style", traits.hair_style_code):
        style_cut = CUTS[style]
        if style_cut is None or not style_cut.covers_ears:
            ears.append(index)
        if style_cut is not None:
            patch = cut(index, hair.hair_box, style_cut)
            locks = hair.comb(patch, style_cut)
            locks.draw_behind(patch)
            patch.commit()
            combed.append((index, style_cut, locks))
    upright = Patch.cut(canvas, body.body_face(traits), everyone, body.BOX)
    body.draw_body(upright)
    upright.commit()

    _surfaced(cut(everyone, head.head_box), head.draw_skin)
    _surfaced(cut(everyone, eyes.eyes_box), eyes.draw_eyes, eyes.draw_brows)
    _surfaced(cut(everyone, nose.nose_box), nose.draw_nose)
    if len(index := having("beard")):
        _surfaced(cut(index, beard.beard_box), beard.draw_beard)
    _surfaced(cut(everyone, mouth.mouth_box), mouth.draw_mouth)
    if len(index := having("mustache")):
        _surfaced(cut(index, beard.mustache_box), beard.draw_mustache)
    worn = [
        (glasses.STYLES[style], having("eyeglasses")[at])
        for style, at in _codes(
            "eyeglasses_style", traits.eyeglasses_style_code[having("eyeglasses")]
        )
    ]
    for pair, index in worn:
        patch = cut(index, glasses.glasses_box)
        glasses.draw_glasses_shadow(patch, pair)
        glasses.draw_arms(patch, pair)
        patch.commit()
    for index, style_cut, locks in combed:
        patch = cut(index, hair.hair_box, style_cut)
        locks.draw_front(patch)
        patch.commit()
    if ears:
        index = np.sort(np.concatenate(ears))
        for side in (-1.0, 1.0):
            patch = cut(index, head.ear_box, side)
            head.draw_ear(patch, side)
            patch.commit()
    for pair, index in worn:
        patch = cut(index, glasses.glasses_box)
        glasses.draw_frame(patch, pair)
        patch.commit()
    hatted = having("hat")
    for kind, at in _codes("hat_style", traits.hat_style_code[hatted]):
        patch = cut(hatted[at], hat.hat_box)
        hat.draw_hat_shadow(patch)
        hat.HATS[kind](patch)
        patch.commit()
    return canvas


def draw_chunks(factors: Mapping[str, Any], image_size: int) -> Iterator[np.ndarray]:
    """Draw faces a few at a time, in order, for files larger than memory and progress bars.

    Args:
        factors: Factors of n faces, as from `sample_factors`.
        image_size: Height and width of a picture: 32, 64, 128 or 256.

    Returns:
        An iterator over pictures `(m, image_size, image_size, 3)`, uint8 RGB in [0, 255], whose
        m add up to n.

    Raises:
        ValueError: If the size is not one of these, or factors are missing, unknown, out of
            range, or of unequal length.

    Example:
        >>> drawn = 0
        >>> for pictures in draw_chunks(sample_factors(100), 64):
        ...     drawn += len(pictures)
    """
    checked = check_factors(factors)
    if image_size not in SIZES:
        raise ValueError(
            f"Expected `image_size` to be one of {', '.join(map(str, SIZES))}. "
            f"Received: {image_size!r}. Draw the next larger size and resize the pictures."
        )
    return _chunks(checked, int(image_size))


def _chunks(factors: Factors, size: int) -> Iterator[np.ndarray]:
    canvas_size = max(size, _SMALLEST_CANVAS)
    batch = max(_CANVAS_PIXELS // canvas_size**2, 1)
    chunk = max(_CHUNK_PIXELS // canvas_size**2, 1)
    for start in range(0, len(factors["hair_style"]), chunk):
        part = {name: value[start : start + chunk] for name, value in factors.items()}
        count = len(part["hair_style"])
        pictures = np.empty((count, size, size, 3), dtype=np.uint8)
        # Faces of one hair style are drawn together: each style costs its calls once.
        order = np.argsort(part["hair_style"], kind="stable")
        for first in range(0, count, batch):
            index = order[first : first + batch]
            traits = derive({name: value[index] for name, value in part.items()})
            canvas = paint(traits, len(index), canvas_size)
            pictures[index] = canvas.images(canvas_size // size)
        yield pictures


def draw(
    factors: Mapping[str, Any],
    image_size: int,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Draw faces from their factors.

    A picture depends on its own factors and on the size alone: not on the other faces drawn with
    it. Only parts that a factor concerns change with it, to the byte.

    Args:
        factors: Factors of n faces, as from `sample_factors`.
        image_size: Height and width of a picture: 32, 64, 128 or 256.
        progress: Called after every chunk with the number of faces drawn so far.

    Returns:
        Pictures `(n, image_size, image_size, 3)`, uint8 RGB in [0, 255].

    Raises:
        ValueError: If the size is not one of these, or factors are missing, unknown, out of
            range, or of unequal length.

    Example:
        >>> faces = sample_factors(8)
        >>> draw(faces, 64).shape
        (8, 64, 64, 3)
        >>> smiling = draw(counterfactual(faces, smile=1), 64)
    """
    chunks = draw_chunks(factors, image_size)
    count = len(np.asarray(factors["hair_style"]))
    pictures = np.empty((count, int(image_size), int(image_size), 3), dtype=np.uint8)
    done = 0
    for chunk in chunks:
        pictures[done : done + len(chunk)] = chunk
        done += len(chunk)
        if progress is not None:
            progress(done)
    return pictures
