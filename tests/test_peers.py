"""The models of the Keras guides train, and evaluations can measure them."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from tests.backends import only_on

pytestmark = [pytest.mark.slow, only_on("tensorflow")]


@pytest.mark.parametrize("function", ["train_dcgan", "train_wgan_gp"])
def test_the_models_of_the_keras_guides_train_and_generate(function, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts/experiments"))
    train = getattr(import_module("peers.keras_guides"), function)
    images = np.random.default_rng(0).random((32, 32, 32, 3), "float32")
    peer = train(images, images[:8], width=4, latent_dim=6, epochs=1, seed=0)
    assert not peer.has_encoder
    samples = peer.sample(5, seed=1)
    assert samples.shape == (5, 32, 32, 3)
    assert 0.0 <= samples.min() < samples.max() <= 1.0
    np.testing.assert_array_equal(samples, peer.sample(5, seed=1))
    assert peer.parameters > 1000
