"""How far a format's outputs are from those of Keras, and how far they may be."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the command line's help reads the tables and must not import NumPy
    import numpy as np

TOLERANCE = 1e-4
"""Largest allowed difference of a float output of float32 weights; see `allowed_difference`."""


@dataclass(frozen=True)
class Measure:
    """A way to compare outputs with those of Keras.

    Attributes:
        difference: `(output, target, expected, spec)` returns how far an output is from its target.
            `expected` holds all values of this output that Keras computed, and `spec` is the
            manifest's entry.
        allowed: `(target, spec)` returns the largest difference that is allowed.
        text: formats a difference for tables and messages.
    """

    difference: "Callable[[np.ndarray, np.ndarray, np.ndarray, Mapping[str, Any]], float]"
    allowed: "Callable[[np.ndarray, Mapping[str, Any]], float]"
    text: Callable[[float], str]


def allowed_difference(expected: "np.ndarray", dtype: str) -> float:
    """Return the largest difference that is allowed from a float32 output.

    It is one gray level for uint8. For floats it is 1e-4 times the largest magnitude among the
    expected values, or 1e-4 if that magnitude is below 1: float32 carries about 7 digits, so codes
    and logits of 1000 cannot agree to 1e-4, while images in [0, 1] must.

    Args:
        expected: Keras's output.
        dtype: data type of the output that is compared.

    Example:

    >>> import numpy as np
    >>> allowed_difference(np.array([0.5, -20.0]), "float32")
    0.002
    """
    if dtype == "uint8":
        return 1.0
    return TOLERANCE * max(1.0, float(abs(expected).max()))


def relative_noise(
    output: "np.ndarray", target: "np.ndarray", expected: "np.ndarray", spec: Mapping[str, Any]
) -> float:
    """Return the root mean square of a difference, divided by the signal.

    The signal of images is the range of their pixels, as in the PSNR. The signal of codes and
    logits is the root mean square of the values that Keras computed.

    Args:
        output: computed by a runtime.
        target: computed by Keras.
        expected: all values of this output that Keras computed.
        spec: the manifest's entry of the output; images have a `pixel_range`.

    Example:

    >>> import numpy as np
    >>> target = np.array([2.0, -2.0])
    >>> relative_noise(target + 0.2, target, target, {"shape": ["batch"], "dtype": "float32"})
    0.1...
    """
    noise = _root_mean_square(output - target)
    if "pixel_range" in spec:
        return noise / spec["pixel_range"][1]
    return noise / max(_root_mean_square(expected), 1e-12)


def _root_mean_square(values: "np.ndarray") -> float:
    return float((values.astype("float64") ** 2).mean()) ** 0.5


def signal_to_noise(images: float, others: float) -> Measure:
    """Return the measure of formats that round weights: the signal-to-noise ratio in decibels.

    Args:
        images: smallest PSNR of images that is allowed.
        others: smallest signal-to-noise ratio of codes and logits that is allowed.

    Example:

    >>> signal_to_noise(24, 20).text(0.1)
    '20.0 dB'
    """
    return Measure(
        relative_noise,
        lambda target, spec: 10 ** (-(images if "pixel_range" in spec else others) / 20),
        lambda value: f"{-20 * math.log10(max(value, 1e-12)):.1f} dB",
    )


LARGEST_DIFFERENCE = Measure(
    lambda output, target, expected, spec: float(abs(output - target).max()),
    lambda target, spec: allowed_difference(target, spec["dtype"]),
    lambda value: f"{value:.2g}",
)
