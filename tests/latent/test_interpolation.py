import numpy as np
import pytest

from keras_resgen.latent import interpolate, linear, spherical


def test_linear_has_equal_steps_between_its_ends():
    start, end = np.array([0.0, 2.0]), np.array([4.0, -2.0])
    points = linear(start, end, 5)
    np.testing.assert_allclose(points[[0, -1]], [start, end])
    np.testing.assert_allclose(np.diff(points, axis=0), np.tile([1.0, -1.0], (4, 1)))


def test_spherical_keeps_the_norm_and_equal_angles():
    rng = np.random.default_rng(0)
    start, end = rng.standard_normal((2, 64))
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    points = spherical(start, end, 7)
    np.testing.assert_allclose(points[[0, -1]], [start, end], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0)
    cosines = np.sum(points[1:] * points[:-1], axis=1)
    np.testing.assert_allclose(cosines, cosines[0])


@pytest.mark.parametrize("end", [np.array([2.0, 0.0]), np.zeros(2)])
def test_spherical_of_parallel_or_zero_vectors_is_the_straight_line(end):
    start = np.array([1.0, 0.0])
    np.testing.assert_allclose(spherical(start, end, 3), linear(start, end, 3))


@pytest.mark.parametrize("path", [linear, spherical])
def test_whole_numbers_are_not_rounded(path):
    start, end = np.array([1, 0]), np.array([0, 1])
    np.testing.assert_allclose(path(start, end, 3), path(start * 1.0, end * 1.0, 3))


def test_both_keep_float32():
    start, end = np.eye(2, 8, dtype="float32")
    assert linear(start, end, 3).dtype == np.float32
    assert spherical(start, end, 3).dtype == np.float32


@pytest.mark.parametrize("path", [linear, spherical])
def test_errors_say_what_was_received(path):
    with pytest.raises(ValueError, match=r"Received: shapes \(2,\) and \(3,\)"):
        path(np.zeros(2), np.zeros(3), 4)
    with pytest.raises(ValueError, match="Received: 1"):
        path(np.zeros(2), np.zeros(2), 1)


class Model:
    """One whose images are its latent vectors."""

    def __init__(self, has_encoder):
        self.has_encoder = has_encoder

    def generate(self, latents, attributes):
        return latents if attributes is None else (latents, attributes)


def test_interpolation_is_linear_between_codes_and_spherical_between_draws():
    points = np.eye(4)
    for has_encoder, path in ((True, linear), (False, spherical)):
        images = interpolate(Model(has_encoder), points, 3)
        expected = [path(points[0], points[1], 3), path(points[2], points[3], 3)]
        np.testing.assert_allclose(images, np.concatenate(expected))


def test_attributes_change_evenly_on_the_way():
    attributes = np.array([[0, 1], [1, 1], [1, 0], [1, 0]])
    images, condition = interpolate(Model(has_encoder=False), np.eye(4), 3, attributes)
    np.testing.assert_array_equal(images, interpolate(Model(has_encoder=False), np.eye(4), 3))
    np.testing.assert_array_equal(condition, [[0, 1], [0.5, 1], [1, 1], *[[1, 0]] * 3])


@pytest.mark.parametrize("count", [0, 3])
def test_points_that_are_no_pairs_are_refused(count):
    with pytest.raises(ValueError, match=f"alternate starts and ends. Received: {count} points"):
        interpolate(Model(has_encoder=True), np.eye(4)[:count], 3)
