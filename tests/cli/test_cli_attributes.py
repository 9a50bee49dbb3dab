"""Attributes as they are typed, and what a model is conditioned on because of them."""

import numpy as np
import pytest

from keras_resgen.cli.runs import choose_attributes, parse_numbers

NAMES = ("Smiling", "Eyeglasses")


@pytest.mark.parametrize(
    "text", ["", "Smiling", "Smiling=", "Smiling=much", "=1", "a=1,,b=2", "a=inf"]
)
def test_malformed_numbers_are_refused(text):
    with pytest.raises(ValueError, match=r"each with a number. Received"):
        parse_numbers(text)


def test_a_name_without_a_number_has_the_given_one():
    assert parse_numbers("a, b = -2.5", alone=1.0) == {"a": 1.0, "b": -2.5}


def test_known_attributes_are_repeated_and_not_changed():
    known = np.array([[0, 1], [1, 0]])
    chosen = choose_attributes("Eyeglasses=0.5", NAMES, 3, known)
    np.testing.assert_array_equal(chosen, [[0, 0.5], [1, 0.5], [0, 0.5]])
    np.testing.assert_array_equal(known, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(choose_attributes(None, NAMES, 2, known), known)


def test_unknown_attributes_must_be_chosen():
    chosen = choose_attributes(" Eyeglasses = 1, Smiling=0", NAMES, 2, None)
    np.testing.assert_array_equal(chosen, [[0, 1], [0, 1]])
    with pytest.raises(ValueError, match="images of which Eyeglasses is not known"):
        choose_attributes("Smiling=1", NAMES, 2, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bald=1", r"\['Smiling', 'Eyeglasses'\]. Received: Bald"),
        ("Smiling", "each with a number. Received: 'Smiling'"),
    ],
)
def test_attributes_of_no_conditional_model_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        choose_attributes(text, NAMES, 2, np.zeros((1, 2)))


def test_unconditional_models_take_no_attributes():
    assert choose_attributes(None, (), 2, None) is None
    with pytest.raises(ValueError, match=r"conditioned on, \[\]. Received: Smiling. Leave"):
        choose_attributes("Smiling=1", (), 2, None)
