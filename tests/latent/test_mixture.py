import keras
import numpy as np
import pytest
import scipy.stats

from keras_resgen.latent import fit_gaussian, fit_mixture


@pytest.fixture(scope="module")
def codes():
    """Three clusters of different shapes and sizes, and which each code is of."""
    generator = np.random.default_rng(0)
    parts = [
        generator.multivariate_normal(mean, covariance, count)
        for mean, covariance, count in (
            ([0, 0, 0], np.diag([1.0, 0.1, 1.0]), 600),
            ([8, 0, 0], [[1.0, 0.8, 0], [0.8, 1.0, 0], [0, 0, 0.2]], 300),
            ([0, 8, 2], 0.3 * np.eye(3), 100),
        )
    ]
    return np.concatenate(parts)


def test_one_normal_distribution_has_the_moments_of_the_codes(codes):
    prior = fit_gaussian(codes)
    np.testing.assert_allclose(prior.means[0], codes.mean(axis=0))
    covariance = prior.roots[0] @ prior.roots[0].T
    np.testing.assert_allclose(covariance, np.cov(codes.T, bias=True), atol=1e-2)
    draws = prior.draw(20_000, seed=1)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.5)


def test_the_density_is_scipys(codes):
    prior = fit_mixture(codes, components=3)
    expected = sum(
        weight * scipy.stats.multivariate_normal(mean, root @ root.T).pdf(codes)
        for weight, mean, root in zip(prior.weights, prior.means, prior.roots, strict=True)
    )
    np.testing.assert_allclose(prior.log_density(codes), np.log(expected), rtol=1e-6)


def test_a_mixture_finds_the_clusters(codes):
    prior = fit_mixture(codes, components=3, seed=1)
    order = np.argsort(-prior.weights)
    np.testing.assert_allclose(prior.weights[order], [0.6, 0.3, 0.1], atol=0.02)
    np.testing.assert_allclose(prior.means[order], [[0, 0, 0], [8, 0, 0], [0, 8, 2]], atol=0.25)
    own = prior.roots[order[1]] @ prior.roots[order[1]].T
    assert own[0, 1] == pytest.approx(0.8, abs=0.15)
    assert prior.log_density(codes).mean() > fit_gaussian(codes).log_density(codes).mean() + 1.0


def test_more_components_are_likelier(codes):
    means = [fit_mixture(codes, components=n).log_density(codes).mean() for n in (1, 2, 3)]
    assert means == sorted(means)
    assert means[0] == pytest.approx(fit_gaussian(codes).log_density(codes).mean(), abs=1e-6)


@pytest.mark.parametrize(("count", "least"), [(300, -20.9), (3000, -17.62)])
def test_a_mixture_describes_codes_that_it_was_not_fitted_to(count, least):
    """Expectation maximization with such a prior reached -20.54 and -17.58."""

    def draw(count, seed):
        rng = np.random.default_rng(7)
        means, roots = 4 * rng.normal(size=(6, 16)), rng.normal(size=(6, 16, 16)) / 4
        rng = np.random.default_rng(seed)
        component = rng.integers(6, size=count)
        noise = rng.normal(size=(count, 16))
        return means[component] + np.einsum("nij,nj->ni", roots[component], noise)

    held_out = draw(4000, seed=2)
    prior = fit_mixture(draw(count, seed=1))
    assert prior.log_density(held_out).mean() > least
    single = fit_gaussian(draw(count, seed=1))
    assert prior.log_density(held_out).mean() > single.log_density(held_out).mean() + 5.0


def test_a_mixture_is_the_same_to_the_bit_for_a_seed(codes):
    first, second = (fit_mixture(codes, components=4, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.means, second.means)
    np.testing.assert_array_equal(first.roots, second.roots)


@pytest.mark.parametrize("fit", [fit_gaussian, fit_mixture])
def test_codes_of_more_dimensions_than_rows_have_a_distribution(fit):
    codes = np.random.default_rng(2).normal(size=(30, 64))
    draws = fit(codes).draw(200, seed=3)
    assert np.isfinite(draws).all()
    assert 0.2 < draws.std() / codes.std() < 1.5
    np.testing.assert_array_equal(draws, fit(codes).draw(200, seed=3))


def test_dimensions_that_never_change_are_no_trouble():
    codes = np.random.default_rng(4).normal(size=(100, 3)) * [1.0, 0.0, 2.0]
    for fit in (fit_gaussian, fit_mixture):
        assert np.abs(fit(codes).draw(50)[:, 1]).max() < 0.2


def test_too_few_codes_are_refused():
    with pytest.raises(ValueError, match=r"two for each component at least. Received: shape \(9"):
        fit_mixture(np.zeros((9, 2)), components=5)


def test_a_mixture_is_a_map_of_noise_whose_first_number_chooses_the_component(codes):
    prior = fit_mixture(codes, components=3, seed=1)
    assert prior.noise_dim == 1 + 3
    draws = prior.draw(20_000, seed=1)
    nearest = np.square(draws[:, None] - prior.means).sum(axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=3) / len(draws)
    np.testing.assert_allclose(shares, prior.weights, atol=0.03)
    for number in (-9.0, 0.0, 9.0):  # of the first, some, and the last component
        noise = np.array([[number, 0.0, 0.0, 0.0]], "float32")
        (vector,) = keras.ops.convert_to_numpy(prior.transform(noise))
        assert np.abs(prior.means - vector).max(axis=1).min() < 1e-6
    assert fit_gaussian(codes).noise_dim == 3
