"""The ResNets' block against bare convolutions, in every kind, order and shortcut."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import ResNetBlock
from keras_resgen.layers.resnet_block import BRANCHES, ORDERS, SHORTCUTS
from tests.backends import only_on

CASES = [
    (kind, order, shortcut, strides, filters)
    for kind, order, shortcut in itertools.product(BRANCHES, ORDERS, SHORTCUTS)
    for strides, filters in ((1, 4), (2, 8))
]


def inputs(height=6, channels=4):
    return np.random.default_rng(1).normal(size=(2, height, height, channels)).astype("float32")


def randomized(block, shape):
    """The block, built, with random weights and statistics, so that they count."""
    if not block.built:
        block.build(shape)
    rng = np.random.default_rng(2)
    block.set_weights([rng.uniform(0.2, 1.0, w.shape) for w in block.get_weights()])
    for convolution in block.convolutions:
        convolution.kernel.assign(rng.normal(0, 0.3, convolution.kernel.shape))
    return block


def numbers(tensor):
    return ops.convert_to_numpy(tensor)


def convolved(x, kernel, strides=1):
    """A convolution as the sum over a kernel's places of products with shifted images."""
    kernel, margin = numbers(kernel), kernel.shape[0] // 2
    batch, height, width, _ = x.shape
    padded = np.pad(x, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
    y = np.zeros((batch, height, width, kernel.shape[-1]))
    for i, j in np.ndindex(kernel.shape[:2]):
        y += padded[:, i : i + height, j : j + width] @ kernel[i, j]
    return y[:, ::strides, ::strides]


def normalized(layer, x):
    gamma, beta, mean, variance = (numbers(w) for w in layer.weights)
    return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta


def expected_output(block, x):
    convolutions = [(c.kernel, c.strides[0]) for c in block.convolutions]
    post = block.order == "post"
    seen = x if post else np.maximum(normalized(block.normalizations[0], x), 0)
    y = seen
    for i, (kernel, strides) in enumerate(convolutions):
        if i > 0 and not post:
            y = np.maximum(normalized(block.normalizations[i], y), 0)
        y = convolved(y, kernel, strides)
        if post:
            y = normalized(block.normalizations[i], y)
            y = np.maximum(y, 0) if i < len(convolutions) - 1 else y
    if block.projection is not None:
        carried = convolved(seen, block.projection.kernel, block.strides)
        carried = normalized(block.projection_norm, carried) if post else carried
        y = y + carried
    elif block.shortcut != "none":
        carried = (seen if block.order == "pre_both" else x)[:, :: block.strides, :: block.strides]
        y[..., : x.shape[-1]] += carried
    return np.maximum(y, 0) if post else y


@pytest.mark.parametrize(("kind", "order", "shortcut", "strides", "filters"), CASES)
def test_equals_bare_convolutions(kind, order, shortcut, strides, filters):
    x = inputs()
    block = ResNetBlock(filters, kind=kind, order=order, shortcut=shortcut, strides=strides)
    output = randomized(block, x.shape)(x, training=False)
    assert tuple(output.shape) == block.compute_output_shape(x.shape)
    np.testing.assert_allclose(numbers(output), expected_output(block, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("shortcut", "filters", "strides", "projects"),
    [
        ("A", 8, 2, False),
        ("B", 4, 1, False),
        ("B", 4, 2, False),
        ("B", 8, 1, True),
        ("C", 4, 1, True),
        ("none", 8, 2, False),
    ],
)
@pytest.mark.parametrize("order", ["post", "pre"])
def test_projects_where_its_option_says(order, shortcut, filters, strides, projects):
    block = ResNetBlock(filters, shortcut=shortcut, strides=strides, order=order)
    block.build((None, 6, 6, 4))
    assert (block.projection is not None) == projects
    assert (block.projection_norm is not None) == (projects and order == "post")


@pytest.mark.parametrize(("kernel", "strides"), [("3x3", [1, 2, 1]), ("1x1", [2, 1, 1])])
def test_a_bottlenecks_stride_is_on_the_chosen_kernel(kernel, strides):
    x = inputs()
    block = ResNetBlock(8, kind="bottleneck", strides=2, strided_kernel=kernel)
    output = randomized(block, x.shape)(x)
    assert [c.strides[0] for c in block.convolutions] == strides
    np.testing.assert_allclose(numbers(output), expected_output(block, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", BRANCHES)
def test_groups_see_only_their_own_channels(kind):
    x = inputs()
    block = randomized(ResNetBlock(8, kind=kind, inner=4, groups=2, strides=2), x.shape)
    grouped = [c for c in block.convolutions if c.kernel_size == (3, 3)]
    assert {c.groups for c in grouped} == {2}
    whole = ResNetBlock(8, kind=kind, inner=4, strides=2)
    whole.build(x.shape)
    weights = block.get_weights()
    for i, (weight, full) in enumerate(zip(weights, whole.get_weights(), strict=True)):
        if weight.shape != full.shape:
            half, outputs = weight.shape[2], weight.shape[3] // 2
            weights[i] = np.zeros_like(full)
            weights[i][:, :, :half, :outputs] = weight[..., :outputs]
            weights[i][:, :, half:, outputs:] = weight[..., outputs:]
    whole.set_weights(weights)
    np.testing.assert_allclose(numbers(block(x)), numbers(whole(x)), rtol=1e-4, atol=1e-5)


@only_on("tensorflow", "torch")  # JAX differentiates within a step alone
@pytest.mark.parametrize("order", ORDERS)
def test_every_weight_has_a_gradient(order):
    block = ResNetBlock(8, kind="bottleneck", inner=4, groups=2, order=order)
    x = ops.convert_to_tensor(inputs())
    block.build(x.shape)
    _, gradients = adapter().value_and_gradients(
        lambda: (ops.sum(ops.square(block(x, training=True) - 1.0)), {}),
        block.trainable_variables,
        lambda loss: loss,
    )
    assert len(gradients) == len(block.trainable_variables)
    assert all(np.abs(numbers(gradient)).max() > 1e-6 for gradient in gradients)


@pytest.mark.parametrize(("shortcut", "strides"), [("A", 2), ("B", 1), ("C", 2), ("none", 2)])
@pytest.mark.parametrize("order", ["post", "pre"])
def test_without_its_branch_the_shortcut_is_left(order, shortcut, strides):
    x = np.abs(inputs())
    block = randomized(ResNetBlock(8, shortcut=shortcut, strides=strides, order=order), x.shape)
    left = numbers(block.without_branch(x))
    if block.projection is None:
        expected = np.zeros_like(left)
        expected[..., :4] = x[:, ::strides, ::strides]
    else:
        # What the branch adds is 0 if its last convolution and offset are.
        block.convolutions[-1].kernel.assign(0 * block.convolutions[-1].kernel)
        if order == "post":
            gamma, beta = block.normalizations[-1].gamma, block.normalizations[-1].beta
            gamma.assign(0 * gamma)
            beta.assign(0 * beta)
        expected = numbers(block(x))
    np.testing.assert_allclose(left, expected, rtol=1e-5)


def test_a_branch_can_be_removed_from_a_model():
    images = keras.Input((6, 6, 4))
    model = keras.Model(images, ResNetBlock(4, name="dropped")(ResNetBlock(4, name="kept")(images)))
    removed = keras.models.clone_model(
        model,
        clone_function=lambda layer: layer,
        call_function=lambda layer, *args, **kwargs: (
            layer.without_branch(*args) if layer.name == "dropped" else layer(*args, **kwargs)
        ),
    )
    x = inputs()
    np.testing.assert_allclose(
        numbers(removed(x)), numbers(model.get_layer("kept")(x)), rtol=1e-5, atol=1e-6
    )


def test_odd_sizes():
    block = ResNetBlock(8, strides=2)
    x = inputs(height=5)
    assert tuple(block(x).shape) == block.compute_output_shape(x.shape) == (2, 3, 3, 8)
    assert block.compute_output_shape((None, None, 7, 4)) == (None, None, 4, 8)


def test_without_normalization_convolutions_have_biases():
    block = ResNetBlock(8, normalization="none")
    block.build((None, 6, 6, 4))
    assert all(c.use_bias for c in block.convolutions)
    assert not block.projection.use_bias
    assert not block.non_trainable_variables


def test_its_layers_have_its_precision():
    block = ResNetBlock(8, kind="bottleneck", strides=2, dtype="mixed_bfloat16")
    assert block(inputs()).dtype == ops.zeros((), "bfloat16").dtype
    layers = [layer for layer in block._flatten_layers() if layer is not block]
    assert len(layers) == 8
    assert {layer.dtype_policy.name for layer in layers} == {"mixed_bfloat16"}
    assert {v.dtype for v in block.variables} == {"float32"}


def test_every_constructor_argument_comes_back():
    options = {
        "filters": 8,
        "kind": "bottleneck",
        "strides": 2,
        "shortcut": "C",
        "order": "pre",
        "inner": 4,
        "groups": 2,
        "strided_kernel": "1x1",
        "normalization": "none",
        "name": "block",
    }
    again = ResNetBlock.from_config(ResNetBlock(**options).get_config())
    assert {name: getattr(again, name) for name in options} == options
    assert again.get_config() == ResNetBlock(**options).get_config()


@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_is_saved_within_a_model(shortcut, tmp_path):
    images = keras.Input((6, 6, 4))
    block = ResNetBlock(8, kind="bottleneck", strides=2, shortcut=shortcut, groups=2)
    model = keras.Model(images, block(images))
    randomized(block, (None, 6, 6, 4))
    model.save(tmp_path / "block.keras")
    loaded = keras.saving.load_model(tmp_path / "block.keras")
    np.testing.assert_array_equal(numbers(loaded(inputs())), numbers(model(inputs())))


@pytest.mark.parametrize("argument", ["kind", "shortcut", "order", "strided_kernel"])
def test_unknown_names_are_refused(argument):
    with pytest.raises(ValueError, match=rf"{argument} must be one of .*Received: 'x'.*Choose"):
        ResNetBlock(4, **{argument: "x"})


def test_only_projections_take_channels_away():
    for shortcut in "BC":
        ResNetBlock(2, shortcut=shortcut).build((None, 4, 4, 4))
    ResNetBlock(2, shortcut="none").build((None, 4, 4, 4))
    with pytest.raises(ValueError, match=r"cannot make 2 channels.*Received: .*4\).*Use a proj"):
        ResNetBlock(2, shortcut="A").build((None, 4, 4, 4))
