"""The nose, which stands out from the face and so leads it when the head turns."""

import numpy as np

from .canvas import Box, Patch
from .head import Surface, place
from .shapes import bump, coverage, ellipse, ramp, stroke
from .traits import Traits


def nose_box(face: Traits) -> Box:
    """Box that holds the nose."""
    u, v = place(face, 0.0, face.nose_y)
    shift = 0.10 * face.yaw_sin
    side = 0.20 + np.abs(shift)
    return u - side, v - 0.32, u + side, v + 0.10


def draw_nose(patch: Patch, s: Surface) -> None:
    """Paint the nose by its shadows and lights: bridge, wings, tip, nostrils."""
    face = patch.face
    rise = np.clip((s.y + 0.06) * 3.6, 0.0, 1.0)
    x = s.x - face.yaw_sin * 0.085 * rise
    y = s.y - face.nose_y
    w = face.nose_width
    dark_side = np.where(face.light_x + 0.6 * face.yaw_sin > 0.0, -1.0, 1.0).astype(np.float32)
    amount = np.minimum(np.abs(face.light_x + 0.6 * face.yaw_sin) * 2.0, 1.0)
    tall = bump(((y + 0.105) / 0.17) ** 2)
    flank = bump(((x * dark_side - 0.042) * (1.0 / 0.045)) ** 2) * tall
    patch.mix((0.08 + 0.28 * amount) * flank, face.skin_shadow)
    ridge = bump((x * (1.0 / 0.035)) ** 2) * bump(((y + 0.10) / 0.15) ** 2)
    patch.mix(0.16 * ridge, face.skin_light)

    under = bump((x / (w * 1.30)) ** 2 + ((y - 0.030) / 0.040) ** 2)
    patch.mix(0.50 * under, face.skin_shadow)
    wing_x = np.abs(x) - w * 0.86
    wing = ellipse(wing_x, y - 0.002, w * 0.42, 0.036)
    crescent = stroke(np.abs(wing), 0.0045, np.maximum(patch.pixel, 0.008))
    crescent *= ramp(wing_x, -0.2 * w, 0.3 * w) * ramp(-y, -0.045, -0.01)
    patch.mix(0.50 * crescent, face.skin_shadow)
    nostril = coverage(
        ellipse(np.abs(x) - w * 0.46, y - 0.024 - 0.10 * (np.abs(x) - w * 0.46), w * 0.27, 0.0125),
        np.maximum(patch.pixel, 0.010),
    )
    patch.mix(0.80 * nostril, face.skin_shadow * 0.55)
    gx = x - 0.018 * face.light_x
    tip = bump((gx / (w * 0.55)) ** 2 + ((y + 0.022) / 0.038) ** 2)
    patch.mix(0.42 * tip, face.skin_light)
