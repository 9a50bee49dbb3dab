"""Signals against NumPy, and against what is known of networks that are not trained yet."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from keras_resgen.analysis import plot_signal_propagation, signal_propagation
from keras_resgen.layers import ResidualBlock, TransformerBlock
from keras_resgen.networks import classifier, encoder

RNG = np.random.default_rng(0)
IMAGES = RNG.random((8, 32, 32, 3), "float32")


def blocks(name, **columns):
    """The signals of the blocks of a classifier."""
    keras.utils.set_random_seed(0)
    rows = signal_propagation(classifier(name, **columns), IMAGES)
    return [row for row in rows if row.branch_variance is not None]


def test_metrics_are_those_of_numpy():
    inputs = keras.Input((3, 4))
    network = keras.Model(inputs, keras.layers.Dense(5, name="dense")(inputs), name="one")
    x = RNG.normal(size=(6, 3, 4)).astype("float32")
    kernel, bias = network.layers[1].get_weights()
    y = x @ kernel + bias
    (row,) = signal_propagation(network, x)
    assert (row.network, row.layer, row.depth, row.branch_variance) == ("one", "dense", 0.0, None)
    channels = y.reshape(-1, 5)
    assert row.variance == pytest.approx(channels.var(axis=0).mean(), rel=1e-5)
    assert row.squared_mean == pytest.approx((channels.mean(axis=0) ** 2).mean(), rel=1e-5)
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for tokens in y
        for i, a in enumerate(tokens)
        for b in tokens[:i]
    ]
    assert row.similarity == pytest.approx(np.mean(cosines), rel=1e-5)


def test_plain_blocks_give_the_rectified_standard_normal_distribution():
    """Of which mean and variance are known: 1 / sqrt(2 pi), and 1/2 less that squared."""
    for row in blocks("plain20"):
        assert row.branch_variance == pytest.approx(1, rel=1e-2)  # normalized
        assert row.squared_mean == pytest.approx(1 / (2 * np.pi), rel=0.15)
        assert row.variance == pytest.approx(1 / 2 - 1 / (2 * np.pi), rel=0.15)


def test_with_normalization_each_residual_block_adds_as_much():
    """De and Smith (2020): variance grows with the number of blocks, and is reset at a stage."""
    rows = blocks("resnet56v2")
    for first in (0, 9, 18):
        stage = rows[first : first + 9]
        for before, row in pairwise(stage):
            added = row.variance - before.variance
            assert added == pytest.approx(row.branch_variance, rel=0.25)
    assert rows[9].variance < rows[8].variance


def test_without_it_each_block_doubles_the_signal():
    """Whose second moment He's initialization keeps, but for borders, where images are padded."""
    rows = blocks("resnet56v2", normalization="none")
    moments = np.array([row.variance + row.squared_mean for row in rows]).reshape(3, 9)
    growth = np.diff(np.log2(moments), axis=1)  # within the stages
    assert growth.mean() == pytest.approx(0.93, abs=0.2)


def test_tokens_become_one_without_shortcuts():
    """Dong et al. (2021), and with shortcuts they do not."""
    tokens = RNG.normal(size=(2, 16, 32)).astype("float32")
    similarities = []
    for shortcut in (True, False):
        keras.utils.set_random_seed(0)
        inputs = x = keras.Input((16, 32))
        for i in range(6):
            x = TransformerBlock(shortcut=shortcut, name=f"block_{i}")(x)
        similarities.append(signal_propagation(keras.Model(inputs, x), tokens)[-1].similarity)
    assert similarities[0] < 0.5
    assert similarities[1] > 0.9


def test_a_new_block_of_the_generative_networks_adds_nothing():
    network = encoder((32, 32, 3), 4, network="resnet", width=2)
    rows = signal_propagation(network, IMAGES)
    added = [row.branch_variance for row in rows if row.branch_variance is not None]
    assert added == [0.0] * sum(isinstance(layer, ResidualBlock) for layer in network.layers)


def test_the_network_is_left_as_it_was():
    network = classifier("resnet20", widths=(2, 2, 2))
    before = [weight.copy() for weight in network.get_weights()]
    trained = signal_propagation(network, IMAGES)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    moving = signal_propagation(network, IMAGES, training=False)
    assert moving[1].branch_variance != pytest.approx(trained[1].branch_variance, rel=0.1)


def test_a_network_without_kernels_is_refused():
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="has none"):
        signal_propagation(keras.Model(inputs, keras.layers.ReLU()(inputs)), IMAGES)


def test_a_plot_has_a_panel_for_each_metric():
    rows = signal_propagation(classifier("lenet5"), RNG.random((2, 32, 32, 1), "float32"))
    figure = plot_signal_propagation({"lenet5": rows})
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log", "log", "linear"]
    assert len(figure.axes[0].lines[0].get_xdata()) == len(rows) - 1
