"""Hair: one mass behind the head and, outside a window for the face, in front of it.

The window is drawn in the coordinates of the head's front view and so turns with it, while the
outline is drawn as seen. Hair behind the head fills whatever the window leaves beside the face.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import hat
from .canvas import Box, Patch
from .head import Surface, lit, shaded, surface
from .shapes import Array, blend, bump, coverage, ellipse, ramp, rounded_box
from .textures import locks, streaks
from .traits import Traits


@dataclass
class Strands:
    """How the hair lies in a patch: its distance fields and its pattern."""

    outer: Array
    window: Array
    shade: Array
    gloss: Array
    bulge: Array | float


@dataclass(frozen=True)
class Cut:
    """A hair style.

    Attributes:
        reach: Box around the head that holds it, as margins (side, top) and the bottom.
        lay: How the hair lies.
        covers_ears: Whether the ears are hidden.
    """

    reach: tuple[float, float, float]
    lay: Callable[[Patch, Surface], Strands]
    covers_ears: bool = False


def _cap(patch: Patch, side: float, top: float) -> tuple[Array, Array, Array]:
    """Places on the cap of hair over the skull, in its half sizes, and the distance to its edge."""
    face = patch.face
    # The back of the skull swings the other way when the face turns.
    u = patch.u + 0.045 * face.yaw_sin
    rx, ry = face.breadth + side, face.height + top
    v = np.minimum(patch.v, 0.0)
    return u * (1.0 / rx), v * (1.0 / ry), ellipse(u, patch.v, rx, ry)


def _square_window(s: Surface, face: Traits, x: float, top: Array | float, bottom: float) -> Array:
    """Distance to a face window: rounded square above, open below."""
    middle, half = 0.5 * (top + bottom), 0.5 * (bottom - top)
    nx = s.x * (1.0 / (face.width * x))
    ny = np.minimum(s.y * (1.0 / face.height) - middle, 0.0) * (1.0 / half)
    nx *= nx
    ny *= ny
    return (np.sqrt(np.sqrt(nx * nx + ny * ny)) - 1.0) * (0.9 * face.width)


def _below_ears(s: Surface, sideburn: float, nape: float) -> Array:
    """Distance below the lower edge of short hair: before the ear, and behind it."""
    return s.y - (nape + (sideburn - nape) * ramp(s.depth, -0.12, 0.16))


def _fan(patch: Patch, s: Surface, part: Array | float, bend: float) -> tuple[Array, Array]:
    """Places across and along strands that fan out from a point on top of the head."""
    face = patch.face
    dx = s.x * (1.0 / face.width) - part
    dy = s.y * (1.0 / face.height) + 1.12
    span = np.abs(dx) + np.abs(dy) + 0.05
    return dx / span * 0.5 + bend * span, span * 0.5


def _fall(p: Array, q: Array) -> tuple[Array, Array]:
    """Places across and along strands that fall from the crown as the meridians of a globe."""
    across = p * (1.0 / np.sqrt(np.maximum(1.03 - q * q, 0.04)))
    return across * 0.42, q * 0.30


def _sheen(latitude: Array, p: Array, place: float, streak: Array) -> Array:
    """The band of light that lies around well-kept hair."""
    d = (latitude - place + 0.16 * p * p) * (1.0 / 0.24)
    return bump(d * d) * np.clip(0.55 + 0.30 * streak, 0.0, 1.2)


def _short(patch: Patch, s: Surface) -> Strands:
    face = patch.face
    p, q, cap = _cap(patch, 0.028, 0.075)
    streak = streaks(patch.canvas.size, *_fan(patch, s, 0.25 * face.parting, 0.10))
    lean = 0.05 * s.x * face.parting
    window = _square_window(s, face, 0.87, -0.56 + lean, 0.60)
    outer = np.maximum(cap, _below_ears(s, 0.10, 0.42))
    return Strands(outer, window, streak, _sheen(q, p, -0.72, streak), 0.010 * streak)


def _side(patch: Patch, s: Surface) -> Strands:
    face = patch.face
    p, q, cap = _cap(patch, 0.038, 0.105)
    sweep = s.x * (1.0 / face.width) * face.parting
    streak = streaks(patch.canvas.size, *_fan(patch, s, -0.42 * face.parting, 0.0))
    top = -0.66 + 0.34 * ramp(sweep, -0.52, 0.9) + 0.10 * ramp(-sweep, 0.45, 0.8)
    window = _square_window(s, face, 0.86, top, 0.62)
    outer = np.maximum(cap - 0.018 * ramp(sweep, -0.4, 0.4), _below_ears(s, 0.13, 0.42))
    return Strands(outer, window, streak, _sheen(q, p, -0.66, streak), 0.008 * streak)


def _bangs(patch: Patch, s: Surface) -> Strands:
    face = patch.face
    p, q, cap = _cap(patch, 0.055, 0.085)
    u = patch.u + 0.045 * face.yaw_sin
    bob = rounded_box(u, patch.v - 0.06, face.breadth + 0.062, 0.40, 0.16)
    streak = streaks(patch.canvas.size, *_fall(p, q))
    window = _square_window(s, face, 0.83, -0.30, 0.75)
    return Strands(
        np.minimum(np.maximum(cap, patch.v - 0.2), bob),
        window,
        streak,
        _sheen(q, p, -0.60, streak),
        0.012 * streak,
    )


def _long(patch: Patch, s: Surface) -> Strands:
    face = patch.face
    p, q, cap = _cap(patch, 0.055, 0.085)
    u = patch.u + 0.045 * face.yaw_sin
    wide = 0.075 * ramp(patch.v, 0.0, 0.75) - 0.03 * ramp(patch.v, 0.75, 1.0)
    mane = rounded_box(u, patch.v - 0.42, face.breadth + 0.058 + wide, 0.50, 0.20)
    across, along = _fall(p, q)
    wave = 0.018 * np.maximum(patch.v, 0.0)
    streak = streaks(patch.canvas.size, across * (1.0 - wave), along + 0.10 * patch.v)
    nx = s.x * (1.0 / (face.width * 0.84)) - 0.10 * face.parting
    ny = np.minimum(s.y * (1.0 / face.height) - 0.48, 0.0) * (1.0 / 1.13)
    window = (np.sqrt(nx * nx + ny * ny) - 1.0) * (0.9 * face.width)
    return Strands(
        np.minimum(cap, mane), window, streak, _sheen(q, p, -0.58, streak), 0.008 * streak
    )


def _curly(patch: Patch, s: Surface) -> Strands:
    face = patch.face
    size = patch.canvas.size
    swell, shade = locks(size, patch.u * 0.95 - 0.12 * face.yaw_sin, patch.v * 0.95)
    p, q, cap = _cap(patch, 0.15, 0.15)
    u = patch.u + 0.045 * face.yaw_sin
    sides = ellipse(u, patch.v - 0.10, face.breadth + 0.15, 0.36)
    window = _square_window(s, face, 0.83, -0.42, 0.85)
    outer = np.maximum(np.minimum(cap, sides), patch.v - 0.43)
    gloss = _sheen(q, p, -0.72, shade) * np.maximum(shade, 0.0)
    return Strands(outer, window, shade, gloss, 0.085 * (swell - 0.45))


CUTS: dict[str, Cut | None] = {
    "bald": None,
    "short": Cut((0.09, 0.14, 0.48), _short),
    "side": Cut((0.11, 0.17, 0.48), _side),
    "bangs": Cut((0.13, 0.15, 0.54), _bangs, covers_ears=True),
    "long": Cut((0.20, 0.15, 0.99), _long, covers_ears=True),
    "curly": Cut((0.24, 0.25, 0.54), _curly, covers_ears=True),
}


@dataclass
class Hair:
    """Hair ready to be painted: behind the head, and later in front of it."""

    color: Array
    behind: Array
    front: Array
    shadow: Array

    def draw_behind(self, patch: Patch) -> None:
        """Paints all of it, darker, for the head to be painted over."""
        patch.mix(self.behind, self.color * 0.62)

    def draw_front(self, patch: Patch) -> None:
        """Paints what is before the head, and the shadow that it throws on the face."""
        patch.mix(self.shadow, patch.face.skin_shadow)
        patch.mix(self.front, self.color)


def hair_box(face: Traits, cut: Cut) -> Box:
    """Box that holds the hair."""
    side, top, bottom = cut.reach
    side = face.breadth + side + 0.05 * np.abs(face.yaw_sin)
    return -side, -face.height - top, side, bottom + 0.0 * side


def comb(patch: Patch, cut: Cut) -> Hair:
    """Lays the hair of a patch and lights it."""
    face = patch.face
    s = surface(face, patch.u, patch.v)
    lay = cut.lay(patch, s)
    soft = np.maximum(patch.pixel, 0.012)
    behind = coverage(lay.outer - lay.bulge, soft)
    behind *= 1.0 - face.hat * hat.covered(patch)
    window = lay.window + 0.8 * lay.bulge
    front = behind * coverage(-window, np.maximum(patch.pixel, 0.020))
    shadow = 0.42 * behind * (1.0 - ramp(-window, -0.03, 0.085)) * coverage(s.edge, patch.pixel)
    nx = np.clip(patch.u * (1.0 / (face.breadth + 0.06)), -1.0, 1.0)
    ny = np.clip(patch.v * (1.0 / (face.height + 0.08)), -1.0, 0.0)
    nz = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    light = lit(face, nx, ny, nz) * (0.97 + 0.115 * lay.shade)
    light -= 0.20 * ramp(patch.v, 0.1, 0.9) + 0.10 * (1.0 - nz)
    color = shaded(face.hair, light, 0.10)
    shine = lay.gloss * (0.25 + 0.45 * face.light_strength + 0.2 * nx * face.light_x)
    return Hair(blend(color, face.hair_light, np.clip(shine, 0.0, 1.0)), behind, front, shadow)
