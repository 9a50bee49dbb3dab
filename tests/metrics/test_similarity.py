"""Similarities of images against TensorFlow's."""

import numpy as np
import pytest

from keras_resgen.metrics.similarity import SCALE_WEIGHTS, multiscale_ssim, psnr, ssim
from tests.backends import only_on


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    smooth = np.repeat(np.repeat(generator.random((3, 8, 8, 3)), 8, axis=1), 8, axis=2)
    noisy = np.clip(smooth + 0.1 * generator.standard_normal(smooth.shape), 0.0, 1.0)
    return smooth.astype("float32"), noisy.astype("float32")


@only_on("tensorflow")
def test_similarities_are_tensorflows(images):
    import tensorflow as tf

    np.testing.assert_allclose(psnr(*images), tf.image.psnr(*images, 1.0), rtol=1e-5)
    np.testing.assert_allclose(ssim(*images), tf.image.ssim(*images, 1.0), rtol=1e-4)
    weights = np.array(SCALE_WEIGHTS[:3]) / sum(SCALE_WEIGHTS[:3])
    expected = tf.image.ssim_multiscale(*images, 1.0, power_factors=weights.tolist())
    np.testing.assert_allclose(multiscale_ssim(*images), expected, rtol=1e-4)
    large = [np.repeat(np.repeat(x, 3, axis=1), 3, axis=2) for x in images]
    expected = tf.image.ssim_multiscale(*large, 1.0)
    np.testing.assert_allclose(multiscale_ssim(*large), expected, rtol=1e-4)


def test_more_noise_is_less_similar(images):
    clean, noisy = images
    for similarity in (psnr, ssim, multiscale_ssim):
        values = [
            np.asarray(similarity(clean, clean + share * (noisy - clean)))
            for share in (0.1, 0.5, 1.0)
        ]
        assert (values[0] > values[1]).all()
        assert (values[1] > values[2]).all()


def test_equal_images_are_finite():
    image = np.zeros((1, 32, 32, 1), "float32")
    assert np.asarray(psnr(image, image)).tolist() == [100.0]
    assert np.asarray(multiscale_ssim(image, image)).tolist() == [1.0]


def test_images_smaller_than_a_window_are_refused():
    image = np.zeros((1, 8, 8, 1), "float32")
    with pytest.raises(ValueError, match=r"at least 11 pixels. Received: shape"):
        ssim(image, image)
