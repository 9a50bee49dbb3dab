"""The priors against their definitions, and training's draws against sampling's."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.latent import PRIORS

COUNT = 40_000


@pytest.fixture(scope="module")
def aae(create):
    """`aae(prior)`: an adversarial autoencoder of 4 latent dimensions."""
    models = {prior: create("aae", prior=prior) for prior in PRIORS}
    return models.__getitem__


def pairs(points):
    """Every pair of dimensions as complex numbers."""
    return points[:, ::2] + 1j * points[:, 1::2]


def trained_on(model, count):
    """What the discriminator is shown as draws of the prior."""
    noise = model.noise((count, PRIORS[model.prior].noise_dim(model.latent_dim)), True)
    return ops.convert_to_numpy(model.transform_noise(noise))


@pytest.mark.parametrize("prior", PRIORS)
def test_training_and_sampling_draw_from_one_distribution(prior, aae):
    """The energy distance of Szekely and Rizzo, and the first moments."""
    model = aae(prior)
    keras.utils.set_random_seed(0)
    shown, drawn = trained_on(model, COUNT), model.draw_latents(COUNT, seed=1)
    assert shown.dtype == drawn.dtype == "float32"
    assert shown.shape == drawn.shape == (COUNT, 4)
    np.testing.assert_allclose(shown.mean(axis=0), drawn.mean(axis=0), atol=0.04)
    np.testing.assert_allclose(np.cov(shown.T), np.cov(drawn.T), atol=0.06)

    def distance(one, other):
        return np.linalg.norm(one[:, None] - other[None], axis=2).mean()

    a, b = shown[:1000], drawn[:1000]
    energy = 2 * distance(a, b) - distance(a, a) - distance(b, b)
    moved = 2 * distance(a, b + 0.2) - distance(a, a) - distance(b, b)
    assert energy < 0.01 < moved


@pytest.mark.parametrize("prior", PRIORS)
def test_more_draws_begin_with_the_same(prior, aae):
    model = aae(prior)
    few, more = model.draw_latents(2, seed=5), model.draw_latents(9, seed=5)
    np.testing.assert_allclose(few, more[:2], rtol=1e-5, atol=1e-6)


def test_the_mixture_has_ten_petals(aae):
    points = pairs(aae("mixture").draw_latents(COUNT))
    component = np.rint(np.angle(points[np.abs(points).min(axis=1) > 1]) / (2 * np.pi / 10)) % 10
    # In every pair the same, and each as likely as the others.
    assert (component[:, 0] == component[:, 1]).mean() > 0.97
    np.testing.assert_allclose(
        np.bincount(component[:, 0].astype(int)) / len(component), 0.1, atol=0.01
    )


@pytest.fixture(scope="module")
def labeled(create):
    """`labeled(prior)`: an adversarial autoencoder of three classes."""
    models = {prior: create("aae", prior=prior, labels=3) for prior in PRIORS}
    return models.__getitem__


def test_a_label_chooses_the_petal(labeled):
    points = pairs(labeled("mixture").draw_latents(COUNT, label=2))
    turned = points * np.exp(-2j * np.pi * 2 / 3)
    np.testing.assert_allclose(turned.mean(axis=0), 1.4, atol=0.02)
    np.testing.assert_allclose(turned.real.std(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(turned.imag.std(axis=0), 0.1, atol=0.003)


def test_a_label_chooses_the_section_of_the_roll(labeled):
    radius = np.abs(pairs(labeled("swiss_roll").draw_latents(COUNT, label=1))) / 3
    np.testing.assert_allclose([radius.min() ** 2, radius.max() ** 2], [1 / 3, 2 / 3], atol=1e-3)


@pytest.mark.parametrize("prior", PRIORS)
def test_without_a_label_every_class_is_as_likely(prior, labeled):
    model = labeled(prior)
    together = np.concatenate([model.draw_latents(COUNT // 3, 1, label) for label in range(3)])
    drawn = model.draw_latents(COUNT)
    np.testing.assert_allclose(drawn.mean(axis=0), together.mean(axis=0), atol=0.04)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(together.T), atol=0.06)


@pytest.mark.parametrize("label", [-1, 3])
def test_an_unknown_label_is_refused(label, labeled):
    with pytest.raises(ValueError, match=rf"one of the model's 3 classes.*Received: {label}"):
        labeled("mixture").draw_latents(2, label=label)


def test_the_swiss_roll_is_a_spiral_filled_evenly(aae):
    points = pairs(aae("swiss_roll").draw_latents(COUNT))
    radius, turns = np.abs(points) / 3, np.angle(points) / (2 * np.pi)
    assert radius.max() <= 1.0001
    off = (2 * radius - turns + 0.5) % 1 - 0.5  # two turns from the center to the rim
    assert np.abs(off[radius > 0.05]).max() < 1e-4
    # The share within a radius is its square: as even as a disc.
    np.testing.assert_allclose(
        [(radius < r).mean() for r in (0.3, 0.6, 0.9)], [0.09, 0.36, 0.81], atol=0.01
    )
    tenth = np.floor(10 * radius**2 - 1e-5)
    assert (tenth[:, 0] == tenth[:, 1]).mean() > 0.99
