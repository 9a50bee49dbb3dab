"""Hats: a knitted beanie and a hat with a brim. Both hide the hair above their lower edge."""

from collections.abc import Callable

import numpy as np

from .canvas import Box, Patch
from .head import lit, shaded
from .shapes import Array, bump, coverage, ellipse, ramp, rounded_box
from .traits import Traits

_EDGE = -0.27


def hat_box(face: Traits) -> Box:
    """Box that holds either hat."""
    return -0.85, -1.12, 0.85, -0.02


def _place(patch: Patch) -> tuple[Array, Array]:
    """Places from the middle of the hat's lower edge, u as seen in half widths of the head."""
    face = patch.face
    edge = face.height * (_EDGE / 0.6 + 0.55 * face.pitch_sin)
    return patch.u - 0.01 * face.yaw_sin, patch.v - edge


def covered(patch: Patch) -> Array:
    """How much of each pixel would be inside or above a hat's lower edge."""
    u, v = _place(patch)
    return coverage(v + 0.05 - 0.22 * u * u, np.maximum(patch.pixel, 0.01))


def _beanie(patch: Patch) -> None:
    face = patch.face
    u, v = _place(patch)
    rx = face.breadth + 0.06
    arc = v - 0.16 * u * u
    p = u * (1.0 / rx)
    top = face.height * 0.55 + 0.15
    dome = np.maximum(ellipse(u, v + 0.06, rx, top), arc + 0.05)
    nx = np.clip(p, -1.0, 1.0)
    ny = np.clip((v + 0.06) * (1.0 / top), -1.0, 0.0)
    nz = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    # Ribs are evenly spaced around the head: nearly arcsin of p, and denser to the top.
    around = p * (1.0 + 0.22 * p * p) * (1.0 / np.sqrt(np.maximum(1.06 - ny * ny, 0.06)))
    rib = np.abs((around * 8.0 + 32.0) % 1.0 - 0.5) * 4.0 - 1.0
    fine = np.float32(min(1.0, patch.canvas.size / 128))
    light = lit(face, nx, ny, nz) - 0.07 * fine * rib - 0.14 * (1.0 - nz)
    light -= 0.22 * bump(((arc + 0.15) * (1.0 / 0.06)) ** 2)
    patch.mix(coverage(dome, patch.pixel), shaded(face.hat_color, light))
    ball_u, ball_v = u, v + 0.06 + top
    radius = 0.095 + 0.010 * np.abs((ball_u * 17.0 + ball_v * 9.0 + 32.0) % 1.0 - 0.5)
    ball = np.sqrt(ball_u * ball_u + ball_v * ball_v + 1e-6)
    light = 1.22 + lit(face, ball_u * 7.0, ball_v * 7.0, 0.5) - 1.0
    patch.mix(coverage(ball - radius, np.maximum(patch.pixel, 0.02)), shaded(face.hat_color, light))
    cuff = rounded_box(u, arc + 0.065, rx + 0.022, 0.078, 0.05)
    rib = np.abs((around * 11.0 + 32.0) % 1.0 - 0.5) * 4.0 - 1.0
    light = lit(face, nx, -0.1 - 3.0 * (arc + 0.065), np.sqrt(np.maximum(1.0 - nx * nx, 0.0)))
    light += 0.06 - 0.10 * fine * rib
    patch.mix(coverage(cuff, patch.pixel), shaded(face.hat_color, light))


def _brim(patch: Patch) -> None:
    face = patch.face
    u, v = _place(patch)
    rx = face.breadth + 0.035
    arc = v - 0.14 * u * u
    height = face.height * 0.52 + 0.12
    pinch = 0.016 * bump((u * (1.0 / 0.17)) ** 2)
    crown = rounded_box(
        u * (1.0 - 0.30 * (v + 0.16)), v + 0.5 * height - pinch, rx, 0.5 * height, 0.20
    )
    crown = np.maximum(crown, arc + 0.02)
    nx = np.clip(u * (1.0 / rx), -1.0, 1.0)
    nz = np.sqrt(np.maximum(1.0 - nx * nx, 0.0))
    light = lit(face, nx, -0.25, nz)
    light -= 0.12 * (1.0 - nz)
    light -= 0.20 * bump((u * (1.0 / 0.20)) ** 2) * ramp(-v, 0.7 * height, height)
    patch.mix(coverage(crown, patch.pixel), shaded(face.hat_color, light))
    band = coverage(np.maximum(crown, -(arc + 0.17)), patch.pixel)
    patch.mix(band, shaded(face.hat_color, light * 0.55 - 0.05))
    brim = ellipse(u, arc + 0.045, rx + 0.24, 0.060)
    light = lit(face, 0.3 * nx, -0.55 + 6.0 * (arc + 0.045), 0.55)
    patch.mix(coverage(brim, patch.pixel), shaded(face.hat_color, light))


HATS: dict[str, Callable[[Patch], None]] = {"beanie": _beanie, "brim": _brim}


def draw_hat_shadow(patch: Patch) -> None:
    """Paint the shadow of the hat on the forehead."""
    u, v = _place(patch)
    below = v - 0.16 * u * u
    inside = coverage(np.abs(u) - patch.face.breadth * 0.97, 0.05)
    shade = (1.0 - ramp(below, 0.0, 0.12)) * ramp(below, -0.12, -0.05) * inside
    patch.darken(0.42 * shade)
