"""The block of bare operations against the layers, in all that training sees."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import ResidualBlock, ResNetBlock
from keras_resgen.layers.low_level import Block, Norm, residual_block
from tests.backends import only_on

# The layer, the options of the function, and the number of input channels.
CASES = {
    "identity": (lambda: ResNetBlock(4), {}, 4),
    "projection": (lambda: ResNetBlock(6), {}, 4),
    "strided": (lambda: ResNetBlock(6, strides=2), {"strides": 2}, 4),
    "generative": (lambda: ResidualBlock(4), {"negative_slope": 0.2}, 4),
    "generative projection": (lambda: ResidualBlock(6), {"negative_slope": 0.2}, 4),
}


@pytest.fixture(params=CASES)
def case(request):
    """A layer with random weights and statistics, the function's options, and images."""
    create, options, channels = CASES[request.param]
    rng = np.random.default_rng(0)
    images = rng.normal(size=(3, 6, 6, channels)).astype("float32")
    layer = create()
    layer.build(images.shape)
    layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    for kernel in kernels(layer):
        kernel.assign(rng.normal(0, 0.3, kernel.shape))
    return layer, options, ops.convert_to_tensor(images)


def kernels(layer):
    projection = [] if layer.projection is None else [layer.projection.kernel]
    return [*(c.kernel for c in layer.convolutions), *projection]


def norm(layer):
    return Norm(layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)


def variables(layer):
    """The layer's variables in the function's places."""
    (conv_1, conv_2), (norm_1, norm_2) = layer.convolutions, layer.normalizations
    projection_norm = getattr(layer, "projection_norm", None)
    return Block(
        *(conv_1.kernel, norm(norm_1), conv_2.kernel, norm(norm_2)),
        None if layer.projection is None else layer.projection.kernel,
        None if projection_norm is None else norm(projection_norm),
    )


def flat(block):
    """Every array of a block, in order."""
    for part in block:
        if isinstance(part, Norm):
            yield from part
        elif part is not None:
            yield part


def held(layer):
    """The same with arrays in place of the variables."""

    def array(variable):
        return ops.convert_to_tensor(ops.convert_to_numpy(variable))

    return Block(
        *(
            part
            if part is None
            else Norm(*map(array, part))
            if isinstance(part, Norm)
            else array(part)
            for part in variables(layer)
        )
    )


def assert_close(ours, theirs):
    theirs = ops.convert_to_numpy(theirs)
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_moving_statistics_are_the_layers(case, training):
    layer, options, images = case
    outputs, moved = residual_block(images, held(layer), training=training, **options)
    before = [ops.convert_to_numpy(v) for v in flat(variables(layer))]
    assert_close(outputs, layer(images, training=training))
    after = list(flat(variables(layer)))
    changed = [
        not np.array_equal(a, ops.convert_to_numpy(b)) for a, b in zip(before, after, strict=True)
    ]
    norms = 3 if getattr(layer, "projection_norm", None) is not None else 2
    assert sum(changed) == (2 * norms if training else 0)
    for ours, theirs in zip(flat(moved), after, strict=True):
        assert_close(ours, theirs)


@only_on("tensorflow", "torch")  # JAX differentiates within a step alone
@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_the_layers(case, training):
    layer, options, images = case
    weights = ops.convert_to_tensor(
        np.random.default_rng(1).normal(size=layer.compute_output_shape(images.shape)), "float32"
    )
    arrays = [v for v in flat(variables(layer)) if v.trainable]

    def gradients(outputs):
        def loss():
            return ops.sum(ops.square(outputs()) * weights), {}

        return adapter().value_and_gradients(loss, arrays, lambda loss: loss)[1]

    ours = gradients(
        lambda: residual_block(images, variables(layer), training=training, **options)[0]
    )
    theirs = gradients(lambda: layer(images, training=training))
    assert len(ours) == len(layer.trainable_variables)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(ops.convert_to_numpy(other)).max() > 1e-2
        assert_close(one, other)


@only_on("tensorflow")
def test_a_step_of_gradient_descent_by_hand_is_the_optimizers(case):
    import tensorflow as tf

    layer, options, images = case
    arrays = held(layer)
    trained = [a for a, v in zip(flat(arrays), flat(variables(layer)), strict=True) if v.trainable]
    with tf.GradientTape() as tape:
        tape.watch(trained)
        outputs, _ = residual_block(images, arrays, training=True, **options)
        loss = ops.mean(ops.square(outputs))
    by_hand = [a - 0.1 * g for a, g in zip(trained, tape.gradient(loss, trained), strict=True)]

    model = keras.Sequential([keras.Input(images.shape[1:]), layer])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.train_on_batch(images, ops.zeros_like(outputs))
    kept = [v for v in flat(variables(layer)) if v.trainable]
    for ours, theirs in zip(by_hand, kept, strict=True):
        assert_close(ours, theirs)
