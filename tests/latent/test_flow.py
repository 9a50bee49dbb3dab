import numpy as np
import pytest

from keras_resgen.latent import fit_flow, fit_gaussian


@pytest.fixture(scope="module")
def moons():
    """Two half circles, which no normal distribution resembles."""
    generator = np.random.default_rng(0)
    angle = np.pi * generator.random(1600)
    upper = np.arange(1600) % 2 == 0
    x = np.where(upper, np.cos(angle), 1.0 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return 10.0 * np.column_stack([x, y]) + generator.normal(scale=0.8, size=(1600, 2))


@pytest.fixture(scope="module")
def flow(moons):
    return fit_flow(moons[:1200])


def test_it_follows_what_a_gaussian_cannot(flow, moons):
    gaussian = fit_gaussian(moons[:1200])
    gain = flow.log_density(moons[1200:]) - gaussian.log_density(moons[1200:])
    assert gain.mean() > 0.5


def test_its_density_adds_up_to_one(flow):
    x = np.linspace(-30.0, 40.0, 281)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    total = np.exp(flow.log_density(grid)).sum() * (x[1] - x[0]) ** 2
    assert total == pytest.approx(1.0, abs=0.01)


def test_draws_follow_the_density(flow, moons):
    drawn = flow.draw(2000, seed=1)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn, flow.draw(2000, seed=1))
    assert flow.log_density(drawn).mean() == pytest.approx(flow.log_density(moons).mean(), abs=0.2)
    nearest = np.linalg.norm(drawn[:, None] - moons, axis=2).min(axis=1)
    assert np.quantile(nearest, 0.75) < 1.0  # a flow cannot tear space, so bridges remain


def test_the_same_codes_and_seed_give_the_same_flow(moons):
    first, again = (fit_flow(moons[:100], seed=3).draw(5) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_constant_dimensions_stay(moons):
    codes = np.column_stack([moons[:60], np.full(60, 7.0)])
    assert np.abs(fit_flow(codes).draw(50)[:, 2] - 7.0).max() < 1e-3


def test_too_few_codes_are_refused():
    with pytest.raises(ValueError, match=r"20 codes of 2 dimensions.*\(19, 2\)"):
        fit_flow(np.zeros((19, 2)))
