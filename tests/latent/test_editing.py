import numpy as np
import pytest

from keras_resgen.latent import ContextualDirection, edit, moved, sweep, sweep_codes


class Linear:
    """A model whose codes are the first two pixels, and whose images are those and zeros."""

    def encode(self, images):
        return images.reshape(len(images), -1)[:, :2]

    def generate(self, codes, attributes=None):
        images = np.zeros((len(codes), 2, 2, 1), "float32")
        images.reshape(len(codes), -1)[:, :2] = np.clip(codes, 0.0, 1.0)
        return images


IMAGES = np.random.default_rng(0).random((3, 2, 2, 1), "float32") / 2
DIRECTIONS = {"a": np.array([0.5, 0.0]), "b": np.array([0.0, -0.2])}


def test_codes_move_by_the_sum_of_all_steps():
    found = moved(np.ones((2, 2)), DIRECTIONS, {"a": 2.0, "b": -1.0})
    np.testing.assert_allclose(found, [[2.0, 1.2], [2.0, 1.2]])
    np.testing.assert_array_equal(moved(np.ones((2, 2)), DIRECTIONS, {}), np.ones((2, 2)))


def test_an_unknown_attribute_is_named():
    with pytest.raises(ValueError, match=r"among \['a', 'b'\]. Received: c"):
        moved(np.ones((2, 2)), DIRECTIONS, {"c": 1.0})


def test_an_edit_is_the_image_of_the_moved_code():
    edited = edit(Linear(), IMAGES, DIRECTIONS, {"a": 0.5})
    np.testing.assert_allclose(edited[:, 0, 0], IMAGES[:, 0, 0] + 0.25)
    np.testing.assert_array_equal(edited[:, 1], np.zeros((3, 2, 1)))


def test_details_that_the_model_does_not_know_can_be_kept():
    edited = edit(Linear(), IMAGES, DIRECTIONS, {"a": 0.5}, keep_details=True)
    np.testing.assert_allclose(edited[:, 0, 0], IMAGES[:, 0, 0] + 0.25)
    np.testing.assert_allclose(edited[:, 1], IMAGES[:, 1])
    strong = edit(Linear(), IMAGES, DIRECTIONS, {"a": 100.0}, keep_details=True)
    assert strong.max() <= 1.0


def test_a_sweep_is_an_edit_of_each_share():
    strengths = {"a": 0.6, "b": -1.0}
    steps = sweep(Linear(), IMAGES, DIRECTIONS, strengths, np.array([0.0, 0.5, 1.0]))
    assert steps.shape == (3, 3, 2, 2, 1)
    for i, share in enumerate((0.0, 0.5, 1.0)):
        expected = edit(Linear(), IMAGES, DIRECTIONS, {"a": share * 0.6, "b": -share})
        np.testing.assert_allclose(steps[:, i], expected)


def test_draws_are_swept_as_codes_are():
    given = DIRECTIONS, {"a": 1.0}, np.array([0.0, 0.5])
    np.testing.assert_array_equal(
        sweep_codes(Linear(), Linear().encode(IMAGES), *given), sweep(Linear(), IMAGES, *given)
    )


def test_a_direction_may_depend_on_the_code():
    # Away from the mean along the first dimension, the second changes by twice as much.
    direction = ContextualDirection(
        np.array([0.1, 0.0]), np.array([[1.0], [0.0]]), np.array([[0.0, 0.0], [0.0, 2.0]])
    )
    codes = Linear().encode(IMAGES)
    found = moved(codes, {**DIRECTIONS, "a": direction}, {"a": 0.5, "b": 1.0})
    np.testing.assert_allclose(found[:, 0], codes[:, 0])
    np.testing.assert_allclose(found[:, 1], codes[:, 1] + (codes[:, 0] - 0.1) - 0.2, rtol=1e-6)
