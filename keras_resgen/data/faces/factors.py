"""The factors of a face: what they mean, how they are sampled, how one of them is changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Factors = dict[str, np.ndarray]


@dataclass(frozen=True)
class Factor:
    """One independent cause of a picture.

    Attributes:
        kind: `"binary"` (0 or 1), `"choice"` (an index into `values`), `"uniform"` or
            `"triangular"` (a number from `low` to `high`).
        meaning: One phrase for tables; names the unit and the sense where they matter.
        low: Smallest value of a number.
        high: Largest value of a number.
        probability: Chance of 1 for a binary factor.
        values: Names of a choice, in the order of their codes.
        weights: Relative frequency of each choice; equal when empty.
    """

    kind: Literal["binary", "choice", "uniform", "triangular"]
    meaning: str
    low: float = 0.0
    high: float = 1.0
    probability: float = 0.5
    values: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    @property
    def discrete(self) -> bool:
        """Whether values are integer codes rather than numbers."""
        return self.kind in ("binary", "choice")

    @property
    def range(self) -> str:
        """The allowed values as a reader would write them."""
        if self.kind == "binary":
            return "0, 1"
        return ", ".join(self.values) if self.values else f"{self.low:g} to {self.high:g}"


def _binary(probability: float, meaning: str) -> Factor:
    return Factor("binary", meaning, probability=probability)


def _choice(meaning: str, **weights: float) -> Factor:
    return Factor("choice", meaning, values=tuple(weights), weights=tuple(weights.values()))


def _uniform(low: float, high: float, meaning: str) -> Factor:
    return Factor("uniform", meaning, low, high)


def _triangular(low: float, high: float, meaning: str) -> Factor:
    return Factor("triangular", meaning, low, high)


FACTORS: dict[str, Factor] = {
    "smile": _binary(0.5, "whether the mouth smiles"),
    "smile_amount": _uniform(0.0, 1.0, "how broad a smile is"),
    "mouth_opening": _uniform(0.0, 1.0, "closed below 0.5, then ever wider open"),
    "mouth_width": _triangular(-1.0, 1.0, "narrow to wide"),
    "lip_fullness": _triangular(-1.0, 1.0, "thin to full"),
    "eyeglasses": _binary(0.3, "whether eyeglasses are worn"),
    "eyeglasses_style": _choice("shape of the eyeglasses", round=0.4, square=0.4, sun=0.2),
    "beard": _binary(0.28, "whether there is a beard"),
    "beard_length": _uniform(0.0, 1.0, "stubble to long"),
    "mustache": _binary(0.25, "whether there is a mustache"),
    "hair_style": _choice(
        "cut of the hair", bald=0.1, short=0.2, side=0.18, bangs=0.16, long=0.2, curly=0.16
    ),
    "hair_color": _choice(
        "color of hair, brows and beard", black=0.28, brown=0.26, blond=0.19, gray=0.14, red=0.13
    ),
    "hair_parting": _choice("side on which the hair parts", left=0.5, right=0.5),
    "hat": _binary(0.12, "whether a hat is worn"),
    "hat_style": _choice("kind of hat", beanie=0.5, brim=0.5),
    "hat_hue": _uniform(0.0, 1.0, "hue of the hat, a full circle"),
    "skin_tone": _uniform(0.0, 1.0, "light to dark"),
    "eye_color": _choice("color of the iris", brown=0.45, blue=0.25, green=0.18, gray=0.12),
    "eye_size": _triangular(-1.0, 1.0, "narrow to wide open"),
    "eye_spacing": _triangular(-1.0, 1.0, "close together to wide apart"),
    "gaze_x": _triangular(-1.0, 1.0, "looking left to right in the picture"),
    "gaze_y": _triangular(-1.0, 1.0, "looking up to down"),
    "brow_height": _triangular(-1.0, 1.0, "low to raised"),
    "brow_angle": _triangular(-1.0, 1.0, "worried (inner ends up) to stern (inner ends down)"),
    "brow_thickness": _triangular(-1.0, 1.0, "thin to bushy"),
    "nose_width": _triangular(-1.0, 1.0, "slim to broad"),
    "nose_length": _triangular(-1.0, 1.0, "short to long"),
    "jaw": _triangular(-1.0, 1.0, "pointed to square"),
    "face_width": _triangular(-1.0, 1.0, "slim to broad"),
    "face_height": _triangular(-1.0, 1.0, "short to long"),
    "yaw": _triangular(-26.0, 26.0, "turned to the left to right of the picture, in degrees"),
    "pitch": _triangular(-12.0, 12.0, "looking up to down, in degrees"),
    "roll": _triangular(-14.0, 14.0, "tilted anticlockwise to clockwise, in degrees"),
    "scale": _uniform(1.05, 1.22, "size of the head"),
    "offset_x": _triangular(-0.12, 0.12, "shift to the right, in half picture widths"),
    "offset_y": _triangular(-0.06, 0.06, "shift downwards, in half picture heights"),
    "light_direction": _uniform(-60.0, 60.0, "light from the left to the right, in degrees"),
    "light_strength": _uniform(0.0, 1.0, "even to strongly modeled light"),
    "background_kind": _choice(
        "what is behind the head", gradient=0.28, glow=0.28, clouds=0.26, bokeh=0.18
    ),
    "background_hue": _uniform(0.0, 1.0, "hue of the background, a full circle"),
    "background_saturation": _uniform(0.08, 0.6, "gray to colorful background"),
    "background_value": _uniform(0.2, 0.9, "dark to bright background"),
    "background_angle": _uniform(0.0, 360.0, "direction of the background, in degrees"),
    "cloth_color": _uniform(0.0, 1.0, "place in the range of cloth colors"),
}
"""Every factor by name, in the order of the factor table."""


def lookup(name: str) -> Factor:
    """The factor of that name, or an error that lists them all."""
    try:
        return FACTORS[name]
    except KeyError:
        raise ValueError(
            f"Expected the name of a factor. Received: {name!r}. Choose from: {', '.join(FACTORS)}."
        ) from None


def is_choice(factors: Factors, name: str, *wanted: str) -> np.ndarray:
    """Mask of the images in which a choice has one of the wanted names."""
    return np.isin(factors[name], [FACTORS[name].values.index(value) for value in wanted])


def _as_value(name: str, value: Any) -> Any:
    """A value as stored: the code of a choice that is given by its name."""
    factor = lookup(name)
    if not isinstance(value, str):
        return value
    if value not in factor.values:
        raise ValueError(
            f"Expected `{name}` to be in the range {factor.range}. Received: {value!r}."
        )
    return factor.values.index(value)


def check_factors(factors: Mapping[str, Any]) -> Factors:
    """Factors as arrays of one length, every one present and in its range.

    Args:
        factors: One array `(n,)` for every name in `FACTORS`.

    Returns:
        The same factors, discrete ones as `int64`, numbers as `float64`.

    Raises:
        ValueError: If a name is unknown or missing, a value is out of range, or lengths differ.
    """
    for name in factors:
        lookup(name)
    missing = [name for name in FACTORS if name not in factors]
    if missing:
        raise ValueError(
            f"Expected all {len(FACTORS)} factors. Received none of: {', '.join(missing)}. "
            "Start from `sample_factors` and change what you need with `counterfactual`."
        )
    arrays = {name: np.asarray(factors[name]) for name in FACTORS}
    shapes = {name: array.shape for name, array in arrays.items()}
    first = next(iter(shapes.values()))
    for name, shape in shapes.items():
        if len(shape) != 1 or shape != first:
            raise ValueError(
                "Expected every factor as an array of one dimension and equal length. "
                f"Received: `{next(iter(shapes))}` of shape {first} and `{name}` of shape {shape}."
            )
    return {name: _in_range(name, array) for name, array in arrays.items()}


def _in_range(name: str, array: np.ndarray) -> np.ndarray:
    factor = FACTORS[name]
    high = len(factor.values) - 1 if factor.kind == "choice" else factor.high
    if array.dtype.kind not in "biuf":
        raise ValueError(f"Expected `{name}` to hold numbers. Received dtype: {array.dtype}.")
    valid = (array >= factor.low) & (array <= high)
    if factor.discrete:
        valid &= array == np.floor(array)
    if not valid.all():
        raise ValueError(
            f"Expected `{name}` to be in the range {factor.range}. "
            f"Received: {array[~valid][0]!s} at index {int(np.argmin(valid))}."
        )
    return array.astype(np.int64 if factor.discrete else np.float64)


def counterfactual(factors: Mapping[str, Any], **changes: Any) -> Factors:
    """The same faces with some factors set to other values and nothing else changed.

    Args:
        factors: Factors of n faces, as from `sample_factors`.
        **changes: A value, a choice's name, or an array `(n,)`, by factor name.

    Returns:
        New factors; the arrays that did not change are shared.

    Raises:
        ValueError: If a name is unknown or a value is out of range.

    Example:
        >>> faces = sample_factors(4)
        >>> smiling = counterfactual(faces, smile=1, hair_style="curly")
        >>> smiling["smile"]
        array([1, 1, 1, 1])
    """
    changed = dict(factors)
    for name, value in changes.items():
        value = np.asarray(_as_value(name, value))
        changed[name] = np.full(len(factors[name]), value) if value.ndim == 0 else value
    return check_factors(changed)
