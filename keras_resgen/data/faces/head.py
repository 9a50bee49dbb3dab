"""The head as a solid: where a pixel lies on it, how it is lit, and its bare skin."""

from dataclasses import dataclass

import numpy as np

from .canvas import Patch
from .shapes import Array, Number, blend, bump, coverage, ellipse, ramp
from .traits import Traits

CROWN = 0.93  # height of the head above its center, relative to the height below


@dataclass
class Surface:
    """Where the pixels of a patch lie on the head, `(m, h, w)` each.

    The head is an ellipsoid, narrowed towards the chin. A feature drawn in the coordinates of its
    front view, `x` and `y`, turns with the head, is foreshortened, and stays in place.

    Attributes:
        p: Right of the axis as seen, in half widths of the outline.
        q: Below the center as seen, in half heights.
        z: Towards the viewer; 0 from the outline on outwards.
        x: To the right in the front view, a length in the head's frame.
        y: Downwards in the front view.
        depth: Towards the face in the front view: 1 at the nose, 0 at the ears.
        edge: Signed distance to the outline of the bare head.
    """

    p: Array
    q: Array
    z: Array
    x: Array
    y: Array
    depth: Array
    edge: Array


def outline(face: Traits, u: Array, v: Array) -> tuple[Array, Array, Array, Array]:
    """Normalized places p and q, the narrowing of the head there, and the distance to its edge."""
    q = v * np.where(v < 0.0, 1.0 / (CROWN * face.height), 1.0 / face.height)
    low = np.maximum(q, 0.0)
    low2 = np.minimum(low * low, 1.4)
    narrowing = 1.0 - face.taper * low2
    half = face.breadth * narrowing
    # The front of the face, the chin most of all, leads the way when the head turns.
    p = (u - face.yaw_sin * (0.02 + 0.10 * np.minimum(low, 1.2))) / half
    level = p * p + q * q
    slope = (p / half) ** 2 + (q / face.height) ** 2
    return p, q, narrowing, (level - 1.0) / (2.0 * np.sqrt(slope + 1e-6))


def _length(face: Traits, q: Array) -> Array:
    """From half heights below the center to a length: the half above it is a little shorter."""
    return q * np.where(q < 0.0, CROWN * face.height, face.height)


def surface(face: Traits, u: Array, v: Array) -> Surface:
    """Find where places of the head's frame lie on the head."""
    p, q, narrowing, edge = outline(face, u, v)
    z = np.sqrt(np.maximum(1.0 - p * p - q * q, 0.0))
    y = q * face.pitch_cos - z * face.pitch_sin
    towards = q * face.pitch_sin + z * face.pitch_cos
    x = p * face.yaw_cos - towards * face.yaw_sin
    depth = p * face.yaw_sin + towards * face.yaw_cos
    return Surface(p, q, z, x * (face.width * narrowing), _length(face, y), depth, edge)


def place(face: Traits, x: Array | float, y: Array | float) -> tuple[Array, Array]:
    """Where a point of the front view (small x and y) is seen, in the head's frame."""
    nx, ny = x / face.width, y / (face.height * np.where(np.asarray(y) < 0.0, CROWN, 1.0))
    depth = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    p = nx * face.yaw_cos + depth * face.yaw_sin
    towards = depth * face.yaw_cos - nx * face.yaw_sin
    q = ny * face.pitch_cos + towards * face.pitch_sin
    low = np.maximum(q, 0.0)
    half = face.breadth * (1.0 - face.taper * low * low)
    return p * half + face.yaw_sin * (0.02 + 0.10 * low), _length(face, q)


def lit(face: Traits, nx: Number, ny: Number, nz: Number) -> Array:
    """Brightness of a surface with this normal: 1 in middling light."""
    lambert = nx * face.light_x + ny * face.light_y + nz * face.light_z
    lambert -= 0.62
    lambert *= face.light_strength
    lambert += 1.0
    return lambert


