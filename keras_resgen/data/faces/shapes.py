"""Shapes as signed distances, negative inside, and the coverage of pixels that follows."""

import numpy as np

Array = np.ndarray
Number = np.ndarray | float
"""One number for all pixels, or one for each picture or pixel."""


def coverage(distance: Array, width: Number) -> Array:
    """Share of a pixel inside a shape whose edge is `distance` away; soft over `width`."""
    share = distance * (-1.0 / width)
    share += 0.5
    return np.clip(share, 0.0, 1.0, out=share)


def stroke(distance: Array, half_width: Number, pixel: Number) -> Array:
    """Share of a pixel inside a line; exact for lines thinner than a pixel too."""
    return coverage(distance - half_width, pixel) - coverage(distance + half_width, pixel)


def bump(squared: Array) -> Array:
    """A smooth hill: 1 at the center, 0 with no slope where the squared distance reaches 1."""
    hill = np.maximum(1.0 - squared, 0.0)
    hill *= hill
    return hill


def ramp(value: Array, low: Number, high: Number) -> Array:
    """A smooth step from 0 at `low` to 1 at `high`."""
    t = np.clip((value - low) * (1.0 / (high - low)), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def blend(first: Array, second: Array, share: Number) -> Array:
    """From the first at share 0 to the second at share 1."""
    return first + (second - first) * share


def ellipse(x: Array, y: Array, rx: Number, ry: Number) -> Array:
    """Distance to an ellipse, exact to first order near its edge."""
    px, py = x * (1.0 / rx), y * (1.0 / ry)
    level = px * px + py * py
    slope = (px * (1.0 / rx)) ** 2 + (py * (1.0 / ry)) ** 2
    return (level - 1.0) / (2.0 * np.sqrt(slope + 1e-6))


def rounded_box(x: Array, y: Array, rx: Number, ry: Number, r: Number) -> Array:
    """Distance to a rectangle of half sizes rx and ry with corners of radius r."""
    qx, qy = np.abs(x) - (rx - r), np.abs(y) - (ry - r)
    outside = np.sqrt(np.maximum(qx, 0.0) ** 2 + np.maximum(qy, 0.0) ** 2)
    return outside + np.minimum(np.maximum(qx, qy), 0.0) - r


def overlap(first: Array, second: Array, radius: float) -> Array:
    """Distance to what two shapes share, its corners rounded."""
    a, b = np.maximum(first + radius, 0.0), np.maximum(second + radius, 0.0)
    return np.minimum(np.maximum(first, second), -radius) + np.sqrt(a * a + b * b)


def segment(x: Array, y: Array, ax: Array, ay: Array, bx: Array, by: Array) -> Array:
    """Distance to the line from a to b."""
    dx, dy = bx - ax, by - ay
    along = ((x - ax) * dx + (y - ay) * dy) * (1.0 / (dx * dx + dy * dy + 1e-9))
    along = np.clip(along, 0.0, 1.0)
    ex, ey = x - ax - along * dx, y - ay - along * dy
    return np.sqrt(ex * ex + ey * ey)
