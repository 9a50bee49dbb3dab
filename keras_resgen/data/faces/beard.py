"""Beards and mustaches."""

import numpy as np

from .canvas import Box, Patch
from .head import Surface, lit, outline, place, shaded
from .shapes import Array, bump, coverage, ramp
from .textures import streaks
from .traits import Traits


def beard_box(face: Traits) -> Box:
    """Box that holds a beard of any length."""
    side = face.breadth + 0.06 + 0.12 * np.abs(face.yaw_sin)
    return -side, -0.16 + 0.0 * side, side, face.height + 0.30


def mustache_box(face: Traits) -> Box:
    """Box that holds a mustache."""
    u, v = place(face, 0.0, face.mouth_y - 0.05)
    return u - 0.30, v - 0.14, u + 0.30, v + 0.14


def _hairs(patch: Patch, s: Surface, spread: float) -> Array:
    """Pattern of short hairs that grow downwards and outwards."""
    across = s.x * (1.0 - spread * (s.y - 0.35)) * 0.95
    return streaks(patch.canvas.size, across, s.y * 1.25 + 0.8 * np.abs(s.x))


def draw_beard(patch: Patch, s: Surface) -> None:
    """Paint a beard from the sideburns down around the jaw; short ones let the skin through."""
    face = patch.face
    length = 0.015 + 0.18 * face.beard_length * face.beard_length
    # Hair below the jaw hangs: places there are compressed back onto the jaw.
    start = 0.42 * face.height
    rest = face.height - start
    v = np.where(patch.v > start, start + (patch.v - start) * (rest / (rest + length)), patch.v)
    *_, edge = outline(face, patch.u, v)
    hairs = _hairs(patch, s, 0.5)
    side = np.abs(s.x)
    away = np.maximum(side - 0.10, 0.0)
    cheek = 0.315 + 0.02 * face.smile - 3.4 * away * away - 0.20 * ramp(side, 0.33, 0.42)
    upper = cheek - s.y
    mouth = (s.x * (1.0 / (face.mouth_width + 0.035))) ** 2
    mouth = mouth + ((s.y - face.mouth_y) * (1.0 / 0.075)) ** 2
    soft = 0.055 - 0.025 * face.beard_length
    inner = coverage(upper + 0.014 * hairs, soft) * ramp(mouth, 0.55, 1.05)
    outer = coverage(edge - 0.004 * hairs - 0.016, np.maximum(patch.pixel, 0.022))
    dense = 0.60 + 0.40 * ramp(face.beard_length, 0.0, 0.35)
    dense = dense + (1.0 - dense) * 0.30 * hairs
    before_ears = np.maximum(ramp(s.depth, -0.08, 0.10), ramp(patch.v, 0.15, 0.35))
    shape = inner * outer * np.clip(dense, 0.0, 1.0) * before_ears
    shape *= ramp(patch.v, -0.14, 0.12)
    light = lit(face, s.p, np.minimum(s.q, 0.7) * 0.8, s.z) * (0.93 + 0.085 * hairs)
    light -= 0.16 * ramp(patch.v, 0.45, 0.85) + 0.10 * (1.0 - s.z)
    light += 0.07 * bump((s.x / 0.14) ** 2 + ((s.y - 0.52) / 0.10) ** 2)
    patch.mix(shape, shaded(face.hair, light))


def draw_mustache(patch: Patch, s: Surface) -> None:
    """Paint a mustache on the upper lip."""
    face = patch.face
    hairs = _hairs(patch, s, 2.5)
    half = face.mouth_width * 1.02 + 0.030
    n = s.x * (1.0 / half)
    n2 = n * n
    middle = face.mouth_y - 0.047 + face.mouth_bend * (0.35 - 1.0 * n2) + 0.050 * n2
    arch = np.maximum(1.0 - n2, 0.0)
    thick = 0.030 * np.sqrt(arch) * (0.55 + 0.45 * arch) * (1.0 - 0.35 * bump((n * 7.0) ** 2))
    distance = np.abs(s.y - middle) - thick - 0.004 * hairs
    shape = coverage(distance, np.maximum(patch.pixel, 0.016)) * np.minimum(arch * 4.0, 1.0)
    light = lit(face, s.p * 0.6, -4.0 * (s.y - middle) - 0.35, s.z) * (0.95 + 0.10 * hairs)
    light -= 0.10 * ramp(s.y - middle, 0.0, 0.03)
    patch.mix(0.96 * shape, shaded(face.hair, light))
