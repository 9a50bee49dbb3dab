import numpy as np
import pytest

from keras_resgen.latent import project


def error(model, latents, images, attributes=None):
    return np.square(model.generate(latents, attributes) - images).mean()


@pytest.mark.parametrize("attributes", [0, 2])
def test_the_image_of_what_is_found_is_near_the_image(create, attributes):
    model = create("gan", normalization="none", attributes=attributes)
    for network in model.networks.values():  # steeper than at the start of a training
        network.set_weights([3.0 * weight for weight in network.get_weights()])
    attributes_given = np.array([[1, 0], [0, 1]])[:, :attributes] if attributes else None
    hidden = model.draw_latents(2, seed=9)
    images = model.generate(hidden, attributes_given)
    before = [weight.copy() for weight in model.get_weights()]
    drawn = error(model, model.draw_latents(2, seed=1), images, attributes_given)
    found = project(model, images, attributes=attributes_given, steps=150, prior_weight=0.0)
    assert error(model, found, images, attributes_given) < 0.02 * drawn
    for weight, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert model.generator.trainable


def test_one_row_of_attributes_is_for_all(create, images):
    model = create("gan", attributes=2)
    one, each = (
        project(model, images[:3], attributes=attributes_given, steps=2)
        for attributes_given in ([1, 0], np.tile([1, 0], (3, 1)))
    )
    np.testing.assert_allclose(one, each, atol=1e-6)


def test_a_prior_keeps_vectors_short(create):
    model = create("gan", normalization="none")
    images = model.sample(2, seed=9)
    free = project(model, images, steps=30, prior_weight=0.0)
    short = project(model, images, steps=30, prior_weight=10.0)
    assert np.linalg.norm(short) < 0.5 * np.linalg.norm(free)


def test_the_same_seed_finds_the_same(create, images):
    model = create("gan")
    one, other = (project(model, images[:2], steps=3, seed=4) for _ in range(2))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_decoders_are_searched_too(create, images):
    model = create("ae")
    assert project(model, images[:2], steps=2).shape == (2, 4)


@pytest.mark.parametrize(
    ("shape", "options"), [((2, 16, 16, 3), {}), ((2, 32, 32, 3), {"steps": 0})]
)
def test_what_cannot_be_projected_is_refused(create, shape, options):
    with pytest.raises(ValueError, match=r"images of shape \(count, 32, 32, 3\)"):
        project(create("gan"), np.zeros(shape), **options)
