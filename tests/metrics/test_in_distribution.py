import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_resgen.metrics.in_distribution import DistanceRange

DRAWS = np.random.default_rng(0).normal(size=(3, 2000, 8)) @ np.diag(np.arange(1.0, 9.0))


@pytest.fixture(scope="module")
def fitted():
    return DistanceRange.fit(DRAWS[0], DRAWS[1])


def test_it_is_the_mahalanobis_distance(fitted):
    mean = DRAWS[0].mean(axis=0, keepdims=True)
    inverse = np.linalg.inv(np.cov(DRAWS[0].T))
    found = cdist(DRAWS[1], mean, "mahalanobis", VI=inverse)[:, 0]
    assert fitted.nearest == pytest.approx(np.quantile(found, 0.005))
    inside = (found >= fitted.nearest) & (found <= fitted.farthest)
    assert fitted.share(DRAWS[1]) == pytest.approx(inside.mean()) == pytest.approx(0.99)


@pytest.mark.parametrize("count", [20, 100, 2000])
def test_images_of_the_fit_are_as_often_in_distribution_as_others(count):
    """Of fewer rows than features the spread along most components is not known."""
    rows = np.random.default_rng(1).normal(size=(3, 2000, 128)) / np.arange(1.0, 129.0)
    fitted = DistanceRange.fit(rows[0, :count], rows[1])
    assert fitted.share(rows[2]) == pytest.approx(0.99, abs=0.01)
    assert fitted.share(rows[0, :count]) > 0.9


def test_constant_features_are_no_trouble():
    rows = np.column_stack([DRAWS[0], np.ones(2000)])
    assert DistanceRange.fit(rows, rows).share(rows) == pytest.approx(0.99, abs=0.001)
    with pytest.raises(ValueError, match=r"at least 10 images .* Received: 9 and 9"):
        DistanceRange.fit(rows[:9], rows[:9])


def test_real_images_are_in_distribution(fitted):
    assert fitted.share(DRAWS[2]) == pytest.approx(0.99, abs=0.01)


def test_what_lies_amid_all_or_outside_is_not(fitted):
    assert fitted.share(0.1 * DRAWS[2]) < 0.05
    assert fitted.share(3.0 * DRAWS[2]) < 0.2


def test_each_image_counts_by_itself(fitted):
    same = np.repeat(DRAWS[2][:1], 50, axis=0)
    assert fitted.share(same) in (0.0, 1.0)
    assert fitted.share(np.concatenate([DRAWS[2][:100], 9.0 * DRAWS[2][:100]])) == pytest.approx(
        0.5, abs=0.1
    )
