"""Small kernels against large ones."""

import pytest

from keras_resgen.analysis import compare_kernels, plot_kernels


@pytest.mark.parametrize("channels", [1, 8])
def test_small_kernels_see_as_much_with_fewer_parameters(channels):
    two, five, three, seven = compare_kernels(channels)
    assert two.receptive_field == five.receptive_field == (5, 5)
    assert three.receptive_field == seven.receptive_field == (7, 7)
    squares = [stack.parameters / channels**2 for stack in (two, five, three, seven)]
    assert squares == [18, 25, 27, 49] == [s.per_square for s in (two, five, three, seven)]
    # Without biases, each parameter is multiplied once for each position.
    assert all(s.multiply_adds == s.parameters for s in (two, five, three, seven))


def test_plot():
    stacks = compare_kernels(2, stacks=[(5, 3), (1, 11)])
    (panel,) = plot_kernels(stacks).axes
    assert [bar.get_height() for bar in panel.patches] == [45, 121]
