"""The mouth: lips, teeth and tongue, from closed to wide open and from frown to smile."""

import numpy as np

from .canvas import Box, Patch
from .head import Surface, place
from .shapes import Array, blend, bump, coverage, ramp, stroke
from .traits import Traits

_CAVITY = np.array([0.30, 0.07, 0.09], dtype=np.float32)[:, None, None, None]
_TEETH = np.array([0.97, 0.955, 0.93], dtype=np.float32)[:, None, None, None]
_TONGUE = np.array([0.80, 0.36, 0.38], dtype=np.float32)[:, None, None, None]


def mouth_box(face: Traits) -> Box:
    """Box that holds the mouth and the folds beside it."""
    reach = face.mouth_width + 0.12
    left, v = place(face, -reach, face.mouth_y)
    right, _ = place(face, reach, face.mouth_y)
    return left - 0.08, v - 0.24, right + 0.08, v + 0.24


def gap(face: Traits, n: Array) -> tuple[Array, Array]:
    """Lower edge of the upper lip and upper edge of the lower lip; n from -1 to 1 across."""
    n2 = np.minimum(n * n, 1.3)
    arch = 1.0 - n2
    middle = face.mouth_y + face.mouth_bend * (0.55 - n2)
    height = face.opening * (0.085 + 0.03 * face.smile) * arch
    upper = middle - height * (0.34 - 0.28 * np.minimum(face.smile, 1.0))
    return upper, upper + height


def draw_mouth(patch: Patch, s: Surface) -> None:
    """Paint the mouth and, for a smile, the folds beside it."""
    face, pixel = patch.face, patch.pixel
    n = s.x * (1.0 / face.mouth_width)
    upper, lower = gap(face, n)
    arch = np.maximum(1.0 - n * n, 0.0)
    soft = np.maximum(pixel, 0.007)

    fold_x = np.abs(s.x) - face.mouth_width - 0.030 + 0.75 * (s.y - face.mouth_y + 0.06)
    fold = stroke(np.abs(fold_x) * 0.8, 0.006, np.maximum(pixel, 0.022))
    fold *= bump(((s.y - face.mouth_y + 0.055) / 0.10) ** 2)
    patch.mix(0.42 * face.smile * fold, face.skin_shadow)

    bow = 1.0 - 0.30 * bump((n * (1.0 / 0.26)) ** 2)
    thick_up = 0.026 * face.lips * np.sqrt(arch) * (0.45 + 0.55 * arch) * bow
    thick_low = 0.037 * face.lips * np.sqrt(arch) * (0.35 + 0.65 * arch)
    top, bottom = upper - thick_up, lower + thick_low
    within = np.abs(n) < 1.0
    lips = coverage(np.maximum(top - s.y, s.y - bottom) * 0.95, soft) * within
    light = 0.80 + 0.10 * ramp(s.y - lower, -0.002, 0.012)
    light += 0.34 * bump((n / 0.55) ** 2 + ((s.y - lower - 0.45 * thick_low) / 0.015) ** 2)
    patch.mix(0.94 * lips, face.lip * (light * (0.93 + 0.07 * face.light_strength)))

    inside = np.maximum(upper - s.y, s.y - lower) * 0.95
    cavity = coverage(inside, pixel) * within * np.minimum(face.opening * 12.0, 1.0)
    patch.mix(cavity, _CAVITY)
    tongue_y = lower + 0.012
    tongue = coverage(tongue_y - 0.045 * face.opening * arch - s.y, np.maximum(pixel, 0.015))
    patch.mix(0.75 * cavity * tongue * bump((n * (1.0 / 0.8)) ** 2), _TONGUE)
    teeth_low = upper + (0.016 + 0.030 * face.smile) * np.sqrt(arch)
    teeth = coverage(s.y - teeth_low, pixel) * cavity
    shade = 1.0 - 0.22 * n * n - 0.20 * (1.0 - ramp(s.y - upper, 0.0, 0.015))
    patch.mix(teeth, _TEETH * shade)

    middle = 0.5 * (upper + lower)
    closed = 1.0 - np.minimum(face.opening * 12.0, 1.0)
    line = stroke(np.abs(s.y - middle), 0.0058 * (0.4 + 0.6 * arch), pixel)
    line *= np.clip((1.05 - np.abs(n)) * 8.0, 0.0, 1.0)
    dark = blend(face.lip, face.skin_shadow, 0.5) * 0.42
    patch.mix(0.85 * line * closed, dark)
    cx, cy = np.abs(n) - 1.0, s.y - middle
    corner = bump((cx * (1.0 / 0.11)) ** 2 + (cy / 0.016) ** 2)
    patch.mix(0.55 * corner, dark)
