"""Distances between samples against definitions and against scipy's arithmetic."""

import itertools

import numpy as np
import pytest

from keras_resgen.metrics.estimate import jackknife
from keras_resgen.metrics.kernels import (
    cubic_kernel,
    inverse_multiquadratic_kernel,
    squared_mmd,
)
from keras_resgen.metrics.moments import Moments, frechet_distance
from keras_resgen.metrics.neighbors import precision_recall_density_coverage, squared_radii
from keras_resgen.metrics.pyramid import (
    _sliced_distance,
    laplacian_pyramid,
    sliced_wasserstein_distances,
)


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    mixing = generator.normal(size=(8, 8))
    return generator.normal(size=(200, 8)), generator.normal(size=(150, 8)) @ mixing + 0.5


def test_moments_add_up_over_batches(rows):
    x, _ = rows
    parts = [Moments.from_features(part) for part in np.array_split(x, [1, 7, 100])]
    summed = parts[0] + parts[1] + parts[2] + parts[3]
    assert summed.count == 200
    np.testing.assert_allclose(summed.mean, x.mean(axis=0), atol=1e-14)
    np.testing.assert_allclose(summed.covariance, np.cov(x, rowvar=False), atol=1e-13)


def test_moments_are_exact_far_from_zero():
    x = np.random.default_rng(0).normal(size=(500, 3)).astype("float32") * 1e-2 + 1e4
    summed = Moments.from_features(x[:250]) + Moments.from_features(x[250:])
    np.testing.assert_allclose(summed.covariance, np.cov(x.astype("float64"), rowvar=False), 1e-8)


@pytest.mark.parametrize("count", [200, 5])
def test_frechet_distance_is_that_of_scipys_matrix_root(rows, count):
    linalg = pytest.importorskip("scipy.linalg")
    x, y = rows[0][:count], rows[1]
    covariances = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = linalg.sqrtm(covariances[0] @ covariances[1])
    difference = x.mean(axis=0) - y.mean(axis=0)
    expected = difference @ difference + np.trace(sum(covariances) - 2.0 * root.real)
    distance = frechet_distance(Moments.from_features(x), Moments.from_features(y))
    assert distance == pytest.approx(expected, rel=1e-5)
    assert frechet_distance(Moments.from_features(y), Moments.from_features(x)) == pytest.approx(
        distance, rel=1e-7
    )


def test_frechet_distance_of_one_feature_is_that_of_normal_distributions():
    x, y = np.array([[0.0], [2.0]]), np.array([[10.0], [16.0]])
    expected = (13 - 1) ** 2 + (np.sqrt(18) - np.sqrt(2)) ** 2
    assert frechet_distance(Moments.from_features(x), Moments.from_features(y)) == pytest.approx(
        expected
    )


def test_features_that_do_not_compare_are_refused():
    with pytest.raises(ValueError, match=r"at least two rows each.*Received: 1 of shape \(2,\)"):
        frechet_distance(
            Moments.from_features(np.ones((1, 2))), Moments.from_features(np.ones((2, 2)))
        )
    with pytest.raises(ValueError, match="the same number of features"):
        frechet_distance(
            Moments.from_features(np.ones((2, 3))), Moments.from_features(np.ones((2, 2)))
        )


@pytest.mark.parametrize("kernel", [cubic_kernel, inverse_multiquadratic_kernel])
def test_squared_mmd_is_the_mean_over_pairs(rows, kernel):
    x, y = rows[0][:7], rows[1][:5]

    def mean_over_pairs(rows):
        pairs = itertools.permutations(range(len(rows)), 2)
        return np.mean([kernel(rows[i : i + 1], rows[j : j + 1]) for i, j in pairs])

    expected = mean_over_pairs(x) + mean_over_pairs(y) - 2.0 * kernel(x, y).mean()
    assert squared_mmd(x, y, kernel).value == pytest.approx(expected)


def test_the_error_of_squared_mmd_is_that_of_leaving_rows_out(rows):
    x, y = rows[0][:9], rows[1][:6]
    estimate = squared_mmd(x, y, cubic_kernel)
    of_x = [squared_mmd(np.delete(x, i, axis=0), y, cubic_kernel).value for i in range(9)]
    of_y = [squared_mmd(x, np.delete(y, i, axis=0), cubic_kernel).value for i in range(6)]
    errors = [jackknife(0.0, values).standard_error for values in (of_x, of_y)]
    assert estimate.standard_error == pytest.approx(np.hypot(*errors))


def test_the_error_of_squared_mmd_is_how_it_scatters():
    generator = np.random.default_rng(0)
    draws = [
        squared_mmd(
            generator.normal(size=(80, 4)), generator.normal(size=(80, 4)) + 1, cubic_kernel
        )
        for _ in range(60)
    ]
    scatter = np.std([draw.value for draw in draws])
    assert np.mean([draw.standard_error for draw in draws]) == pytest.approx(scatter, rel=0.3)


