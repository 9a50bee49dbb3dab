import numpy as np
import pytest
from PIL import Image, ImageFilter

from keras_resgen.data import faces
from keras_resgen.metrics.pyramid import sharpness


@pytest.fixture(scope="module")
def drawn():
    return faces.draw(faces.sample_factors(24), 64)


def blurred(images, radius):
    filtered = (Image.fromarray(one).filter(ImageFilter.GaussianBlur(radius)) for one in images)
    return np.stack([np.asarray(one) for one in filtered]) / 255.0


def test_it_falls_with_every_dose_of_blur(drawn):
    found = [sharpness(drawn / 255.0, blurred(drawn, radius)) for radius in (0.5, 1.0, 2.0)]
    assert 0.9 > found[0] > found[1] > found[2] > 0.0


def test_other_real_images_are_as_sharp(drawn):
    assert sharpness(drawn[:12] / 255.0, drawn[12:] / 255.0) == pytest.approx(1.0, abs=0.35)


def test_noise_is_detail(drawn):
    noise = 0.1 * np.random.default_rng(0).standard_normal(drawn.shape)
    assert sharpness(drawn / 255.0, drawn / 255.0 + noise) > 1.5


def test_a_gradient_has_no_detail():
    ramp = np.linspace(0.0, 1.0, 32)[None, :, None, None] * np.ones((1, 32, 32, 1))
    checkers = np.indices((32, 32)).sum(axis=0)[None, :, :, None] % 2
    assert sharpness(checkers.astype(float), ramp) < 1e-3


def test_images_of_one_level_are_refused():
    with pytest.raises(ValueError, match="at least 32 pixels"):
        sharpness(np.zeros((1, 16, 16, 1)), np.zeros((1, 16, 16, 1)))
