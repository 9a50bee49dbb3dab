import numpy as np
import pytest

from keras_resgen.metrics.paths import largest_step, path_length_ratio


def test_a_detour_is_as_long_as_its_legs():
    path = np.array([[[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]]])
    assert path_length_ratio(path) == pytest.approx(5.0 / 7.0)
    assert largest_step(path) == pytest.approx(4.0 / 3.5)


def test_a_jump_is_all_of_the_path():
    jump = np.zeros((1, 9, 2))
    jump[:, 5:] = [3.0, 4.0]
    assert path_length_ratio(jump) == 1.0
    assert largest_step(jump) == 8.0


def test_the_mean_is_over_paths_that_move():
    still = np.zeros((1, 3, 2))
    straight = np.array([[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]])
    there_and_back = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]])
    assert path_length_ratio(np.concatenate([still, straight, there_and_back])) == 0.5
    assert np.isnan(largest_step(still))


def test_two_images_are_no_path():
    with pytest.raises(ValueError, match=r"at least three steps. Received: shape \(4, 2, 3\)"):
        path_length_ratio(np.zeros((4, 2, 3)))
