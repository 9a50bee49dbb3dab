import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_resgen.metrics.typicality import RIDGE, Typicality

DRAWS = np.random.default_rng(0).normal(size=(3, 2000, 8)) @ np.diag(np.arange(1.0, 9.0))


@pytest.fixture(scope="module")
def typical():
    return Typicality.of(DRAWS[0], DRAWS[1])


def test_it_is_the_mahalanobis_distance(typical):
    covariance = np.cov(DRAWS[0].T)
    covariance += RIDGE * np.trace(covariance) / 8 * np.eye(8)
    mean = DRAWS[0].mean(axis=0, keepdims=True)
    found = cdist(DRAWS[1], mean, "mahalanobis", VI=np.linalg.inv(covariance))[:, 0]
    assert typical.nearest == pytest.approx(np.quantile(found, 0.005))
    inside = (found >= typical.nearest) & (found <= typical.farthest)
    assert typical.share(DRAWS[1]) == pytest.approx(inside.mean()) == pytest.approx(0.99)


def test_real_images_are_typical(typical):
    assert typical.share(DRAWS[2]) == pytest.approx(0.99, abs=0.01)


def test_what_lies_amid_all_or_outside_is_not(typical):
    assert typical.share(0.1 * DRAWS[2]) < 0.05
    assert typical.share(3.0 * DRAWS[2]) < 0.2


def test_each_image_counts_by_itself(typical):
    same = np.repeat(DRAWS[2][:1], 50, axis=0)
    assert typical.share(same) in (0.0, 1.0)
    assert typical.share(np.concatenate([DRAWS[2][:100], 9.0 * DRAWS[2][:100]])) == pytest.approx(
        0.5, abs=0.1
    )
