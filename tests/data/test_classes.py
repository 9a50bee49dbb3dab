"""Labeled images in a folder for each class."""

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.classes import load_classes


@pytest.fixture
def folder(tmp_path):
    """Cats of level 50 and dogs of level 200, four of each."""
    for name, level in (("dogs", 200), ("cats", 50)):
        (tmp_path / name).mkdir()
        for i in range(4):
            pixels = np.full((8, 8, 3), level, "uint8")
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_classes_are_numbered_by_name(folder):
    images, labels = load_classes(folder, (8, 8, 3))
    assert images.shape == (8, 8, 8, 3)
    assert sorted(labels) == [0] * 4 + [1] * 4
    np.testing.assert_allclose(images[labels == 0], 50 / 255, atol=1e-6)
    np.testing.assert_allclose(images[labels == 1], 200 / 255, atol=1e-6)


def test_some_are_taken_at_random_the_same_for_a_seed(folder):
    first, again = (load_classes(folder, (4, 4, 1), count=5, seed=3) for _ in range(2))
    assert first[0].shape == (5, 4, 4, 1)
    np.testing.assert_array_equal(first[1], again[1])
    assert len(set(first[1])) == 2


def test_a_folder_without_classes_is_refused(folder):
    with pytest.raises(ValueError, match="a folder for each class"):
        load_classes(folder / "cats", (8, 8, 3))
