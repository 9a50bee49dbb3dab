import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.pictures import contact_sheet, reconstruction_sheet, save_png


def test_images_are_laid_out_in_rows():
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 1), np.uint8)
    np.testing.assert_array_equal(contact_sheet(images, 3)[::2, ::3, 0], [[0, 1, 2], [3, 4, 255]])


def test_scale_and_padding():
    sheet = contact_sheet(np.zeros((3, 2, 2, 3), np.uint8), 2, scale=3, padding=1)
    assert sheet.shape == (15, 15, 3)
    assert (sheet[[0, 7, 14]] == 255).all()
    assert (sheet[:, [0, 7, 14]] == 255).all()
    assert (sheet[1:7, 1:7] == 0).all()
    assert (sheet[8:14, 8:14] == 255).all()


def test_fewer_images_than_columns_leave_no_gap():
    assert contact_sheet(np.zeros((2, 4, 4, 1), np.uint8), 8).shape == (4, 8, 1)


def test_floats_are_clipped_and_rounded():
    values = np.array([-0.5, 0.0, 0.5, 1.0, 2.0, np.nan], np.float32).reshape(6, 1, 1, 1)
    assert contact_sheet(values, 6).ravel().tolist() == [0, 0, 128, 255, 255, 0]


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (4, 4, 3), (2, 4, 4, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="count, height, width, 1 or 3"):
        contact_sheet(np.zeros(shape, np.uint8), 2)


def test_numbers_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="Received: int64"):
        contact_sheet(np.zeros((1, 4, 4, 3), np.int64), 1)


@pytest.mark.parametrize(("shape", "mode"), [((4, 6), "L"), ((4, 6, 1), "L"), ((4, 6, 3), "RGB")])
def test_png_files_hold_the_pixels(tmp_path, shape, mode):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path / "new" / "picture.png"
    save_png(path, picture)
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", mode)
        np.testing.assert_array_equal(np.asarray(image), picture.squeeze())


def test_originals_stand_above_their_reconstructions():
    images = np.stack([np.full((4, 4, 1), value / 10) for value in range(4)])
    sheet = reconstruction_sheet(images, images + 0.5, columns=2)
    values = sheet[3::6, 3::6, 0] / 255
    np.testing.assert_allclose(values, [[0, 0.1], [0.5, 0.6], [0.2, 0.3], [0.7, 0.8]], atol=0.01)


def test_a_last_row_that_is_not_full_is_filled_up_with_white():
    images = np.zeros((3, 4, 4, 1))
    sheet = reconstruction_sheet(images, images + 0.5, columns=2)
    values = sheet[3::6, 3::6, 0] / 255
    np.testing.assert_allclose(values, [[0, 0], [0.5, 0.5], [0, 1], [0.5, 1]], atol=0.01)
