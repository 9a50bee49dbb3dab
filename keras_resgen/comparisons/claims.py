"""Claims that one variant's metric is greater than another's, decided by measurements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keras_resgen.comparisons.intervals import Interval, difference_interval, spread_interval
from keras_resgen.registry import Registry


class Scale(NamedTuple):
    """A comparison of two variants' values of a metric.

    Attributes:
        interval: returns the interval of the comparison.
        equal: its value for equal variants.
        text: description of the interval.
    """

    interval: Callable[[Sequence[float], Sequence[float]], Interval]
    equal: float
    text: str


SCALES: Registry[Scale] = Registry(
    "scale",
    {
        "mean": Scale(difference_interval, 0.0, "difference of means"),
        "spread": Scale(spread_interval, 1.0, "quotient of standard deviations over seeds"),
    },
)


@dataclass(frozen=True)
class Claim:
    """The claim that a metric of one variant is greater than that of another.

    Attributes:
        text: the claim, in plain words.
        metric: name of the metric in `resgen evaluate`.
        greater: the variant with the greater value.
        smaller: the other variant.
        scale: `"mean"`, or `"spread"` for claims about the scatter over seeds.
    """

    text: str
    metric: str
    greater: str
    smaller: str
    scale: str = "mean"


class Verdict(NamedTuple):
    """The answer to a claim.

    Attributes:
        claim: the claim.
        answer: `"yes"`, `"no"`, `"not decided"`, or `"not measured"`.
        interval: the interval of the comparison, see `SCALES`.
    """

    claim: Claim
    answer: str
    interval: Interval


def decide(claim: Claim, metrics: Mapping[str, Mapping[str, Sequence[float]]]) -> Verdict:
    """Decide a claim by whether a 95 % interval lies on one side of equality.

    Args:
        claim: the claim to decide.
        metrics: values over seeds by variant and name.

    Example:

    >>> claim = Claim("Residual networks are closer", "frechet_faces", "plain", "resnet")
    >>> found = {"resnet": {"frechet_faces": [1.0, 1.2]}, "plain": {"frechet_faces": [4.0, 4.3]}}
    >>> decide(claim, found).answer
    'yes'
    """
    scale = SCALES[claim.scale]
    values, others = (
        metrics.get(name, {}).get(claim.metric, []) for name in (claim.greater, claim.smaller)
    )
    interval = scale.interval(values, others)
    answer = "not decided" if len(values) and len(others) else "not measured"
    if interval.low > scale.equal:
        answer = "yes"
    elif interval.high < scale.equal:
        answer = "no"
    return Verdict(claim, answer, interval)
