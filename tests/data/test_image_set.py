import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.data.pictures import contact_sheet
from keras_resgen.data.tables import attribute_table, factor_table


@pytest.fixture
def image_set():
    random = np.random.default_rng(0)
    return ImageSet(
        random.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8),
        tuple(f"{index}.png" for index in range(40)),
        "folder:pictures",
        "abc",
        attributes={"Smiling": np.arange(40) % 4 == 0},
        factors={"yaw": np.linspace(-1, 1, 40), "color": random.random((40, 2))},
        notes=("Column 'mood' was left out.",),
    )


def test_it_prints_in_one_line_without_its_arrays(image_set):
    assert repr(image_set) == "ImageSet(40 images, 8x8x3, 1 attributes)"
    skipped = dataclasses.replace(image_set, attributes={}, skipped=(("a.png", "torn"),))
    assert repr(skipped) == "ImageSet(40 images, 8x8x3, 1 skipped)"
    rows = ImageRows(image_set.images, np.arange(3))
    assert repr(rows) == "ImageRows(shape=(3, 8, 8, 3), dtype=uint8)"


def test_a_notebook_shows_the_first_images_as_a_contact_sheet(image_set):
    picture = np.asarray(Image.open(io.BytesIO(image_set._repr_png_())))
    np.testing.assert_array_equal(picture, contact_sheet(image_set.images[:32], 8, padding=2))
    gray = dataclasses.replace(image_set, images=image_set.images[:3, ..., :1])
    assert Image.open(io.BytesIO(gray._repr_png_())).size == (3 * 10 + 2, 12)


def test_sizes_are_read_from_the_images(image_set):
    assert (len(image_set), image_set.image_size, image_set.channels) == (40, 8, 3)


@pytest.mark.parametrize(("held_out", "expected"), [(0.25, 10), (7, 7), (1, 1), (39, 39)])
def test_split_parts_every_image_once(image_set, held_out, expected):
    parts = image_set.split(held_out, seed=3)
    assert [len(part) for part in parts] == [40 - expected, expected]
    assert sorted(parts[0].names + parts[1].names) == sorted(image_set.names)


def test_split_is_pinned_for_ever(image_set):
    held_out = image_set.split(4, seed=0)[1]
    assert held_out.names == ("17.png", "25.png", "27.png", "32.png")


def test_split_depends_on_the_seed_alone(image_set):
    first, again, other = (image_set.split(0.5, seed)[1] for seed in (0, 0, 1))
    assert first.names == again.names != other.names
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert len({first.fingerprint, image_set.split(0.5, 0)[0].fingerprint, "abc"}) == 3


def test_parts_keep_everything_of_their_images(image_set):
    for part in image_set.split(0.3, seed=0):
        rows = [image_set.names.index(name) for name in part.names]
        assert rows == sorted(rows)
        np.testing.assert_array_equal(part.images[:], image_set.images[rows])
        np.testing.assert_array_equal(part.attribute("Smiling"), np.array(rows) % 4 == 0)
        np.testing.assert_array_equal(part.factors["yaw"], image_set.factors["yaw"][rows])
        assert part.source == image_set.source


def test_a_part_can_be_parted_again(image_set):
    train, held_out = image_set.split(0.5, seed=0)[0].split(5, seed=1)
    for part in (train, held_out):
        rows = [image_set.names.index(name) for name in part.names]
        np.testing.assert_array_equal(part.images, image_set.images[rows])


@pytest.mark.parametrize(
    "held_out", [0, 40, 41, -1, 0.0, 1.0, 0.001, 1.5, float("nan"), float("inf")]
)
def test_empty_parts_are_refused(image_set, held_out):
    with pytest.raises(ValueError, match="held_out="):
        image_set.split(held_out, seed=0)


def test_an_unknown_attribute_is_refused_by_naming_the_known_ones(image_set):
    with pytest.raises(ValueError, match=r"Smiling. Received: 'Smile'.*'mood' was left out"):
        image_set.attribute("Smile")


def test_rows_read_like_an_array(image_set):
    chosen = np.array([5, 1, 39, 7])
    rows, expected = ImageRows(image_set.images, chosen), image_set.images[chosen]
    assert (rows.shape, rows.dtype, rows.ndim, len(rows)) == ((4, 8, 8, 3), np.uint8, 4, 4)
    keys = (
        0,
        -1,
        slice(1, 3),
        [2, 0],
        np.array([3, 3]),
        (0, 4),
        (slice(2), slice(4), 0),
        (1, ..., 2),
    )
    for key in keys:
        np.testing.assert_array_equal(rows[key], expected[key])
    np.testing.assert_array_equal(np.asarray(rows, np.float32), expected)
    np.testing.assert_array_equal(list(rows), expected)
    np.testing.assert_array_equal(contact_sheet(rows, 2), contact_sheet(expected, 2))
    with pytest.raises(IndexError):
        rows[4]


def test_attribute_table_gives_counts_and_shares(image_set):
    assert attribute_table(image_set) == [{"attribute": "Smiling", "count": 10, "share": 0.25}]


def test_factor_table_gives_a_row_for_each_number(image_set):
    rows = {row["factor"]: row for row in factor_table(image_set)}
    assert list(rows) == ["color[0]", "color[1]", "yaw"]
    assert rows["yaw"]["minimum"] == -1
    assert rows["yaw"]["maximum"] == 1
    assert rows["yaw"]["mean"] == pytest.approx(0)
    assert rows["color[1]"]["mean"] == pytest.approx(image_set.factors["color"][:, 1].mean())


def test_photographs_have_no_factors(image_set):
    photographs = ImageSet(image_set.images, image_set.names, "folder:x", "abc")
    assert factor_table(photographs) == []
    assert attribute_table(photographs) == []
