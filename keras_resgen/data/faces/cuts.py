"""Hair styles: the outline of each, the window it leaves for the face, and the lie of its strands.

The window is drawn in the coordinates of the head's front view and so turns with it, while the
outline is drawn as seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .canvas import Patch
from .head import CROWN, Surface
from .shapes import Array, Number, bump, ellipse, overlap, ramp, rounded_box
from .textures import locks, streaks


@dataclass
class Lie:
    """How hair lies in a patch, `(m, h, w)` each.

    Attributes:
        outline: Signed distance to the outer edge.
        window: Signed distance to the edge of the window.
        pattern: Light and dark of the strands, mean 0 and deviation about 1.
        gloss: Where the hair shines, 0 to 1.
    """

    outline: Array
    window: Array
    pattern: Array
    gloss: Array


@dataclass(frozen=True)
class Cut:
    """A hair style.

    Attributes:
        lay: How the hair lies.
        side: Margin beside the head that holds it.
        top: Margin above the head.
        bottom: Lower end, in the head's frame.
        covers_ears: Whether the ears are hidden.
    """

    lay: Callable[[Patch, Surface], Lie]
    side: float
    top: float
    bottom: float
    covers_ears: bool = False


def _from_nape(patch: Patch) -> Array:
    """Places to the right of the back of the skull, which swings the other way when turning."""
    return patch.u + 0.045 * patch.face.yaw_sin


def _cap(patch: Patch, side: float, top: float) -> tuple[Array, Array, Array]:
    """Places on the cap of hair over the skull, in its half sizes, and the distance to its edge."""
    u = _from_nape(patch)
    rx, ry = patch.face.breadth + side, CROWN * patch.face.height + top
    return u * (1.0 / rx), np.minimum(patch.v, 0.0) * (1.0 / ry), ellipse(u, patch.v, rx, ry)


def _square_window(patch: Patch, s: Surface, side: float, top: Number, bottom: float) -> Array:
    """Distance to a window that is a rounded square above and open below."""
    face = patch.face
    middle, half = 0.5 * (top + bottom), 0.5 * (bottom - top)
    nx = s.x * (1.0 / (face.width * side))
    ny = np.minimum(s.y * (1.0 / face.height) - middle, 0.0) * (1.0 / half)
    nx *= nx
    ny *= ny
    return (np.sqrt(np.sqrt(nx * nx + ny * ny)) - 1.0) * (0.9 * face.width)


def _below_ears(s: Surface, sideburn: float, nape: float) -> Array:
    """Distance below the lower edge of short hair: a slanted sideburn, and lower behind the ear."""
    edge = nape + (sideburn - nape) * ramp(s.depth, -0.12, 0.16)
    return s.y - edge + 0.26 * ramp(s.depth, 0.16, 0.60)


def _fan(patch: Patch, s: Surface, part: Array, height: float, bend: float) -> Array:
    """Pattern of strands that fan out from a point on top of the head or above it."""
    dx = s.x * (1.0 / patch.face.width) - part
    dy = s.y * (1.0 / patch.face.height) + height
    span = np.abs(dx) + np.abs(dy) + 0.05
    return streaks(patch.canvas.size, dx / span * 0.75 + bend * span, span * 0.2)


def _fall(patch: Patch, p: Array, q: Array) -> Array:
    """Pattern of strands that fall from the crown as the meridians of a globe."""
    across = p * (1.0 / np.sqrt(np.maximum(1.03 - q * q, 0.04)))
    return streaks(patch.canvas.size, across * 0.42, q * 0.30 + 0.10 * patch.v)


def _sheen(p: Array, q: Array, place: float, pattern: Array) -> Array:
    """The band of light around smooth hair, broken up by its strands."""
    d = (q - place + 0.16 * p * p) * (1.0 / 0.24)
    return bump(d * d) * np.clip(0.55 + 0.30 * pattern, 0.0, 1.2)


def _tufts(patch: Patch, q: Array, pattern: Array, size: float) -> Array:
    """How far strands stick out of the outline where they end in it: on the crown and below."""
    ends = np.maximum(np.clip(-1.6 * q - 0.5, 0.0, 1.0), ramp(patch.v, 0.2, 0.4))
    return pattern * ends * size


def _frayed(s: Surface, window: Array, pattern: Array, size: float) -> Array:
    """The distance to a window whose upper edge is uneven with the strands that end there."""
    return window + pattern * np.clip(-5.0 * s.y - 0.6, 0.0, 1.0) * size


def _short(patch: Patch, s: Surface) -> Lie:
    parting = patch.face.parting
    p, q, cap = _cap(patch, 0.028, 0.080)
    pattern = _fan(patch, s, 0.25 * parting, 1.25, 0.10)
    window = _square_window(patch, s, 0.87, -0.63 + 0.05 * s.x * parting, 0.60)
    outline = overlap(cap, _below_ears(s, 0.10, 0.27), 0.08) - _tufts(patch, q, pattern, 0.008)
    return Lie(outline, _frayed(s, window, pattern, 0.008), pattern, _sheen(p, q, -0.72, pattern))


def _side(patch: Patch, s: Surface) -> Lie:
    face = patch.face
    p, q, cap = _cap(patch, 0.038, 0.105)
    sweep = s.x * (1.0 / face.width) * face.parting
    pattern = _fan(patch, s, -0.42 * face.parting, 1.5, 0.0)
    top = -0.66 + 0.34 * ramp(sweep, -0.52, 0.9) + 0.10 * ramp(-sweep, 0.45, 0.8)
    window = _square_window(patch, s, 0.86, top, 0.62)
    fuller = cap - 0.018 * ramp(sweep, -0.4, 0.4)
    outline = overlap(fuller, _below_ears(s, 0.13, 0.31), 0.08) - _tufts(patch, q, pattern, 0.007)
    return Lie(outline, _frayed(s, window, pattern, 0.006), pattern, _sheen(p, q, -0.66, pattern))


def _bangs(patch: Patch, s: Surface) -> Lie:
    p, q, cap = _cap(patch, 0.055, 0.085)
    bob = rounded_box(_from_nape(patch), patch.v - 0.06, patch.face.breadth + 0.056, 0.40, 0.16)
    pattern = _fall(patch, p, q)
    window = _square_window(patch, s, 0.83, -0.30, 0.75)
    outline = np.minimum(np.maximum(cap, patch.v - 0.2), bob) - _tufts(patch, q, pattern, 0.008)
    return Lie(outline, window + 0.013 * pattern, pattern, _sheen(p, q, -0.60, pattern))


def _long(patch: Patch, s: Surface) -> Lie:
    face = patch.face
    p, q, cap = _cap(patch, 0.055, 0.085)
    wide = 0.075 * ramp(patch.v, 0.0, 0.75) - 0.03 * ramp(patch.v, 0.75, 1.0)
    mane = rounded_box(_from_nape(patch), patch.v - 0.42, face.breadth + 0.058 + wide, 0.50, 0.20)
    pattern = _fall(patch, p, q)
    nx = s.x * (1.0 / (face.width * 0.84)) - 0.10 * face.parting
    ny = np.minimum(s.y * (1.0 / face.height) - 0.48, 0.0) * (1.0 / 1.13)
    window = (np.sqrt(nx * nx + ny * ny) - 1.0) * (0.9 * face.width)
    outline = np.minimum(cap, mane) - _tufts(patch, q, pattern, 0.007)
    return Lie(outline, window + 0.008 * pattern, pattern, _sheen(p, q, -0.58, pattern))


def _curly(patch: Patch, s: Surface) -> Lie:
    face = patch.face
    swell, pattern = locks(patch.canvas.size, patch.u * 0.95 - 0.12 * face.yaw_sin, patch.v * 0.95)
    p, q, cap = _cap(patch, 0.15, 0.15)
    sides = ellipse(_from_nape(patch), patch.v - 0.10, face.breadth + 0.15, 0.36)
    window = _square_window(patch, s, 0.83, -0.42, 0.85)
    outline = overlap(np.minimum(cap, sides), patch.v - 0.42, 0.20)
    bulge = 0.085 * (swell - 0.45)
    gloss = _sheen(p, q, -0.72, pattern) * np.maximum(pattern, 0.0)
    return Lie(outline - bulge, window + 0.8 * bulge, pattern, gloss)


CUTS: dict[str, Cut | None] = {
    "bald": None,
    "short": Cut(_short, side=0.09, top=0.14, bottom=0.48),
    "side": Cut(_side, side=0.11, top=0.17, bottom=0.48),
    "bangs": Cut(_bangs, side=0.13, top=0.15, bottom=0.54, covers_ears=True),
    "long": Cut(_long, side=0.20, top=0.15, bottom=0.99, covers_ears=True),
    "curly": Cut(_curly, side=0.24, top=0.25, bottom=0.54, covers_ears=True),
}
"""Every hair style by name; None has no hair to draw."""
