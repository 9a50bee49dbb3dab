"""Estimates with their standard errors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """An estimate and its standard error.

    Example:

    >>> str(Estimate(1.25, 0.031))
    '1.25 ± 0.031'
    """

    value: float
    standard_error: float

    def __str__(self) -> str:
        """Return the value and its standard error, as tables show them."""
        return f"{self.value:.4g} ± {self.standard_error:.2g}"


def jackknife(value: float, without: Sequence[float]) -> Estimate:
    """Return an estimate with its jackknife standard error (Tukey, 1958).

    Args:
        value: the metric computed on the whole sample.
        without: the metric computed without each part in turn; the parts have equal sizes.

    Example:

    >>> round(jackknife(2.0, [2.5, 2.0, 1.5]).standard_error, 4)
    0.5774
    """
    return Estimate(value, float(np.sqrt(squared_error_of_jackknife(without))))


def squared_error_of_jackknife(without: Sequence[float] | np.ndarray) -> float:
    """Return the square of the jackknife standard error."""
    left_out = np.asarray(without, "float64")
    count = len(left_out)
    return float((count - 1) / count * np.square(left_out - left_out.mean()).sum())