def test_blocks_of_the_kernel_matrix_change_nothing(rows, monkeypatch):
    whole = squared_mmd(*rows, cubic_kernel)
    neighborhoods = precision_recall_density_coverage(*rows)
    monkeypatch.setattr("keras_resgen.metrics.kernels.BLOCK", 64)
    monkeypatch.setattr("keras_resgen.metrics.neighbors.BLOCK", 64)
    np.testing.assert_allclose(squared_mmd(*rows, cubic_kernel), whole)
    assert precision_recall_density_coverage(*rows) == neighborhoods


def test_two_rows_have_no_unbiased_distance():
    with pytest.raises(ValueError, match=r"at least three rows of each sample. Received: 2 and 5"):
        squared_mmd(np.ones((2, 1)), np.ones((5, 1)), cubic_kernel)


def test_neighborhoods_are_those_of_their_definitions(rows):
    """Loops over the definitions of Kynkäänniemi et al. and Naeem et al."""
    real, generated = rows[0][:30], rows[1][:25]
    k = 3

    def radius(points, i):
        return np.sort(np.linalg.norm(points - points[i], axis=1))[k]

    real_radii = [radius(real, i) for i in range(30)]
    generated_radii = [radius(generated, j) for j in range(25)]
    distance = np.array([[np.linalg.norm(r - g) for g in generated] for r in real])
    in_real = distance < np.array(real_radii)[:, None]
    in_generated = distance < np.array(generated_radii)
    expected = (
        np.mean([in_real[:, j].any() for j in range(25)]),
        np.mean([in_generated[i].any() for i in range(30)]),
        sum(in_real[:, j].sum() for j in range(25)) / (k * 25),
        np.mean([in_real[i].any() for i in range(30)]),
    )
    np.testing.assert_allclose(precision_recall_density_coverage(real, generated, k), expected)


def test_a_collapsed_sample_is_precise_and_covers_nothing():
    generator = np.random.default_rng(0)
    real = generator.normal(size=(300, 4))
    collapsed = 1e-3 * generator.normal(size=(300, 4))
    found = precision_recall_density_coverage(real, collapsed)
    assert found.precision == 1.0
    assert found.recall < 0.02
    assert found.coverage < 0.2


def test_neighborhoods_need_more_rows_than_neighbors():
    with pytest.raises(ValueError, match="Received: 5 and 9 rows with neighbors=5"):
        precision_recall_density_coverage(np.ones((5, 2)), np.ones((9, 2)))


def test_radii_reach_to_other_rows():
    assert squared_radii(np.array([[0.0], [0.0], [2.0]]), 1).tolist() == [0.0, 0.0, 4.0]


def test_a_laplacian_pyramid_adds_up_to_the_images():
    from keras_resgen.metrics.pyramid import _enlarge

    images = np.random.default_rng(0).random((2, 64, 64, 3)).astype("float32")
    *finer, rebuilt = laplacian_pyramid(images)
    for level in reversed(finer):
        rebuilt = level + _enlarge(rebuilt)
    np.testing.assert_allclose(rebuilt, images, atol=1e-6)


def test_a_laplacian_pyramid_blurs_as_scipy_does():
    ndimage = pytest.importorskip("scipy.ndimage")
    from keras_resgen.metrics.pyramid import FILTER, _blur

    images = np.random.default_rng(0).random((2, 16, 16, 3)).astype("float32")
    kernel = np.outer(FILTER, FILTER)[None, :, :, None]
    expected = ndimage.convolve(images, kernel, mode="mirror")
    np.testing.assert_allclose(_blur(images), expected, atol=1e-6)


def test_sliced_distances_are_wasserstein_distances_along_directions():
    stats = pytest.importorskip("scipy.stats")
    generator = np.random.default_rng(0)
    x, y = generator.random((2, 40, 5)).astype("float32")
    directions = np.random.default_rng(1).standard_normal((5, 128), "float32")
    directions /= np.linalg.norm(directions, axis=0)
    expected = [stats.wasserstein_distance(x @ d, y @ d) for d in directions.T]
    found = _sliced_distance(x, y, np.random.default_rng(1))
    assert found == pytest.approx(np.mean(expected), rel=1e-5)


def test_each_level_sees_what_happens_at_its_scale():
    generator = np.random.default_rng(0)
    waves = np.arange(64)[:, None, None] / 8 + np.arange(64)[:, None] / 16
    coarse = np.cos(waves + generator.uniform(0, 2 * np.pi, (24, 1, 1, 3)))
    noisy = coarse + 0.1 * generator.standard_normal(coarse.shape)
    same = sliced_wasserstein_distances(coarse[:12], coarse[12:])
    distances = sliced_wasserstein_distances(coarse[:12], noisy[12:])
    assert list(distances) == [64, 32, 16]
    assert distances[64] > 2 * same[64]
    assert distances[16] < 1.5 * same[16]


def test_patches_of_different_images_are_refused():
    with pytest.raises(ValueError, match=r"at least 16. Received: shapes \(2, 48"):
        sliced_wasserstein_distances(np.zeros((2, 48, 48, 3)), np.zeros((2, 48, 48, 3)))
