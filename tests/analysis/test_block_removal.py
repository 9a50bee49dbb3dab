"""Networks without some of their blocks, and single paths through all of them."""

import itertools

import keras
import numpy as np
import pytest

from keras_resgen.analysis import (
    classification_error,
    path_gradients,
    path_lengths,
    plot_removals,
    remove_at_random,
    remove_each,
    residual_blocks,
    without_blocks,
)
from keras_resgen.networks import classifier

RNG = np.random.default_rng(0)
IMAGES = RNG.random((6, 32, 32, 3), "float32")
LABELS = RNG.integers(0, 10, 6)


def randomized(name, **columns):
    network = classifier(name, **columns)
    rng = np.random.default_rng(1)
    network.set_weights(
        [rng.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in network.get_weights()]
    )
    return network


@pytest.mark.parametrize("name", ["resnet20", "resnet20v2", "plain20"])
def test_what_is_left_is_the_network_built_without_the_block(name):
    depths = (2, 2, 1)
    network = randomized(name, widths=(4, 4, 4), depths=depths)
    shorter = classifier(name, widths=(4, 4, 4), depths=(1, 2, 1))
    for layer in shorter.layers:  # the first block of the first stage stays, the second goes
        layer.set_weights(network.get_layer(layer.name).get_weights())
    found = without_blocks(network, ["stage_1_block_2"]).predict(IMAGES, verbose=0)
    np.testing.assert_allclose(found, shorter.predict(IMAGES, verbose=0), atol=1e-5)


def test_nothing_removed_is_the_network_and_it_stays_as_it_is():
    network = randomized("resnet20", widths=(2, 4, 8), shortcut="B")
    expected = network.predict(IMAGES, verbose=0)
    same = without_blocks(network, []).predict(IMAGES, verbose=0)
    np.testing.assert_array_equal(same, expected)
    all_gone = without_blocks(network, residual_blocks(network)).predict(IMAGES, verbose=0)
    assert np.abs(all_gone - expected).max() > 1e-3
    np.testing.assert_array_equal(network.predict(IMAGES, verbose=0), expected)


def test_each_block_and_random_ones_are_removed():
    network = classifier("resnet20", widths=(2, 2, 2))
    names = residual_blocks(network)
    removals = remove_each(network, lambda shorter: float(shorter.count_params()))
    assert [removal.blocks for removal in removals] == [(), *((name,) for name in names)]
    counted = remove_at_random(network, lambda shorter: 0.5, [1, 9], repeats=4)
    assert [len(removal.blocks) for removal in counted] == [1] * 4 + [9] * 4
    assert len({removal.blocks for removal in counted[:4]}) > 1
    assert all(list(r.blocks) == sorted(r.blocks) for r in counted)
    again = remove_at_random(network, lambda shorter: 0.5, [1, 9], repeats=4)
    assert again == counted
    with pytest.raises(ValueError, match="from 0 to 9"):
        remove_at_random(network, lambda shorter: 0.5, [10])


def test_unknown_blocks_and_other_networks_are_refused():
    with pytest.raises(ValueError, match="Received: stage_9_block_1"):
        without_blocks(classifier("resnet20"), ["stage_9_block_1"])
    with pytest.raises(ValueError, match="vgg16, which has none"):
        residual_blocks(classifier("vgg16", image_shape=(32, 32, 3)))


def test_errors_are_shares_of_images():
    network = randomized("resnet20", widths=(2, 2, 2))
    right = network.predict(IMAGES, verbose=0).argmax(axis=1)
    assert classification_error(IMAGES, right)(network) == 0.0
    half_wrong = np.where(np.arange(6) < 3, right, right + 1)
    assert classification_error(IMAGES, half_wrong)(network) == 0.5


def test_lengths_of_paths_are_counted():
    blocks = 5
    paths = list(itertools.product((0, 1), repeat=blocks))
    counted = [sum(sum(path) == n for path in paths) / len(paths) for n in range(blocks + 1)]
    np.testing.assert_allclose(path_lengths(blocks), counted)
    assert path_lengths(54).sum() == pytest.approx(1)


def test_gradients_along_all_paths_add_up_to_the_gradient():
    """Of pre-activation blocks, whose sum nothing follows: by the chain rule."""
    from keras_resgen.analysis.block_removal import _one_path, _rewired
    from keras_resgen.backends import adapter

    network = randomized("resnet20v2", widths=(2, 2, 2), depths=(1, 1, 1))
    names = residual_blocks(network)
    images = keras.ops.convert_to_tensor(IMAGES)

    def gradient(model):
        outputs = lambda x: keras.ops.sum(model(x, training=False)[:, :2], axis=1)  # noqa: E731
        return keras.ops.convert_to_numpy(adapter().input_gradient(outputs, images))

    ways = itertools.product((False, True), repeat=len(names))
    paths = [
        _rewired(network, {n: _one_path(w) for n, w in zip(names, way, strict=True)})
        for way in ways
    ]
    for path in paths:  # forwards they are the network
        np.testing.assert_allclose(
            path.predict(IMAGES, verbose=0), network.predict(IMAGES, verbose=0), atol=1e-5
        )
    total = sum(gradient(path) for path in paths)
    np.testing.assert_allclose(total, gradient(network), rtol=1e-3, atol=1e-5)


def test_path_gradients_are_measured_by_length():
    network = classifier("resnet20", widths=(2, 2, 2))
    found = path_gradients(network, IMAGES, LABELS, [0, 3], samples=2)
    assert [row.length for row in found] == [0, 3]
    assert found[1].share == path_lengths(9)[3]
    assert all(row.gradient > 0 and row.total == row.share * row.gradient for row in found)
    with pytest.raises(ValueError, match="which has none"):
        path_gradients(classifier("plain20"), IMAGES, LABELS, [1])


def test_a_plot_shows_every_removal():
    removals = remove_at_random(classifier("resnet20"), lambda shorter: 0.4, [0, 2], repeats=3)
    (axes,) = plot_removals({"resnet20": removals}).axes
    assert len(axes.collections[0].get_offsets()) == 6
