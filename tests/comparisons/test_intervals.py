import numpy as np
import pytest
from scipy import stats

from keras_resgen.comparisons.intervals import (
    Interval,
    difference_interval,
    mean_interval,
    rank_ranges,
    spread_interval,
)

T_2, T_4 = 4.302652729911275, 2.7764451051977987  # Student's 97.5 % points, from printed tables
F_2_2 = 39.0  # 97.5 % point of F with 2 and 2 degrees


def test_a_mean_has_students_interval():
    found = mean_interval([1.0, 2.0, 3.0])
    assert found.value == 2.0
    assert found.high - found.value == pytest.approx(T_2 / np.sqrt(3.0))
    assert found.value - found.low == pytest.approx(T_2 / np.sqrt(3.0))


def test_equal_spreads_make_welchs_interval_students():
    found = difference_interval([11.0, 12.0, 13.0], [1.0, 2.0, 3.0])
    half = T_4 * np.sqrt(2.0 / 3.0)
    assert tuple(found) == pytest.approx((10.0, 10.0 - half, 10.0 + half))


def test_spreads_are_compared_by_their_quotient():
    found = spread_interval([10.0, 20.0, 30.0], [1.0, 2.0, 3.0])
    assert tuple(found) == pytest.approx((10.0, 10.0 / F_2_2**0.5, 10.0 * F_2_2**0.5))


def test_welch_allows_for_other_spreads_and_counts():
    x, y = np.array([0.0, 5.0, 10.0]), np.array([1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.3, 0.7])
    of_x, of_y = x.var(ddof=1) / 3, y.var(ddof=1) / 8
    freedom = (of_x + of_y) ** 2 / (of_x**2 / 2 + of_y**2 / 7)  # Welch and Satterthwaite
    half = stats.t.ppf(0.975, freedom) * np.sqrt(of_x + of_y)
    assert tuple(difference_interval(x, y)) == pytest.approx((4.0, 4.0 - half, 4.0 + half))
    assert 2.0 < freedom < 2.1  # and Student's would be 9


def test_spreads_of_other_counts_have_other_degrees_of_freedom():
    x, y = [0.0, 5.0, 10.0], [1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.3, 0.7]
    found = spread_interval(x, y)
    assert found.low == pytest.approx(found.value / np.sqrt(stats.f.ppf(0.975, 2, 7)))
    assert found.high == pytest.approx(found.value / np.sqrt(stats.f.ppf(0.025, 2, 7)))


@pytest.mark.parametrize("interval", [difference_interval, spread_interval])
def test_intervals_hold_the_truth_as_often_as_they_say(interval):
    generator = np.random.default_rng(0)
    truth = {difference_interval: 1.0, spread_interval: 2.0}[interval]
    draws = generator.normal(size=(600, 2, 5)) * [[2.0], [1.0]] + [[1.0], [0.0]]
    found = [interval(x, y) for x, y in draws]
    held = np.mean([low < truth < high for _, low, high in found])
    assert 0.925 < held < 0.975


def test_one_value_tells_nothing_of_the_scatter():
    for found in (mean_interval([5.0]), difference_interval([5.0], [1.0, 2.0])):
        assert (found.low, found.high) == (-np.inf, np.inf)
    assert str(mean_interval([5.0])) == "5"
    assert np.isnan(mean_interval([]).value)


def test_values_that_are_not_finite_are_left_out():
    assert mean_interval([1.0, np.nan, 3.0]).value == 2.0


def test_values_that_never_scatter_are_known():
    assert str(mean_interval([0.1] * 3)) == "0.1"  # whose sum is rounded
    unknown = (0.0, np.inf)
    assert spread_interval([1.0, 2.0, 3.0], [0.1] * 3)[1:] == unknown
    assert spread_interval([0.1] * 3, [1.0, 2.0, 3.0])[1:] == unknown
    assert difference_interval([64.0] * 3, [32.0] * 3) == Interval(32.0, 32.0, 32.0)


def test_a_rank_is_certain_only_where_all_neighbors_are_worse_or_better():
    metrics = {"good": [9.0, 9.1], "middle": [5.0, 5.1], "like it": [5.0, 5.2], "bad": [1.0, 1.1]}
    assert rank_ranges(metrics, greater_is_better=True) == {
        "good": (1, 1),
        "middle": (2, 3),
        "like it": (2, 3),
        "bad": (4, 4),
    }
    assert rank_ranges(metrics, greater_is_better=False)["bad"] == (1, 1)
    assert rank_ranges({"a": [1.0], "b": [2.0]}, greater_is_better=True)["a"] == (1, 2)


def test_large_numbers_are_shown_whole():
    assert str(Interval(22_307.0, 22_307.0, 22_307.0)) == "22,307"
    assert str(Interval(1.234567, 1.0, 2.0)) == "1.23 [1, 2]"
