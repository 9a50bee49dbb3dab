"""From factors to the measures and colors that the parts of a face are drawn with.

Lengths are in the head's frame: about 0.6 from the center of the head to the chin. Numbers have
shape `(n, 1, 1)` and colors `(3, n, 1, 1)`, so that both broadcast over rectangles of pixels.
"""

import numpy as np

from . import palette
from .factors import FACTORS, Factors

DEPTH = 1.1  # of a skull, relative to its width


class Traits:
    """Measures and colors of n faces by name; codes of choices have shape `(n,)`.

    Args:
        values: Every trait of all faces.
        index: Which faces these are; all when None.
    """

    def __init__(self, values: dict[str, np.ndarray], index: np.ndarray | None = None) -> None:
        self.values = values
        self.index = index

    def __getattr__(self, name: str) -> np.ndarray:
        """The trait of that name, picked out for these faces when first asked for."""
        try:
            value = self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None
        if self.index is not None:
            value = value[:, self.index] if value.ndim == 4 else value[self.index]
        self.__dict__[name] = value
        return value

    def take(self, index: np.ndarray) -> "Traits":
        """The same for some of the faces."""
        return Traits(self.values, index if self.index is None else self.index[index])


def _named(colors: dict[str, tuple[float, float, float]], codes: np.ndarray) -> np.ndarray:
    return np.array(list(colors.values()))[codes]


def derive(factors: Factors) -> Traits:
    """Derives the traits of faces from their (checked) factors."""
    f = factors
    yaw, pitch, roll, light, angle = (
        np.radians(f[name])
        for name in ("yaw", "pitch", "roll", "light_direction", "background_angle")
    )
    half_width = 0.445 + 0.04 * f["face_width"]
    half_height = 0.60 + 0.035 * f["face_height"]
    smile = f["smile"] * (0.55 + 0.45 * f["smile_amount"])
    opening = np.maximum(f["mouth_opening"] * 2.0 - 1.0, 0.0)
    opening = np.where(opening > 0.0, 0.3 + 0.7 * opening, 0.0)
    skin = palette.along(palette.SKIN, f["skin_tone"])
    hair = _named(palette.HAIR, f["hair_color"])
    strength = 0.16 + 0.34 * f["light_strength"]
    numbers = {
        "x": f["offset_x"],
        "y": f["offset_y"] + 0.05,
        "scale": f["scale"],
        "roll_cos": np.cos(roll),
        "roll_sin": np.sin(roll),
        "yaw_cos": np.cos(yaw),
        "yaw_sin": np.sin(yaw),
        "pitch_cos": np.cos(pitch),
        "pitch_sin": np.sin(pitch),
        "width": half_width,
        "height": half_height,
        "breadth": half_width * np.sqrt(np.cos(yaw) ** 2 + (DEPTH * np.sin(yaw)) ** 2),
        "taper": 0.21 - 0.13 * f["jaw"],
        "light_x": np.sin(light) * 0.87,
        "light_y": np.full_like(light, -0.5),
        "light_z": np.cos(light) * 0.87,
        "light_strength": strength,
        "smile": smile,
        "opening": opening,
        "mouth_y": 0.365 + 0.03 * f["face_height"],
        "mouth_width": 0.147 * (1.0 + 0.16 * f["mouth_width"]) * (1.0 + 0.24 * smile),
        "mouth_bend": -0.005 + 0.071 * smile,
        "lips": 1.0 + 0.4 * f["lip_fullness"],
        "beard_length": f["beard_length"],
        "parting": 1.0 - 2.0 * f["hair_parting"],
        "hat": f["hat"].astype(float),
        "eye_x": 0.185 * (1.0 + 0.10 * f["eye_spacing"]) * (1.0 + 0.05 * f["face_width"]),
        "eye_size": 1.06 + 0.2 * f["eye_size"],
        "gaze_x": 0.020 * f["gaze_x"],
        "gaze_y": 0.010 * f["gaze_y"],
        "brow_y": -0.135 - 0.022 * f["brow_height"],
        "brow_angle": 0.018 * f["brow_angle"],
        "brow_thickness": 0.017 * (1.0 + 0.45 * f["brow_thickness"]),
        "nose_width": 0.068 * (1.0 + 0.26 * f["nose_width"]),
        "nose_y": 0.205 + 0.028 * f["nose_length"] + 0.015 * f["face_height"],
        "background_turn": angle,
        "background_cos": np.cos(angle),
        "background_sin": np.sin(angle),
    }
    hue, saturation, value = (f[f"background_{name}"] for name in ("hue", "saturation", "value"))
    colors = {
        "skin": skin,
        "blush": skin * (1.04, 0.74, 0.72),
        "skin_shadow": skin * (0.62, 0.47, 0.44),
        "skin_light": skin + (1.0 - skin) * 0.42,
        "lip": skin * (0.86, 0.56, 0.56) + (0.04, 0.0, 0.01),
        "hair": hair,
        "hair_light": hair + (1.0 - hair) * (0.26, 0.22, 0.20),
        "brow": hair * 0.72,
        "iris": _named(palette.IRIS, f["eye_color"]),
        "cloth": palette.along(palette.CLOTH, f["cloth_color"]),
        "hat_color": palette.hsv(f["hat_hue"], 0.55, 0.52),
        "background": palette.hsv(hue, saturation, value),
        "background_light": palette.hsv(hue + 0.06, saturation * 0.8, value * 0.75 + 0.25),
        "background_dark": palette.hsv(hue - 0.04, saturation, value * 0.55),
    }
    codes = {name: f[name] for name, factor in FACTORS.items() if factor.discrete}
    return Traits(
        {
            **{f"{name}_code": value for name, value in codes.items()},
            **{name: value[:, None, None].astype(np.float32) for name, value in numbers.items()},
            **{
                name: np.ascontiguousarray(value.T)[:, :, None, None].astype(np.float32)
                for name, value in colors.items()
            },
        }
    )
