"""Colors of skin, hair, eyes, cloth and backgrounds, in [0, 1]."""

import numpy as np

SKIN = np.array(
    [
        (1.00, 0.87, 0.79),
        (0.97, 0.79, 0.67),
        (0.91, 0.70, 0.55),
        (0.79, 0.57, 0.42),
        (0.63, 0.43, 0.30),
        (0.49, 0.32, 0.22),
        (0.37, 0.24, 0.17),
    ]
)
"""Skin from light to dark, evenly spaced."""

HAIR = {
    "black": (0.11, 0.095, 0.10),
    "brown": (0.36, 0.22, 0.13),
    "blond": (0.87, 0.68, 0.37),
    "gray": (0.70, 0.70, 0.72),
    "red": (0.72, 0.30, 0.11),
}

IRIS = {
    "brown": (0.36, 0.20, 0.09),
    "blue": (0.22, 0.47, 0.78),
    "green": (0.30, 0.52, 0.28),
    "gray": (0.46, 0.53, 0.58),
}

CLOTH = np.array(
    [
        (0.16, 0.20, 0.33),
        (0.72, 0.26, 0.28),
        (0.93, 0.90, 0.84),
        (0.20, 0.47, 0.45),
        (0.89, 0.67, 0.27),
        (0.42, 0.29, 0.52),
        (0.22, 0.22, 0.24),
        (0.43, 0.60, 0.78),
        (0.50, 0.56, 0.36),
    ]
)
"""Cloth colors, evenly spaced."""


def along(colors: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Colors `(n, 3)` at places in [0, 1] along a range of colors."""
    at = np.linspace(0.0, 1.0, len(colors))
    return np.stack([np.interp(place, at, channel) for channel in colors.T], axis=-1)


def hsv(hue: np.ndarray, saturation: np.ndarray | float, value: np.ndarray | float) -> np.ndarray:
    """Colors `(n, 3)` from hue, saturation and value, each in [0, 1]."""
    turns = np.asarray(hue)[:, None] + np.array([0.0, 2.0 / 3.0, 1.0 / 3.0])
    pure = np.clip(np.abs((turns % 1.0) * 6.0 - 3.0) - 1.0, 0.0, 1.0)
    saturation = np.broadcast_to(saturation, np.shape(hue))[:, None]
    return np.broadcast_to(value, np.shape(hue))[:, None] * (1.0 - saturation * (1.0 - pure))
