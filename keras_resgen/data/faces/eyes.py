"""Eyes and brows."""

import numpy as np

from .canvas import Box, Patch
from .head import Surface, place
from .shapes import Array, blend, bump, coverage, ramp, stroke
from .traits import Traits

_WHITE = np.array([0.965, 0.955, 0.95], dtype=np.float32)[:, None, None, None]
_LASH = np.array([0.10, 0.065, 0.06], dtype=np.float32)[:, None, None, None]
_PUPIL = np.array([0.04, 0.03, 0.035], dtype=np.float32)[:, None, None, None]
_GLINT = np.ones((3, 1, 1, 1), dtype=np.float32)
_EYE_Y = 0.005


def eyes_box(face: Traits) -> Box:
    """Box that holds both eyes and brows."""
    left, top = place(face, -face.eye_x, -0.13)
    right, bottom = place(face, face.eye_x, 0.0)
    return left - 0.20, top - 0.13, right + 0.20, bottom + 0.12


def _lids(face: Traits, n: Array) -> tuple[Array, Array]:
    """Edges of the upper and lower lid above the middle of the eye, n from -1 (nose) to 1."""
    arch = 1.0 - n * n
    tilt = 0.010 * n
    upper = -0.056 * face.eye_size * arch * (1.0 - 0.12 * n) - tilt
    lower = 0.036 * face.eye_size * (1.0 - 0.28 * face.smile) * arch * (1.0 + 0.15 * n) - tilt
    return upper, lower


def draw_eyes(patch: Patch, s: Surface) -> None:
    """Paint both eyes: they mirror each other but for where they look."""
    face, pixel = patch.face, patch.pixel
    side = np.where(s.x < 0.0, -1.0, 1.0)
    ex, ey = np.abs(s.x) - face.eye_x, s.y - _EYE_Y
    half = 0.092 * (0.6 + 0.4 * face.eye_size)
    n = ex * (1.0 / half)
    upper, lower = _lids(face, n)
    inside = np.maximum(upper - ey, ey - lower)
    opened = coverage(inside * 0.9, pixel)
    shade = 1.0 - 0.34 * (1.0 - ramp(ey - upper, 0.0, 0.035)) - 0.10 * n * n
    patch.mix(opened, _WHITE * shade)

    radius = 0.0405 * (0.75 + 0.25 * face.eye_size)
    ix, iy = ex * side - face.gaze_x, ey - face.gaze_y + 0.006
    r = np.sqrt(ix * ix + iy * iy)
    rim = ramp(r, 0.62 * radius, 1.02 * radius)
    glow = 0.85 + 9.0 * iy - 0.55 * rim
    iris = opened * coverage(r - radius, np.maximum(pixel, 0.006))
    patch.mix(iris, face.iris * (glow * (0.55 + 0.45 * shade)))
    patch.mix(opened * coverage(r - 0.46 * radius, np.maximum(pixel, 0.005)), _PUPIL)
    gx, gy = ix - 0.45 * radius * face.light_x, iy + 0.42 * radius
    glint = np.sqrt(gx * gx + gy * gy)
    patch.mix(opened * coverage(glint - 0.26 * radius, pixel) * 0.95, _GLINT)

    reach = np.clip(1.14 - np.abs(n), 0.0, 1.0)
    edge = np.where(np.abs(n) < 1.0, upper, np.maximum(upper, -0.010 * n))  # a small wing
    thick = (0.0085 + 0.004 * n) * np.minimum(reach * 5.0, 1.0)
    lash = stroke(np.abs(ey - edge + 0.002) * 0.92, thick, pixel) * np.minimum(reach * 8.0, 1.0)
    patch.mix(lash, _LASH)
    fold = 1.0 - n * n
    crease = stroke(np.abs(ey - upper * 1.22 + 0.020), 0.0035, pixel) * np.maximum(fold, 0.0)
    under = stroke(np.abs(ey - lower - 0.002), 0.003, pixel) * np.maximum(fold, 0.0)
    patch.mix(np.maximum(0.55 * crease, 0.45 * under), face.skin_shadow)


def draw_brows(patch: Patch, s: Surface) -> None:
    """Paint both brows, tapering to their outer ends."""
    face = patch.face
    n = (np.abs(s.x) - face.eye_x - 0.005) * (1.0 / 0.125)
    line = face.brow_y - 0.024 * (1.0 - n * n) + 0.012 * n - face.brow_angle * n
    taper = np.minimum(1.0, 0.62 - 0.55 * n) * np.minimum(3.0 * np.maximum(1.0 - n * n, 0.0), 1.0)
    thick = face.brow_thickness * (0.35 + 0.75 * np.maximum(taper, 0.0))
    inside = np.abs(n) < 1.0
    brow = stroke(np.abs(s.y - line) * 0.96, thick, np.maximum(patch.pixel, 0.010)) * inside
    brow *= np.minimum(5.0 * np.maximum(1.0 - n * n, 0.0), 1.0)
    patch.mix(0.92 * brow, blend(face.brow, face.skin_shadow, 0.18))
    patch.mix(0.16 * bump(n * n + ((s.y - line - 0.04) / 0.03) ** 2), face.skin_shadow)
