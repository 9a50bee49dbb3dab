import numpy as np
import pytest

from keras_resgen.metrics.collapse import diversity, duplicates, pairwise_similarity
from keras_resgen.metrics.similarity import multiscale_ssim

REAL = np.random.default_rng(0).normal(size=(300, 5))


def test_copies_are_found_and_real_rows_are_hardly_ever_near():
    others = np.random.default_rng(1).normal(size=(300, 5))
    assert duplicates(REAL, others) < 0.05
    assert duplicates(REAL, np.repeat(others[:30], 10, axis=0)) == 1.0
    half = np.concatenate([others[:150], np.repeat(others[150:165], 10, axis=0)])
    assert 0.5 <= duplicates(REAL, half) < 0.55


def test_copies_among_the_real_rows_hide_nothing():
    real = np.concatenate([REAL[:280], REAL[:20]])
    assert duplicates(real, np.repeat(REAL[:30], 10, axis=0)) == 1.0


def test_diversity_is_the_share_of_variance():
    assert abs(diversity(REAL, 0.5 * REAL + 3.0) - 0.25) < 1e-12
    assert diversity(REAL, np.ones((300, 5))) == 0.0


def test_similarity_is_that_of_neighbors_in_pairs():
    images = np.random.default_rng(0).random((7, 32, 32, 3), "float32")
    pairs = [multiscale_ssim(images[i : i + 1], images[i + 1 : i + 2]) for i in (0, 2, 4)]
    assert pairwise_similarity(images) == pytest.approx(np.mean([float(x[0]) for x in pairs]), 1e-5)
    with pytest.raises(ValueError, match="Received: 1"):
        pairwise_similarity(images[:1])


def test_a_model_that_repeats_itself_makes_pairs_alike():
    images = np.random.default_rng(0).random((200, 32, 32, 1), "float32")
    repeated = np.repeat(images[:100], 2, axis=0)
    assert pairwise_similarity(repeated) > 0.99 > 0.3 > pairwise_similarity(images)
