"""Intervals of metrics that were measured with several seeds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95
ROUNDING = 1e-12


class Interval(NamedTuple):
    """An estimate, and what it may be at a level of 95 %.

    Example:

    >>> str(Interval(2.0, 1.5, 2.5)), str(Interval(2.0, -np.inf, np.inf))
    ('2 [1.5, 2.5]', '2')
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as tables show it; one value alone, or always the same, has no interval."""
        if not np.isfinite(self.high - self.low) or self.high == self.low:
            return _short(self.value)
        return f"{_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"


def _short(value: float) -> str:
    """Three digits; all of them before the point."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


def mean_interval(values: Sequence[float]) -> Interval:
    """Student's interval of a mean over seeds.

    Args:
        values: values of one metric; those that are not finite are left out.

    Returns:
        The mean; nothing is known of it, from -inf to inf, from fewer than two values.

    Example:

    >>> [round(float(x), 2) for x in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    found = _finite(values)
    if len(found) < 2:
        return Interval(float(found.mean()) if len(found) else np.nan, -np.inf, np.inf)
    half = stats.t.ppf((1 + LEVEL) / 2, len(found) - 1) * _deviation(found) / np.sqrt(len(found))
    return Interval(float(found.mean()), float(found.mean() - half), float(found.mean() + half))


def difference_interval(values: Sequence[float], others: Sequence[float]) -> Interval:
    """Welch's interval of the difference of two means, whose spreads may differ.

    Welch, "The Generalization of 'Student's' Problem when Several Different Population Variances
    are Involved" (1947).

    Args:
        values: values of one metric; those that are not finite are left out.
        others: values of the other variant.

    Returns:
        The mean of `values` less that of `others`; nothing is known of it from fewer than two
        values of each.

    Example:

    >>> difference_interval([5.0, 5.1, 4.9], [1.0, 1.1, 0.9]).low > 3.7
    True
    """
    x, y = _finite(values), _finite(others)
    difference = float(x.mean() - y.mean()) if len(x) and len(y) else np.nan
    if min(len(x), len(y)) < 2:
        return Interval(difference, -np.inf, np.inf)
    if _deviation(x) == _deviation(y) == 0.0:
        return Interval(difference, difference, difference)
    found = stats.ttest_ind(x, y, equal_var=False).confidence_interval(LEVEL)
    return Interval(difference, float(found.low), float(found.high))


def spread_interval(values: Sequence[float], others: Sequence[float]) -> Interval:
    """The interval of the quotient of two standard deviations, by the F distribution.

    Args:
        values: values of one metric; those that are not finite are left out.
        others: values of the other variant.

    Returns:
        The deviation of `values` over that of `others`: from 0 to inf from fewer than two values
        of each, or where those of either are all equal.

    Example:

    >>> round(spread_interval([1.0, 2.0, 3.0], [1.0, 1.1, 1.2]).value, 6)
    10.0
    """
    x, y = _finite(values), _finite(others)
    if min(len(x), len(y)) < 2 or 0.0 in (_deviation(x), _deviation(y)):
        return Interval(np.nan, 0.0, np.inf)
    quotient = _deviation(x) / _deviation(y)
    freedom = (len(x) - 1, len(y) - 1)
    low, high = (
        np.sqrt(stats.f.ppf(share, *freedom)) for share in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    )
    return Interval(quotient, quotient / low, quotient / high)


def rank_ranges(
    metrics: Mapping[str, Sequence[float]], *, greater_is_better: bool
) -> dict[str, tuple[int, int]]:
    """Return which ranks each variant may have: those that nothing measured speaks against.

    Args:
        metrics: values of one metric over seeds, by variant.
        greater_is_better: or smaller.

    Returns:
        The best and the worst rank by variant: one more than how many others are better, and how
        many are not worse, by Welch's intervals, which are not corrected for their number.

    Example:

    >>> rank_ranges({"a": [1.0, 1.1], "b": [5.0, 5.1], "c": [5.0, 5.2]}, greater_is_better=False)
    {'a': (1, 1), 'b': (2, 3), 'c': (2, 3)}
    """
    sign = 1.0 if greater_is_better else -1.0
    ranges = {}
    for name, values in metrics.items():
        gaps = [
            difference_interval([sign * x for x in values], [sign * x for x in others])
            for other, others in metrics.items()
            if other != name
        ]
        better = sum(gap.high < 0.0 for gap in gaps)
        worse = sum(gap.low > 0.0 for gap in gaps)
        ranges[name] = (1 + better, len(metrics) - worse)
    return ranges


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, "float64")
    return array[np.isfinite(array)]


def _deviation(values: np.ndarray) -> float:
    """The standard deviation; that of equal values is not what their sum is rounded to, but 0."""
    equal = np.ptp(values) <= ROUNDING * np.abs(values).max()
    return 0.0 if equal else float(values.std(ddof=1))
