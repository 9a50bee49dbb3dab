"""`Registry`, the tables of named objects."""

import pytest

from keras_resgen.registry import Registry


def test_entries_are_registered_and_found():
    shapes = Registry("shape", {"circle": 1})

    @shapes.register("square")
    def square():
        return 4

    assert shapes["square"] is square
    assert list(shapes) == ["circle", "square"]
    assert square() == 4


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"shape must be one of \['circle', 'dot'\]. Received: 'line'. Choose"
    ):
        Registry("shape", {"dot": 1, "circle": 2})["line"]


def test_a_name_can_be_registered_once():
    shapes = Registry("shape", {"circle": 1})
    with pytest.raises(ValueError, match=r"'circle' is registered already. Received: 2. Choose"):
        shapes.register("circle")(2)
    assert shapes["circle"] == 1
