import numpy as np
import pytest

from keras_resgen.latent import plot_codes
from keras_resgen.latent.plots import principal_plane

CODES = np.random.default_rng(0).normal(size=(300, 6)) * [1.0, 1.0, 9.0, 1.0, 4.0, 1.0]


def test_the_plane_is_that_of_the_principal_components():
    center, axes = principal_plane(CODES)
    np.testing.assert_allclose(center, CODES.mean(axis=0))
    _, vectors = np.linalg.eigh(np.cov(CODES.T))
    assert np.abs(np.sum(axes * vectors.T[::-1][:2], axis=1)) == pytest.approx([1.0, 1.0])


def test_every_code_is_drawn_once_in_each_panel():
    labels = {"a": CODES[:, 2] > 0, "b": np.zeros(300, bool)}
    figure = plot_codes(CODES, CODES[:50] + 1.0, labels)
    counts = [[len(line.get_xdata()) for line in panel.lines] for panel in figure.axes]
    assert counts == [[50, 300], [300 - labels["a"].sum(), labels["a"].sum()], [300, 0]]
    with_attribute = figure.axes[1].lines[1].get_xdata()
    assert len(set(np.sign(with_attribute))) == 1  # the first axis is the attribute's


def test_one_dimension_is_no_plane():
    with pytest.raises(ValueError, match=r"two codes of at least two dimensions.*\(300, 1\)"):
        plot_codes(CODES[:, :1], CODES[:, :1])
