import keras
import numpy as np
import pytest

from keras_resgen.losses import gaussian_kl
from keras_resgen.metrics.codes import active_units, kl_per_dimension, linear_probe_auc, prior_mmd


def test_the_kl_of_all_dimensions_is_the_loss():
    mean, log_variance = np.random.default_rng(0).normal(size=(2, 50, 7))
    expected = float(keras.ops.convert_to_numpy(gaussian_kl(mean, log_variance)))
    assert kl_per_dimension(mean, log_variance).sum() == pytest.approx(expected, rel=1e-5)


def test_the_kl_is_the_integral_that_it_names():
    mean, deviation = 0.7, 0.4
    x = np.linspace(-8, 8, 200_001)
    density = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    prior = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    ratio = np.log(np.maximum(density, 1e-300) / prior)
    expected = np.trapezoid(density * ratio, x)
    found = kl_per_dimension(np.array([[mean]]), np.array([[2 * np.log(deviation)]]))
    assert found[0] == pytest.approx(expected, rel=1e-6)


def test_units_that_carry_nothing_are_not_active():
    generator = np.random.default_rng(0)
    mean = generator.normal(size=(1000, 5)) * [1.0, 0.2, 0.05, 0.0, 0.5] + 3.0
    assert active_units(mean) == 3


@pytest.mark.parametrize("change", [lambda z: 0.5 * z, lambda z: z + 0.5, np.abs])
def test_codes_that_do_not_follow_the_prior_have_a_distance(change):
    draws = np.random.default_rng(0).normal(size=(3, 400, 8))
    matched = prior_mmd(draws[0], draws[1])
    assert abs(matched.value) < 3 * matched.standard_error
    other = prior_mmd(change(draws[2]), draws[1])
    assert other.value > 5 * other.standard_error


def test_separability_is_mann_whitneys_statistic():
    from scipy.stats import mannwhitneyu

    generator = np.random.default_rng(3)
    labels = generator.random(200) < 0.3
    scores = np.round(generator.normal(size=200) + labels, 1)  # with ties
    expected = mannwhitneyu(scores[labels], scores[~labels]).statistic
    pairs = labels.sum() * (~labels).sum()
    assert linear_probe_auc(scores, labels) == pytest.approx(expected / pairs)


def test_separability_needs_both_kinds():
    with pytest.raises(ValueError, match="3 with and 0 without"):
        linear_probe_auc(np.arange(3.0), np.ones(3, bool))
