"""Gradient norms against gradients by hand, and what shortcuts do to them."""

import keras
import numpy as np
import pytest

from keras_resgen.analysis import GradientFlowMonitor, gradient_flow, plot_gradient_flow
from keras_resgen.networks import classifier

RNG = np.random.default_rng(0)
IMAGES = RNG.random((8, 32, 32, 3), "float32")
LABELS = RNG.integers(0, 10, 8)


def test_norms_are_those_of_gradients_by_hand():
    x, y = RNG.normal(size=(5, 3)).astype("float32"), RNG.normal(size=(5, 2)).astype("float32")
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="relu", name="first")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2, name="second")(hidden))
    (a, b), (c, d) = (layer.get_weights() for layer in network.layers[1:])
    z = x @ a + b
    h = np.maximum(z, 0)
    error = 2 * (h @ c + d - y) / y.size  # of the mean square
    second = h.T @ error
    first = x.T @ ((error @ c.T) * (z > 0))
    flow = gradient_flow(network, x, y, keras.losses.mean_squared_error)
    assert [kernel.name for kernel in flow] == ["first/kernel", "second/kernel"]
    assert [kernel.depth for kernel in flow] == [0.0, 1.0]
    gradients, weights = ([np.linalg.norm(m) for m in pair] for pair in ((first, second), (a, c)))
    np.testing.assert_allclose([kernel.gradient for kernel in flow], gradients, 1e-4)
    np.testing.assert_allclose([kernel.weight for kernel in flow], weights, 1e-5)
    assert flow[0].relative == pytest.approx(flow[0].gradient / flow[0].weight)


def test_the_network_is_left_as_it_was():
    network = classifier("resnet20", widths=(2, 2, 2))
    before = [weight.copy() for weight in network.get_weights()]
    gradient_flow(network, IMAGES, LABELS)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def spread(name, **columns):
    """By how much the gradient of the first convolution exceeds that of the last."""
    keras.utils.set_random_seed(0)
    flow = gradient_flow(classifier(name, widths=(4, 8, 16), **columns), IMAGES, LABELS)
    return flow[0].gradient / flow[-2].gradient


def test_with_normalization_gradients_explode_without_shortcuts_alone():
    """Yang et al., "A Mean Field Theory of Batch Normalization" (2019)."""
    assert spread("plain56") > 100
    assert spread("resnet56") < 30
    assert spread("resnet56v2") < 30


def test_kernels_come_in_the_order_of_their_use():
    names = [kernel.name for kernel in gradient_flow(classifier("resnet20v2"), IMAGES, LABELS)]
    assert names[0].startswith("stem_conv")
    assert names[-1] == "logits/kernel"
    blocks = [name.split("/")[0] for name in names[1:-1]]
    assert blocks == sorted(blocks)
    frozen = classifier("resnet20")
    frozen.trainable = False
    with pytest.raises(ValueError, match="has none"):
        gradient_flow(frozen, IMAGES, LABELS)


def test_a_training_is_recorded_from_before_its_start():
    network = classifier("plain20", widths=(2, 2, 2))
    before = gradient_flow(network, IMAGES, LABELS)
    monitor = GradientFlowMonitor(IMAGES, LABELS, every=2)
    network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(IMAGES, LABELS, epochs=5, verbose=0, callbacks=[monitor])
    assert list(monitor.history) == [0, 2, 4]
    assert monitor.history[0][0].gradient == pytest.approx(before[0].gradient, rel=1e-4)
    assert monitor.history[4][0].weight != monitor.history[2][0].weight


def test_a_plot_has_a_line_for_each_network():
    flow = gradient_flow(classifier("plain20", widths=(2, 2, 2)), IMAGES, LABELS)
    (axes,) = plot_gradient_flow({"plain": flow, "again": flow}).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["plain", "again"]
    assert axes.get_yscale() == "log"
