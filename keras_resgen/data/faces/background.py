"""What is behind the head: soft gradients, glows, clouds, and lights out of focus."""

from collections.abc import Callable

import numpy as np

from .canvas import Canvas
from .factors import FACTORS
from .shapes import Array, bump, ramp
from .traits import Traits

_LIGHTS = 9


def _gradient(face: Traits, x: Array, y: Array) -> Array:
    return 0.5 + 0.42 * (x * face.background_cos + y * face.background_sin)


def _glow(face: Traits, x: Array, y: Array) -> Array:
    dx, dy = x - 0.5 * face.background_cos, y - 0.5 * face.background_sin
    return 0.08 + 0.85 * bump((dx * dx + dy * dy) * 0.22)


def _clouds(face: Traits, x: Array, y: Array) -> Array:
    waves = [
        np.sin(x * across + turn * face.background_turn)
        * np.cos(y * down - 1.7 * turn * face.background_turn)
        for turn, across, down in ((1.0, 2.3, 3.1), (2.0, 4.1, 1.7), (3.0, 3.3, 5.2))
    ]
    return 0.5 + 0.19 * (waves[0] + waves[1] + waves[2])


def _bokeh(face: Traits, x: Array, y: Array) -> Array:
    phase = face.background_turn * (0.5 / np.pi)
    total = 0.22 + 0.12 * (x * face.background_cos + y * face.background_sin)
    for light in range(_LIGHTS):
        # Multiples of irrational numbers spread the lights evenly without repeating.
        cx = ((light * 0.7549 + phase * (3 + light % 3)) % 1.0) * 2.4 - 1.2
        cy = ((light * 0.5698 + phase * (2 + light % 2)) % 1.0) * 2.2 - 1.2
        radius = 0.13 + 0.035 * (light % 4)
        dx, dy = x - cx, y - cy
        distance = np.sqrt(dx * dx + dy * dy)
        total += (0.14 + 0.04 * (light % 3)) * (1.0 - ramp(distance, radius - 0.05, radius + 0.04))
    return total


_KINDS: dict[str, Callable[[Traits, Array, Array], Array]] = {
    "gradient": _gradient,
    "glow": _glow,
    "clouds": _clouds,
    "bokeh": _bokeh,
}


def draw_background(canvas: Canvas, traits: Traits) -> None:
    """Fill every picture."""
    at = (np.arange(canvas.size, dtype=np.float32) + 0.5) * np.float32(2.0 / canvas.size) - 1.0
    x, y = at[None, None, :], at[None, :, None]
    for code, kind in enumerate(FACTORS["background_kind"].values):
        index = np.flatnonzero(traits.background_kind_code == code)
        if not len(index):
            continue
        face = traits.take(index)
        share = np.clip(_KINDS[kind](face, x, y), 0.0, 1.0)
        rest = 1.0 - share
        color = face.background_dark * (rest * rest)
        color += face.background * (2.0 * share * rest)
        color += face.background_light * (share * share)
        color *= 1.0 - 0.09 * (x * x + y * y)
        canvas.pixels[:, index] = color
