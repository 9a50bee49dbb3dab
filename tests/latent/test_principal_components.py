import numpy as np
import pytest

from keras_resgen.latent import PrincipalComponents, component_directions


def test_component_directions_are_as_long_as_a_deviation_and_have_one_sign():
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    codes = rng.normal(size=(20_000, 5)) * [5.0, 4.0, 3.0, 2.0, 1.0] @ turn + 7.0
    found = np.stack(list(component_directions(codes, 3).values()))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [5.0, 4.0, 3.0], rtol=0.03)
    assert (np.abs(np.einsum("id,id->i", found, turn[:3])) > [4.9, 3.9, 2.9]).all()
    assert (found[np.arange(3), np.abs(found).argmax(axis=1)] > 0).all()


@pytest.mark.parametrize("count", [30, 200])  # fewer images than values, and more
def test_they_are_those_of_the_singular_value_decomposition(count):
    images = np.random.default_rng(0).random((count, 4, 4, 3), "float32") ** 2
    model = PrincipalComponents.fit(images, latent_dim=5)
    rows = images.reshape(count, -1)
    centered = rows - rows.mean(axis=0)
    _, values, vectors = np.linalg.svd(centered, full_matrices=False)
    np.testing.assert_allclose(np.abs(model.components @ vectors[:5].T), np.eye(5), atol=2e-3)
    np.testing.assert_allclose(model.deviations, values[:5] / np.sqrt(count - 1), rtol=1e-4)
    codes = model.encode(images)
    np.testing.assert_allclose(np.cov(codes.T), np.eye(5), atol=1e-3)
    best = centered @ vectors[:5].T @ vectors[:5] + rows.mean(axis=0)
    expected = np.clip(best, 0, 1).reshape(images.shape)
    np.testing.assert_allclose(model.reconstruct(images), expected, atol=1e-4)


def test_new_images_are_encoded_as_they_are_generated():
    images = np.random.default_rng(1).random((50, 4, 4, 1), "float32")
    model = PrincipalComponents.fit(images, latent_dim=8)
    codes = 0.1 * np.random.default_rng(2).normal(size=(3, 8))  # so small that no pixel is cut off
    np.testing.assert_allclose(model.encode(model.generate(codes)), codes, atol=1e-4)
    assert model.latent_dim == 8


@pytest.mark.parametrize("latent_dim", [0, 10, 17])
def test_more_components_than_there_are_are_refused(latent_dim):
    with pytest.raises(ValueError, match=f"from 1 to 9.*Received: {latent_dim}"):
        PrincipalComponents.fit(np.zeros((10, 4, 4, 1)), latent_dim)
