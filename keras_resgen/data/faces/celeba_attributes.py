"""Binary attributes of faces under CelebA's names, read from the factors."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .factors import Factors, check_factors, is_choice


def _sees_hair(factors: Factors) -> np.ndarray:
    return ~is_choice(factors, "hair_style", "bald")


def _sees_eyes(factors: Factors) -> np.ndarray:
    return ~((factors["eyeglasses"] == 1) & is_choice(factors, "eyeglasses_style", "sun"))


def _hair(color: str) -> Callable[[Factors], np.ndarray]:
    return lambda factors: _sees_hair(factors) & is_choice(factors, "hair_color", color)


ATTRIBUTES: dict[str, Callable[[Factors], np.ndarray]] = {
    "Bald": lambda f: ~_sees_hair(f) & (f["hat"] == 0),
    "Bangs": lambda f: is_choice(f, "hair_style", "bangs"),
    "Big_Lips": lambda f: f["lip_fullness"] > 0.4,
    "Big_Nose": lambda f: f["nose_width"] > 0.4,
    "Black_Hair": _hair("black"),
    "Blond_Hair": _hair("blond"),
    "Brown_Hair": _hair("brown"),
    "Bushy_Eyebrows": lambda f: f["brow_thickness"] > 0.4,
    "Eyeglasses": lambda f: f["eyeglasses"] == 1,
    "Gray_Hair": _hair("gray"),
    "Mouth_Slightly_Open": lambda f: f["mouth_opening"] > 0.5,
    "Mustache": lambda f: f["mustache"] == 1,
    "Narrow_Eyes": lambda f: _sees_eyes(f) & (f["eye_size"] < -0.4),
    "No_Beard": lambda f: f["beard"] == 0,
    "Pale_Skin": lambda f: f["skin_tone"] < 0.15,
    "Smiling": lambda f: f["smile"] == 1,
    "Straight_Hair": lambda f: _sees_hair(f) & ~is_choice(f, "hair_style", "curly"),
    "Wavy_Hair": lambda f: is_choice(f, "hair_style", "curly"),
    "Wearing_Hat": lambda f: f["hat"] == 1,
}
"""How each attribute is read from the factors. True only for what the picture shows."""


def attributes(factors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Binary attributes of faces under the names of CelebA (Liu et al. 2015).

    An attribute is true only where the picture shows it: hair colors and `Straight_Hair` are
    false for a bald head, `Bald` is false under a hat, `Narrow_Eyes` is false behind sunglasses,
    and red hair, for which CelebA has no name, leaves every hair color false. `No_Beard` speaks
    of the beard alone: a mustache does not make it false.

    Args:
        factors: Factors of n faces, as from `sample_factors`.

    Returns:
        One boolean array `(n,)` for every name in `ATTRIBUTES`.

    Raises:
        ValueError: If factors are missing, unknown, out of range, or of unequal length.

    Example:
        >>> faces = sample_factors(1000)
        >>> bool((attributes(faces)["Smiling"] == (faces["smile"] == 1)).all())
        True
    """
    checked = check_factors(factors)
    return {name: read(checked) for name, read in ATTRIBUTES.items()}
