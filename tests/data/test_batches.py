import itertools
from functools import partial

import numpy as np
import pytest

from keras_resgen.data.batches import (
    batch_rows,
    evaluation_batches,
    steps_per_epoch,
    training_batches,
)
from keras_resgen.data.image_set import ImageRows
from keras_resgen.data.shuffling import permutation


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (23, 8, 8, 3), dtype=np.uint8)


def take(dataset, count):
    return [batch.numpy() for batch in itertools.islice(dataset, count)]


def test_permutation_is_pinned_for_ever():
    assert permutation(8, seed=7, stream=3).tolist() == [2, 5, 7, 3, 0, 6, 4, 1]


def test_permutation_holds_every_row_once_and_differs_between_streams_and_seeds():
    orders = [permutation(50, seed, stream) for seed, stream in ((0, 0), (0, 1), (1, 0))]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 3


def test_batches_hold_the_rows_that_batch_rows_names(images):
    rows = batch_rows(len(images), 4, seed=5)
    for step, batch in enumerate(take(training_batches(images, 4, seed=5), 12)):
        assert batch.dtype == np.float32
        np.testing.assert_array_equal(batch, images[rows(step)] / np.float32(255))


def test_an_epoch_repeats_no_image_and_drops_the_remainder(images):
    rows = batch_rows(len(images), 4, seed=5)
    for epoch in range(3):
        seen = np.concatenate([rows(epoch * 5 + step) for step in range(5)])
        assert len(set(seen.tolist())) == 20


@pytest.mark.parametrize("start_step", [1, 4, 5, 13])
def test_resuming_at_a_step_gives_the_batches_of_a_run_never_stopped(images, start_step):
    whole = take(training_batches(images, 4, seed=2), start_step + 7)
    resumed = take(training_batches(images, 4, seed=2, start_step=start_step), 7)
    np.testing.assert_array_equal(resumed, whole[start_step:])


def test_shapes_are_static_and_the_range_is_zero_to_one(images):
    dataset = training_batches(images, 4, seed=0)
    assert dataset.element_spec.shape.as_list() == [4, 8, 8, 3]
    images[0, 0, 0] = 255
    images[1, 0, 0] = 0
    batches = np.concatenate(take(evaluation_batches(images, 4), 6))
    assert batches.min() == 0.0
    assert batches.max() == 1.0


def test_labels_stay_with_their_images(images):
    labels = images[:, 0, 0, 0].astype("int32")
    shuffled = itertools.islice(training_batches(images, 4, seed=0, labels=labels), 5)
    for batch in (*shuffled, *evaluation_batches(images, 10, labels)):
        pictures, given = batch
        np.testing.assert_array_equal(given, np.rint(255 * pictures[:, 0, 0, 0]))


def test_evaluation_keeps_order_and_remainder(images):
    dataset = evaluation_batches(images, 10)
    assert dataset.cardinality().numpy() == 3
    batches = take(dataset, 9)
    assert [len(batch) for batch in batches] == [10, 10, 3]
    np.testing.assert_array_equal(np.concatenate(batches), images / np.float32(255))


def test_chosen_rows_are_batched_like_a_plain_array(images):
    chosen = np.array([3, 1, 22, 7, 9])
    expected = take(training_batches(images[chosen], 2, seed=1), 5)
    np.testing.assert_array_equal(
        take(training_batches(ImageRows(images, chosen), 2, seed=1), 5), expected
    )


def test_batches_come_from_a_memory_map_without_reading_it_whole(tmp_path):
    file = tmp_path / "huge.u8"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a sparse terabyte
    huge = np.memmap(file, np.uint8, "r", shape=(2**28, 64, 64, 1))[: 2**20]
    (batch,) = take(training_batches(huge, 8, seed=0), 1)
    assert batch.shape == (8, 64, 64, 1)


def test_steps_per_epoch_counts_full_batches():
    assert steps_per_epoch(100, 32) == 3
    assert steps_per_epoch(32, 32) == 1


@pytest.mark.parametrize(("count", "batch_size"), [(3, 4), (0, 1), (5, 0), (5, -1)])
def test_fewer_images_than_a_batch_are_refused(count, batch_size):
    images = np.zeros((count, 8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match=rf"batch_size={batch_size} with {count} images"):
        training_batches(images, batch_size, seed=0)


def test_a_bad_seed_or_step_is_refused_before_training(images):
    for seed in (-1, 2**64):
        with pytest.raises(ValueError, match=rf"seed={seed}"):
            training_batches(images, 4, seed=seed)
    with pytest.raises(ValueError, match="start_step=-1"):
        training_batches(images, 4, seed=0, start_step=-1)


def test_images_that_are_scaled_already_are_refused(images):
    for make in (evaluation_batches, lambda i, b: training_batches(i, b, seed=0)):
        with pytest.raises(ValueError, match="float32"):
            make(images.astype(np.float32), 4)


def test_evaluation_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 images"):
        evaluation_batches(np.zeros((0, 8, 8, 3), np.uint8), 4)


@pytest.mark.parametrize("make", [partial(training_batches, seed=0), evaluation_batches])
def test_an_epoch_does_not_wait_for_a_tuner_at_its_end(make):
    """The tuner wakes after 2.55, 5.11, 10.23... seconds, and the end of an iteration with it."""
    batches = make(np.zeros((8, 32, 32, 3), "uint8"), 4)
    assert batches.options().autotune.enabled is False
