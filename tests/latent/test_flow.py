import keras
import numpy as np
import pytest

from keras_resgen.latent import Flow, fit_flow, fit_gaussian


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
    assert gain.mean() > 0.3


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
    assert np.quantile(nearest, 0.6) < 1.0  # a flow cannot tear space, so bridges remain


def test_the_same_codes_and_seed_give_the_same_flow(moons, monkeypatch):
    monkeypatch.setattr("keras_resgen.latent.flow.MOST_EPOCHS", 1)
    first, again = (fit_flow(moons[:100], seed=3).draw(5) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_constant_dimensions_stay(moons, monkeypatch):
    monkeypatch.setattr("keras_resgen.latent.flow.MOST_EPOCHS", 1)
    codes = np.column_stack([moons[:60], np.full(60, 7.0)])
    assert np.abs(fit_flow(codes).draw(50)[:, 2] - 7.0).max() < 1e-3


@pytest.mark.parametrize("latent_dim", [2, 5, 64])
def test_every_dimension_is_changed_by_two_couplings(latent_dim):
    for seed in range(5):
        network = Flow(np.zeros(latent_dim), np.ones(latent_dim), seed).network
        places, changed = np.arange(latent_dim), np.zeros(latent_dim)
        for order in network.orders:
            places = places[order]
            changed[places[network.first :]] += 1
        assert changed.min() >= len(network.orders) // 2


@pytest.fixture
def network():
    """Five dimensions, with no weight left at its start."""
    network = Flow(np.zeros(5), np.ones(5)).network
    generator = np.random.default_rng(0)
    network.set_weights([generator.normal(size=w.shape) / 12 for w in network.get_weights()])
    return network


def test_noise_goes_back_to_codes(network):
    noise = np.random.default_rng(1).standard_normal((20, 5), "float32")
    codes = network.inverse(noise)
    there = keras.ops.convert_to_numpy(network(codes))[:, :-1]
    np.testing.assert_allclose(there, noise, atol=2e-4)
    assert np.abs(keras.ops.convert_to_numpy(codes) - noise).max() > 0.1


def test_the_last_column_is_the_logarithm_of_the_jacobian(network):
    code, step = np.random.default_rng(2).standard_normal(5), 1e-3
    moves = np.concatenate([code + step * np.eye(5), code - step * np.eye(5)]).astype("float32")
    ahead, behind = np.split(keras.ops.convert_to_numpy(network(moves))[:, :-1], 2)
    _, expected = np.linalg.slogdet((ahead - behind) / (2 * step))
    found = keras.ops.convert_to_numpy(network(code[None].astype("float32")))[0, -1]
    assert found == pytest.approx(expected, abs=0.02)


def test_it_is_computed_in_full_precision():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = Flow(np.zeros(4), np.ones(4)).network
    finally:
        keras.config.set_dtype_policy(policy)
    assert {layer.compute_dtype for layer in network._flatten_layers()} == {"float32"}


def test_one_dimension_has_no_halves():
    codes = np.random.default_rng(0).normal(3.0, 2.0, (500, 1))
    assert fit_flow(codes).log_density(codes).mean() == pytest.approx(-2.1, abs=0.1)


def test_too_few_codes_are_refused():
    with pytest.raises(ValueError, match=r"20 codes or more.*\(19, 2\)"):
        fit_flow(np.zeros((19, 2)))
