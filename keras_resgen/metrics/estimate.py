"""A metric that was estimated from a sample."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A number and how far it would scatter over samples of this size.

    Example:

    >>> str(Estimate(1.25, 0.031))
    '1.25 ± 0.031'
    """

    value: float
    standard_error: float

    def __str__(self) -> str:
        """Returns both, as tables and messages show them."""
        return f"{self.value:.4g} ± {self.standard_error:.2g}"


def jackknife(value: float, without: Sequence[float]) -> Estimate:
    """Standard error by leaving out parts of the sample in turn (Tukey, 1958).

    Args:
        value: the metric of the whole sample.
        without: the metric of the sample without each of its parts, which are of equal size.

    Example:

    >>> round(jackknife(2.0, [2.5, 2.0, 1.5]).standard_error, 4)
    0.5774
    """
    return Estimate(value, float(np.sqrt(squared_error_of_jackknife(without))))


def squared_error_of_jackknife(without: Sequence[float] | np.ndarray) -> float:
    """Returns the square of the standard error that `jackknife` gives."""
    left_out = np.asarray(without, "float64")
    count = len(left_out)
    return float((count - 1) / count * np.square(left_out - left_out.mean()).sum())
