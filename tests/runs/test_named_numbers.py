import pytest

from keras_resgen.runs.named_numbers import named_numbers


@pytest.mark.parametrize(
    "text", ["", "Smiling", "Smiling=", "Smiling=much", "=1", "a=1,,b=2", "a=inf"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"each with a number. Received"):
        named_numbers(text)


def test_a_name_alone_stands_for_a_number_where_one_is_told():
    assert named_numbers("a, b = -2.5", alone=1.0) == {"a": 1.0, "b": -2.5}
