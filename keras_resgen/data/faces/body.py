"""Neck and shoulders, which stay upright when the head tilts."""

import numpy as np

from .canvas import Patch
from .head import lit, outline, shaded
from .shapes import bump, coverage, ellipse, ramp
from .traits import Traits

BOX = (-3.0, 0.25, 3.0, 3.0)


def draw_body(patch: Patch) -> None:
    """Paint neck, shadow of the chin, and shirt on a patch of the upright frame."""
    face, u, v = patch.face, patch.u, patch.v
    shoulders = -0.3 * face.x / face.scale
    top_u, top_v = -0.36 * face.lean_sin, 0.36 * face.lean_cos
    descent = np.clip((v - top_v) * (1.0 / (0.84 - top_v)), 0.0, 1.2)
    x = u - (top_u + (shoulders - top_u) * descent)
    flare = np.maximum(v - 0.60, 0.0)
    half = face.width * 0.50 + 1.5 * flare * flare
    light = lit(face, x * (0.9 / half), 0.05, 0.62)
    hu = u * face.lean_cos + v * face.lean_sin
    hv = v * face.lean_cos - u * face.lean_sin
    *_, chin = outline(face, hu + 0.07 * face.light_x, hv - 0.075)
    light -= (0.16 + 0.42 * face.light_strength) * (1.0 - ramp(chin, -0.05, 0.11))
    light -= 0.05
    patch.mix(
        coverage(np.maximum((np.abs(x) - half) * 0.94, 0.28 - v), patch.pixel),
        shaded(face.skin, light),
    )

    x = u - shoulders
    wide = np.abs(x)
    slope = 0.735 + 0.16 * wide + 0.22 * np.maximum(wide - 0.42, 0.0)
    neckline = ellipse(x, v - 0.655, face.width * 0.5 + 0.085, 0.175)
    shirt = np.maximum(slope - v, -neckline)
    light = lit(face, x * 0.75, -0.25, 0.55)
    light += 0.10 - 0.30 * np.maximum(v - 0.75, 0.0)
    seam = np.abs(neckline - 0.045)
    light -= 0.16 * coverage(seam - 0.004, np.maximum(patch.pixel, 0.012))
    light -= 0.25 * bump((x * (1.0 / 0.34)) ** 2 + ((v - 0.80) * (1.0 / 0.16)) ** 2)
    patch.mix(coverage(shirt, patch.pixel), shaded(face.cloth, light, 0.06))


def body_face(traits: Traits) -> Traits:
    """The traits with an upright frame; the tilt of the head is kept as `lean`."""
    values = dict(traits.values)
    values["lean_cos"], values["lean_sin"] = values["roll_cos"], values["roll_sin"]
    values["roll_cos"] = np.ones_like(values["roll_cos"])
    values["roll_sin"] = np.zeros_like(values["roll_sin"])
    return Traits(values)