def shaded(color: Array, brightness: Array, warmth: float = 0.12) -> Array:
    """A color in shade or light; shade is warmer, light cooler."""
    tint = np.array([1.0 - warmth, 1.0 + 0.4 * warmth, 1.0 + warmth], dtype=np.float32)
    return color * (1.0 + tint[:, None, None, None] * (brightness - 1.0))


def head_box(face: Traits) -> tuple[Array, Array, Array, Array]:
    """Box (left, top, right, bottom) that holds the bare head."""
    side = face.breadth + 0.04 + 0.12 * np.abs(face.yaw_sin)
    return -side, -face.height, side, face.height + 0.02


def draw_skin(patch: Patch, s: Surface) -> None:
    """Paint the bare head: form, cheeks, eye sockets and the shadow below the lip."""
    face = patch.face
    light = lit(face, s.p, s.q, s.z)
    light -= 0.16 * (1.0 - s.z) * (1.0 - s.z) * (1.0 - s.z)
    x, y = s.x, s.y
    side = np.abs(x)
    front = ramp(s.depth, -0.1, 0.3)
    socket = bump(((side - face.eye_x) / 0.15) ** 2 + ((y + 0.055) / 0.10) ** 2)
    light -= 0.085 * socket * front
    cheek_y = 0.165 - 0.02 * face.smile
    cheek = bump(((side - 0.245) / 0.16) ** 2 + ((y - cheek_y) / 0.13) ** 2)
    light += (0.05 + 0.03 * face.smile) * cheek * front
    light -= 0.10 * bump((x / 0.11) ** 2 + ((y - face.mouth_y - 0.085) / 0.045) ** 2)
    light += 0.05 * bump((x / 0.12) ** 2 + ((y - 0.52) / 0.10) ** 2)
    light += 0.045 * bump((x / 0.30) ** 2 + ((y + 0.30) / 0.16) ** 2)
    color = blend(face.skin, face.blush, cheek * front * (0.34 + 0.22 * face.smile))
    patch.mix(coverage(s.edge, patch.pixel), shaded(color, light))


def ear_places(face: Traits, side: float) -> tuple[Array, Array, Array]:
    """Center (u, v) of the ear on a side, -1 or 1, and how far it is turned to the viewer."""
    nx, depth = 0.985 * side, -0.10
    p = nx * face.yaw_cos + depth * face.yaw_sin
    near = -nx * face.yaw_sin
    v = face.height * (0.07 * face.pitch_cos + (depth - 0.15) * face.pitch_sin)
    return p * face.breadth + 0.02 * face.yaw_sin, v, near


def draw_ear(patch: Patch, side: float) -> None:
    """Paint one ear: on the near side over the head, on the far side behind it."""
    face = patch.face
    cu, cv, near = ear_places(face, side)
    x, y = (patch.u - cu) * side, patch.v - cv
    x = x - 0.22 * np.minimum(-y, 0.06) * 0.6
    lobe = 0.062 - 0.16 * np.clip(y, 0.0, 0.14)
    distance = ellipse(x, y, lobe, 0.125)
    shape = coverage(distance, patch.pixel)
    *_, edge = outline(face, patch.u, patch.v)
    hidden = coverage(edge, patch.pixel)
    melted = ramp(-x, 0.005, 0.05) * hidden
    shape *= 1.0 - np.maximum(melted, hidden * ramp(-near, -0.05, 0.08))
    bowl = bump(((x + 0.004) / 0.044) ** 2 + ((y + 0.004) / 0.088) ** 2)
    rim = bump(((x - 0.012) / 0.030) ** 2 + ((y + 0.030) / 0.050) ** 2)
    light = lit(face, 0.65 * side, -0.1, 0.6) - 0.42 * bowl + 0.12 * rim
    patch.mix(shape, shaded(blend(face.skin, face.blush, 0.35), light))


def ear_box(face: Traits, side: float) -> tuple[Array, Array, Array, Array]:
    """Box that holds one ear."""
    cu, cv, _ = ear_places(face, side)
    return cu - 0.11, cv - 0.14, cu + 0.11, cv + 0.14
