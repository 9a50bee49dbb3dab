"""Eyeglasses: a flat frame before the eyes, and arms back to the ears."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .canvas import Box, Patch
from .head import ear_places
from .shapes import Array, coverage, ellipse, rounded_box, segment, stroke
from .traits import Traits

_TINT = np.array([0.86, 0.93, 0.98], dtype=np.float32)[:, None, None, None]
_GLARE = np.ones((3, 1, 1, 1), dtype=np.float32)


def _column(*color: float) -> np.ndarray:
    return np.array(color, dtype=np.float32)[:, None, None, None]


@dataclass(frozen=True)
class Glasses:
    """A kind of eyeglasses.

    Attributes:
        lens: Distance to the edge of a lens, from places off its center.
        reach: From the center of a lens to its outer edge.
        frame: Color of the frame.
        width: Half width of the frame.
        tint: Color of the lens.
        density: How much the lens hides.
    """

    lens: Callable[[Array, Array], Array]
    reach: float
    frame: np.ndarray
    width: float
    tint: np.ndarray
    density: float


def _square_lens(x: Array, y: Array) -> Array:
    return rounded_box(x * (1.0 - 0.25 * y), y, 0.132, 0.094, 0.040)


def _sun_lens(x: Array, y: Array) -> Array:
    return rounded_box(x * (1.0 + 0.5 * y), y - 0.004 + 0.06 * x, 0.142, 0.100, 0.055)


STYLES: dict[str, Glasses] = {
    "round": Glasses(
        lambda x, y: ellipse(x, y, 0.126, 0.122),
        0.126,
        _column(0.20, 0.13, 0.10),
        0.0125,
        _TINT,
        0.10,
    ),
    "square": Glasses(_square_lens, 0.132, _column(0.11, 0.10, 0.12), 0.0135, _TINT, 0.10),
    "sun": Glasses(
        _sun_lens, 0.142, _column(0.07, 0.06, 0.07), 0.014, _column(0.07, 0.075, 0.09), 0.93
    ),
}


def _center(face: Traits) -> tuple[Array, Array]:
    """Where the middle of the frame, a little before the face, is seen."""
    return 1.03 * face.breadth * face.yaw_sin, face.height * (0.012 + 0.98 * face.pitch_sin)


def _plane(face: Traits, u: Array, v: Array) -> tuple[Array, Array]:
    """Places in the plane of the frame, to the right of and below the bridge."""
    cu, cv = _center(face)
    return (u - cu) * (1.0 / face.yaw_cos), v - cv


def _hinge(face: Traits, style: Glasses, side: float) -> tuple[Array, Array]:
    """Where an arm meets the frame, as seen."""
    x = side * (face.eye_x + style.reach + 0.012)
    cu, cv = _center(face)
    return cu + x * face.yaw_cos, cv - 0.03


def glasses_box(face: Traits) -> Box:
    """Box that holds the frame and its arms."""
    side = face.breadth + 0.14
    v = face.height * 0.98 * face.pitch_sin
    return -side, v - 0.24, side, v + 0.24


def draw_arms(patch: Patch, style: Glasses) -> None:
    """Paint the arms, to be covered by hair and ears."""
    face = patch.face
    for side in (-1.0, 1.0):
        hinge_u, hinge_v = _hinge(face, style, side)
        ear_u, ear_v, near = ear_places(face, side)
        distance = segment(patch.u, patch.v, hinge_u, hinge_v, ear_u, ear_v - 0.07)
        arm = stroke(distance, style.width * 0.8, patch.pixel) * (near > -0.2)
        patch.mix(arm, style.frame)


def draw_frame(patch: Patch, style: Glasses) -> None:
    """Paint lenses, their glare, rims and bridge."""
    face = patch.face
    x, y = _plane(face, patch.u, patch.v)
    right = np.where(x < 0.0, -1.0, 1.0)
    lx = np.abs(x) - face.eye_x
    lens = style.lens(lx, y)
    inside = coverage(lens, patch.pixel)
    sky = 0.8 + 0.35 * np.clip(-y * 6.0, -1.0, 1.0)
    patch.mix(inside * style.density, style.tint * (sky if style.density > 0.5 else 1.0))
    diagonal = lx * right + y * 0.9 + 0.035
    streak = stroke(np.abs(diagonal), 0.018, np.maximum(patch.pixel, 0.014))
    streak += 0.6 * stroke(np.abs(diagonal - 0.055), 0.007, np.maximum(patch.pixel, 0.014))
    patch.mix(inside * streak * 0.20, _GLARE)
    rim = stroke(np.abs(lens), style.width, patch.pixel)
    gap = face.eye_x - style.reach
    arch = y + 0.028 - 0.35 * (gap * gap - x * x)
    bridge = stroke(np.abs(arch), style.width * 0.85, patch.pixel) * coverage(
        lx + style.reach, patch.pixel
    )
    light = 1.0 + 2.2 * np.maximum(-y, 0.0)
    patch.mix(np.maximum(rim, bridge), style.frame * light)


def draw_glasses_shadow(patch: Patch, style: Glasses) -> None:
    """Paint the soft shadow of the frame on the skin."""
    face = patch.face
    x, y = _plane(face, patch.u + 0.012 * face.light_x, patch.v - 0.018)
    rim = stroke(np.abs(style.lens(np.abs(x) - face.eye_x, y)), 0.012, 0.03)
    patch.mix(0.22 * rim, face.skin_shadow)
