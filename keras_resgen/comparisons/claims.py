"""Claims about which is greater, judged by what was measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keras_resgen.comparisons.intervals import Interval, difference_interval, spread_interval
from keras_resgen.registry import Registry


class Scale(NamedTuple):
    """How two variants' values of a metric are compared.

    Attributes:
        interval: of the comparison.
        equal: what it is for equal variants.
        text: says what the interval is of.
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
    """That a metric of one variant is greater than that of another.

    Attributes:
        text: the claim, in plain words.
        metric: as `resgen evaluate` names it.
        greater: the variant of which it is said to be greater.
        smaller: the other one.
        scale: `"mean"`, or `"spread"` for claims about the scatter over seeds.
    """

    text: str
    metric: str
    greater: str
    smaller: str
    scale: str = "mean"


class Verdict(NamedTuple):
    """What was found of a claim.

    Attributes:
        claim: that was judged.
        answer: `"yes"`, `"no"`, `"not decided"`, or `"not measured"`.
        interval: of the comparison, see `SCALES`.
    """

    claim: Claim
    answer: str
    interval: Interval


def judge(claim: Claim, metrics: Mapping[str, Mapping[str, Sequence[float]]]) -> Verdict:
    """Judge a claim: by an interval of 95 %, on one side of equality or on both.

    Args:
        claim: to be judged.
        metrics: values over seeds by variant and name.

    Example:

    >>> claim = Claim("Residual networks are closer", "frechet_faces", "plain", "resnet")
    >>> found = {"resnet": {"frechet_faces": [1.0, 1.2]}, "plain": {"frechet_faces": [4.0, 4.3]}}
    >>> judge(claim, found).answer
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
