"""How far a format's outputs are from Keras's, and how far they may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

TOLERANCE = 1e-4
"""Largest difference allowed of a float output of float32 weights; see `allowed_difference`."""


@dataclass(frozen=True)
class Measure:
    """A way to compare.

    Attributes:
        name: for manifests.
        difference: `(output, goal, expected, spec)`: of an output from its goal, where `expected`
            are all of Keras's values of this output and `spec` is the manifest's entry.
        allowed: `(goal, spec)`: how large that may be.
        text: either of them, as people write it.
    """

    name: str
    difference: Callable[[np.ndarray, np.ndarray, np.ndarray, Mapping[str, Any]], float]
    allowed: Callable[[np.ndarray, Mapping[str, Any]], float]
    text: Callable[[float], str]


def allowed_difference(expected: np.ndarray, dtype: str) -> float:
    """Returns the largest difference allowed from an output.

    One gray level for uint8. For floats 1e-4 times the largest magnitude among the expected
    values, or 1e-4 if that is below 1: float32 carries about 7 digits, so that codes and logits
    of 1000 cannot agree to 1e-4, while images in [0, 1] must.

    Args:
        expected: Keras's output.
        dtype: of the output compared.

    Example:

    >>> allowed_difference(np.array([0.5, -20.0]), "float32")
    0.002
    """
    if dtype == "uint8":
        return 1.0
    return TOLERANCE * max(1.0, float(np.abs(expected).max()))


def relative_noise(
    output: np.ndarray, goal: np.ndarray, expected: np.ndarray, spec: Mapping[str, Any]
) -> float:
    """Returns the root mean square of a difference, as a share of the signal.

    The signal is the range of pixels, so that the share is that of the PSNR; of codes and logits it
    is the root mean square of Keras's values.

    Args:
        output: of a runtime.
        goal: Keras's.
        expected: all of Keras's values of this output, from which the signal is taken.
        spec: of the output; images have a `pixel_range`.

    Example:

    >>> goal = np.array([2.0, -2.0])
    >>> relative_noise(goal + 0.2, goal, goal, {"shape": ["batch"], "dtype": "float32"})
    0.1...
    """
    noise = float(np.sqrt(np.mean(np.square(output - goal))))
    if "pixel_range" in spec:
        return noise / spec["pixel_range"][1]
    return noise / max(float(np.sqrt(np.mean(np.square(expected, dtype="float64")))), 1e-12)


def noise_below(images: float, others: float) -> Measure:
    """Returns the measure of formats that round: what is left of the signal, in decibels.

    Args:
        images: the least PSNR of images.
        others: the least signal-to-noise ratio of codes and logits.

    Example:

    >>> noise_below(24, 20).text(0.1)
    '20.0 dB'
    """
    return Measure(
        "relative noise",
        relative_noise,
        lambda goal, spec: 10 ** (-(images if "pixel_range" in spec else others) / 20),
        lambda value: f"{-20 * np.log10(max(value, 1e-12)):.1f} dB",
    )


LARGEST = Measure(
    "largest difference",
    lambda output, goal, expected, spec: float(np.abs(output - goal).max()),
    lambda goal, spec: allowed_difference(goal, spec["dtype"]),
    lambda value: f"{value:.2g}",
)
