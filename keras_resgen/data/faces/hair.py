"""Hair: one mass behind the head and, outside a window for the face, in front of it.

Hair behind the head fills whatever the window leaves open beside the face, so that no turn of
the head opens a gap.
"""

from dataclasses import dataclass

import numpy as np

from . import hat
from .canvas import Box, Patch
from .cuts import Cut
from .head import CROWN, lit, shaded, surface
from .shapes import Array, blend, coverage, ramp
from .traits import Traits


@dataclass
class Hair:
    """Hair ready to be painted: behind the head, and later in front of it."""

    color: Array
    behind: Array
    front: Array
    shadow: Array

    def draw_behind(self, patch: Patch) -> None:
        """Paint all of it, darker, for the head to be painted over."""
        patch.mix(self.behind, self.color * 0.62)

    def draw_front(self, patch: Patch) -> None:
        """Paint what is before the head, and the shadow that it throws on the face."""
        patch.mix(self.shadow, patch.face.skin_shadow)
        patch.mix(self.front, self.color)


def hair_box(face: Traits, cut: Cut) -> Box:
    """Box that holds the hair."""
    side = face.breadth + cut.side + 0.05 * np.abs(face.yaw_sin)
    return -side, -CROWN * face.height - cut.top, side, cut.bottom


def comb(patch: Patch, cut: Cut) -> Hair:
    """Lays the hair of a patch and lights it."""
    face = patch.face
    s = surface(face, patch.u, patch.v)
    lie = cut.lay(patch, s)
    behind = coverage(lie.outline, np.maximum(patch.pixel, 0.012))
    behind *= 1.0 - face.hat * hat.covered(patch)
    front = behind * coverage(-lie.window, np.maximum(patch.pixel, 0.020))
    shadow = 0.42 * behind * (1.0 - ramp(-lie.window, -0.03, 0.085))
    shadow *= coverage(s.edge, patch.pixel)
    nx = np.clip(patch.u * (1.0 / (face.breadth + 0.06)), -1.0, 1.0)
    ny = np.clip(patch.v * (1.0 / (CROWN * face.height + 0.08)), -1.0, 0.0)
    nz = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    light = lit(face, nx, ny, nz) * (0.97 + 0.115 * lie.pattern)
    light -= 0.20 * ramp(patch.v, 0.1, 0.9) + 0.10 * (1.0 - nz)
    shine = lie.gloss * (0.25 + 0.45 * face.light_strength + 0.2 * nx * face.light_x)
    shine += 0.06 * np.maximum(lie.pattern, 0.0)
    color = shaded(face.hair, light, 0.10)
    return Hair(blend(color, face.hair_light, np.clip(shine, 0.0, 1.0)), behind, front, shadow)
