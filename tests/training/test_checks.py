"""Checks of the data that `fit` and `evaluate` receive."""

import numpy as np
import pytest
import tensorflow as tf

from keras_resgen.training.checks import check_data

SHAPE = (32, 32, 3)
GOOD = np.zeros((8, *SHAPE), "float32")


def with_value(value):
    images = GOOD.copy()
    images[3, 5, 7, 1] = value
    return images


REFUSED = {
    "uint8": (GOOD.astype("uint8"), {}, "floats.*Received: uint8.*Divide by 255"),
    "nan": (with_value(np.nan), {}, "floats in.*Received: values from nan.*Rescale"),
    "infinite": (with_value(np.inf), {}, "Received: values from 0 to inf.*Rescale"),
    "negative": (with_value(-0.5), {}, "Received: values from -0.5 to 0.*Rescale"),
    "over_one": (with_value(2.0), {}, "Received: values from 0 to 2.*Rescale"),
    "size": (GOOD[:, :16], {}, r"\(batch, 32, 32, 3\).*Received: shape.*16, 32, 3\).*Resize"),
    "channels": (GOOD[..., :1], {}, r"Received: shape \(8, 32, 32, 1\).*Resize"),
    "rank": (GOOD[0], {}, r"Received: shape \(32, 32, 3\).*Resize"),
    "empty": (GOOD[:0], {}, "at least one image.*Received: an empty array.*Give more"),
    "batch": (
        GOOD,
        {"batch_size": 4, "updates": 3},
        "multiple of 3.*Received: a batch of 4.*Choose",
    ),
    "remainder": (GOOD, {"batch_size": 6, "updates": 3}, "Received: a batch of 2.*drop"),
    "default_batch": (np.zeros((40, *SHAPE)), {"updates": 5}, "Received: a batch of 32"),
    "dataset_shape": (tf.data.Dataset.from_tensors(GOOD[:, :16]), {}, "Received: shape"),
    "dataset_parts": (tf.data.Dataset.from_tensors(GOOD), {"updates": 3}, "Received: a batch of 8"),
    "dataset_uint8": (
        tf.data.Dataset.from_tensors(GOOD.astype("uint8")),
        {},
        "floats.*Received: uint8",
    ),
    "dataset_empty": (
        tf.data.Dataset.from_tensor_slices(GOOD).batch(16, drop_remainder=True),
        {},
        "at least one batch.*Received: a data set with none.*Give more images",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unsuitable_data_are_refused(name):
    images, options, message = REFUSED[name]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        check_data(images, SHAPE, **options)


ACCEPTED = {
    "array": (GOOD, {}),
    "double": (GOOD.astype("float64"), {}),
    "fewer_than_a_batch": (GOOD[:5], {"batch_size": 32, "updates": 5}),
    "divisible": (GOOD, {"batch_size": 6, "updates": 2}),
    "unknown_batch": (tf.data.Dataset.from_tensor_slices(GOOD).batch(3), {"updates": 5}),
    "unknown_length": (tf.data.Dataset.from_tensor_slices(GOOD).batch(3).repeat(), {}),
    "pairs": (tf.data.Dataset.from_tensors((GOOD, GOOD)), {}),
    "generator": ((GOOD for _ in range(2)), {}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_suitable_data_are_accepted(name):
    images, options = ACCEPTED[name]
    check_data(images, SHAPE, **options)


def test_distributed_data_sets_are_checked_for_emptiness():
    class Distributed:  # its cardinality is a number, where a tf.data.Dataset has a method
        element_spec = object()
        cardinality = np.int64(0)

    with pytest.raises(ValueError, match="at least one batch"):
        check_data(Distributed(), SHAPE)


@pytest.mark.parametrize("family", ["ae", "wgan-gp"])
def test_fit_checks_before_it_trains(family, create):
    model = create(family)
    model.compile("sgd")
    model.run_train_step = None  # would raise if it were reached
    with pytest.raises(ValueError, match="Received: uint8"):
        model.fit(GOOD.astype("uint8"))
    with pytest.raises(ValueError, match="Received: values from nan"):
        model.fit(GOOD, validation_data=with_value(np.nan))
    with pytest.raises(ValueError, match="Received: shape"):
        model.fit(GOOD, validation_data=(GOOD[:, :16], None))
    with pytest.raises(ValueError, match="Received: uint8"):
        model.evaluate(GOOD.astype("uint8"))


def test_encode_checks_the_images(create):
    with pytest.raises(ValueError, match="Received: uint8"):
        create("ae").encode(GOOD.astype("uint8"))


@pytest.mark.parametrize("arguments", [(None, 3), ()])
def test_fit_checks_that_the_batch_divides(arguments, create):
    model = create("wgan-gp")
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"multiple of 2.*Received: a batch of 3"):
        model.fit(GOOD[:3], *arguments)


def test_fit_checks_the_training_part_of_a_split(create):
    model = create("wgan-gp")
    model.compile("sgd", run_eagerly=True)
    with pytest.raises(ValueError, match=r"multiple of 2.*Received: a batch of 3"):
        model.fit(GOOD[:6], validation_split=0.5)
    model.fit(GOOD[:5], validation_split=0.2, verbose=0)


def test_validation_data_disable_the_validation_split(create):
    model = create("wgan-gp")
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"multiple of 2.*Received: a batch of 3"):
        model.fit(GOOD[:3], validation_data=GOOD[:2], validation_split=0.4)
