import numpy as np
import pytest

from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.data import chosen_attributes

CONDITIONAL = RunConfig(attributes="Smiling,Eyeglasses")


def test_known_attributes_are_taken_in_turn_and_stay_as_they_were():
    known = np.array([[0, 1], [1, 0]])
    told = chosen_attributes("Eyeglasses=0.5", CONDITIONAL, 3, known)
    np.testing.assert_array_equal(told, [[0, 0.5], [1, 0.5], [0, 0.5]])
    np.testing.assert_array_equal(known, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(chosen_attributes(None, CONDITIONAL, 2, known), known)


def test_where_nothing_is_known_everything_must_be_chosen():
    told = chosen_attributes(" Eyeglasses = 1, Smiling=0", CONDITIONAL, 2, None)
    np.testing.assert_array_equal(told, [[0, 1], [0, 1]])
    with pytest.raises(ValueError, match="images of which Eyeglasses is not known"):
        chosen_attributes("Smiling=1", CONDITIONAL, 2, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Bald=1", r"\['Smiling', 'Eyeglasses'\]. Received: Bald"),
        ("Smiling", "each with a number. Received: 'Smiling'"),
    ],
)
def test_what_cannot_be_told_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        chosen_attributes(text, CONDITIONAL, 2, np.zeros((1, 2)))


def test_models_that_are_told_nothing_take_no_attributes():
    assert chosen_attributes(None, RunConfig(), 2, None) is None
    with pytest.raises(ValueError, match=r"told, \[\]. Received: Smiling. Leave"):
        chosen_attributes("Smiling=1", RunConfig(), 2, None)
