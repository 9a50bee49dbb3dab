"""The table of classifiers: the papers' counts, names, options, and what is refused."""

import gc
from math import prod

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen import networks
from keras_resgen.layers import ResNetBlock
from keras_resgen.networks import CLASSIFIERS, classifier

# Trained parameters; those of the ResNets and ResNeXts are torchvision's.
COUNTS = {
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "resnet50v2": 25_549_352,
    "resnext50_32x4d": 25_028_904,
    "resnext101_32x8d": 88_791_336,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "alexnet_two_groups": 60_965_224,
    "alexnet": 61_100_840,
    "lenet5_1998": 60_000,
    "lenet5": 61_706,
}
# The paper's table 6, in millions.
CIFAR_COUNTS = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
SMALL = {"classes": 3, "image_shape": (32, 32, 3)}
TINY = {**SMALL, "widths": (4, 8, 16)}


def trained(model):
    return sum(prod(v.shape) for v in model.trainable_variables)


def blocks(model):
    return [layer for layer in model.layers if isinstance(layer, ResNetBlock)]


def convolutions_of_the_main_path(model):
    beside = {id(block.projection) for block in blocks(model)}
    return [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.Conv2D) and id(layer) not in beside
    ]


def numbers(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_parameter_counts(name, count):
    assert trained(classifier(name)) == count
    gc.collect()  # those of VGG-19 take half a gigabyte


def counted_by_hand(layers):
    """A CIFAR-10 network with option A: 3x3 kernels, two numbers a normalized map, 10 classes."""
    n = (layers - 2) // 6
    count = 27 * 16 + 2 * 16
    for entering, width in ((16, 16), (16, 32), (32, 64)):
        count += 9 * entering * width + (2 * n - 1) * 9 * width**2 + 2 * n * 2 * width
    return count + 64 * 10 + 10


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(("layers", "millions"), CIFAR_COUNTS.items())
def test_parameter_counts_of_the_cifar_networks(layers, millions):
    count = trained(classifier(f"resnet{layers}"))
    assert count == counted_by_hand(layers)
    assert round(count / 1e6, 2 if millions < 1 else 1) == millions


def test_the_lenet_of_1998_is_counted_layer_by_layer():
    model = classifier("lenet5_1998")
    names = ("c1", "s2", "c3", "s4", "c5", "f6")
    counts = [model.get_layer(name).count_params() for name in names]
    assert counts == [156, 12, 1_516, 32, 48_120, 10_164]
    assert (sum(counts), trained(model)) == (60_000, 60_000)
    # Table I of the paper: six maps see three, nine see four, one sees all.
    connections = model.get_layer("c3").connections
    assert sorted(map(len, connections)) == [3] * 6 + [4] * 9 + [6]
    seen = np.array([[i in maps for maps in connections] for i in range(6)])
    assert (seen.sum(1) == 10).all()
    assert len({tuple(maps) for maps in connections}) == 16


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(
    "name",
    [
        *("resnet18", "resnet34v2", "resnet50", "plain50v2"),
        *("resnet20", "resnet32v2", "plain44v2"),
    ],
)
def test_names_count_the_layers(name):
    """Convolutions off the shortcuts, and the dense layer; thin, for they only are counted."""
    widths = tuple(width // 16 for width in CLASSIFIERS[name].widths)
    model = classifier(name, **SMALL, widths=widths)
    depth = int(name.removeprefix("resnet").removeprefix("plain").removesuffix("v2"))
    assert len(convolutions_of_the_main_path(model)) + 1 == depth
    assert {block.order for block in blocks(model)} == (
        {"pre_both", "pre"} if name.endswith("v2") else {"post"}
    )
    shortcut = "none" if name.startswith("plain") else "B" if len(widths) == 4 else "A"
    assert {block.shortcut for block in blocks(model)} == {shortcut}


def test_blocks_have_stable_names_and_shapes():
    model = classifier("resnet20")
    assert [block.name for block in blocks(model)] == [
        f"stage_{stage}_block_{block}" for stage in (1, 2, 3) for block in (1, 2, 3)
    ]
    shapes = [model.get_layer(f"stage_{stage}_block_3").output.shape for stage in (1, 2, 3)]
    assert shapes == [(None, 32, 32, 16), (None, 16, 16, 32), (None, 8, 8, 64)]
    model = classifier("resnet50", widths=(4, 8, 16, 32))
    assert model.get_layer("stem_conv").output.shape == (None, 112, 112, 4)
    assert model.get_layer("stem_pool").output.shape == (None, 56, 56, 4)
    shapes = [model.get_layer(f"stage_{stage}_block_1").output.shape for stage in (1, 2, 3, 4)]
    assert shapes == [(None, 224 >> i + 1, 224 >> i + 1, 8 << i) for i in (1, 2, 3, 4)]


@pytest.mark.usefixtures("_weightless")
def test_alexnets_have_the_papers_maps():
    for name in ("alexnet", "alexnet_two_groups"):
        model = classifier(name, hidden=(8,), classes=3)
        layers = ["stage_1_conv_1", "stage_1_pool", "stage_2_pool", "stage_3_pool"]
        sizes = [model.get_layer(layer).output.shape[1] for layer in layers]
        assert sizes == [55, 27, 13, 6]
    assert [layer.name for layer in model.layers if "norm" in layer.name] == [
        "stage_1_norm",
        "stage_2_norm",
    ]
    convolutions = convolutions_of_the_main_path(model)
    assert [c.groups for c in convolutions] == [1, 2, 1, 2, 2]


@pytest.mark.parametrize(("shortcut", "projections"), [("A", 0), ("B", 2), ("C", 9), ("none", 0)])
def test_shortcuts_are_a_column(shortcut, projections):
    model = classifier("resnet20", shortcut=shortcut, **TINY)
    assert sum(block.projection is not None for block in blocks(model)) == projections


def test_a_plain_twin_has_the_weights_of_its_network():
    plain, residual = (classifier(name, **TINY) for name in ("plain20", "resnet20"))
    assert [w.shape for w in plain.weights] == [w.shape for w in residual.weights]
    plain.set_weights(residual.get_weights())
    x = np.random.default_rng(0).random((2, 32, 32, 3), "float32")
    assert np.abs(numbers(plain(x)) - numbers(residual(x))).max() > 1e-2


def test_where_the_resolution_falls():
    first = classifier("resnet20v2", **TINY)
    last = classifier("resnet20v2", strided_block="last", **TINY)
    assert [block.strides for block in blocks(first)] == [1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert [block.strides for block in blocks(last)] == [1, 1, 2, 1, 1, 2, 1, 1, 1]


def test_without_normalization_there_is_none():
    model = classifier("resnet20", normalization="none", **TINY)
    assert not model.non_trainable_variables
    assert all(c.use_bias for c in convolutions_of_the_main_path(model))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet20", TINY),
        ("resnet20v2", TINY),
        ("plain20", TINY),
        ("resnext50_32x4d", {**SMALL, "widths": (16, 32, 64, 128), "depths": (1, 1, 1, 1)}),
        ("alexnet_two_groups", {"classes": 3, "image_shape": (63, 63, 1), "hidden": (8,)}),
        ("lenet5", {}),
        ("lenet5_1998", {"classes": 12}),
    ],
)
def test_is_saved_and_gives_probabilities_if_asked(name, options, tmp_path):
    model = classifier(name, softmax=True, **options)
    assert model.name == name
    model.save(tmp_path / "classifier.keras")
    loaded = keras.saving.load_model(tmp_path / "classifier.keras")
    x = np.random.default_rng(0).random((2, *model.input_shape[1:]), "float32")
    outputs = numbers(model(x))
    np.testing.assert_array_equal(numbers(loaded(x)), outputs)
    assert outputs.min() >= 0
    np.testing.assert_allclose(outputs.sum(1), 1, rtol=1e-5)
    logits = classifier(name, **options)
    logits.set_weights(model.get_weights())
    np.testing.assert_allclose(numbers(ops.softmax(logits(x))), outputs, rtol=1e-4, atol=1e-6)


def test_learns_to_tell_two_kinds_of_images():
    rng = np.random.default_rng(0)
    labels = np.arange(16) % 2
    images = rng.random((16, 8, 8, 3), "float32") * 0.5 + 0.5 * labels[:, None, None, None]
    model = classifier(
        "resnet20v2", classes=2, image_shape=(8, 8, 3), widths=(4, 8, 16), depths=(1, 1, 1)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    losses = model.fit(images, labels, batch_size=16, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("name", ["resnet20", "alexnet_two_groups", "lenet5_1998"])
def test_outputs_are_float32_under_mixed_precision(name):
    options = {"hidden": (8,), "image_shape": (63, 63, 3)} if "alexnet" in name else {}
    exact = classifier(name, **options)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = classifier(name, **options)
    finally:
        keras.config.set_dtype_policy("float32")
    model.set_weights(exact.get_weights())
    x = np.random.default_rng(0).random((2, *model.input_shape[1:]), "float32")
    logits, expected = numbers(model(x)), numbers(exact(x))
    assert logits.dtype == "float32"
    np.testing.assert_allclose(logits, expected, rtol=0, atol=0.1 * np.abs(expected).max())


def test_dropout_is_for_training():
    model = classifier("alexnet", classes=3, image_shape=(63, 63, 3), hidden=(64,))
    x = np.random.default_rng(0).random((1, 63, 63, 3), "float32")
    np.testing.assert_array_equal(numbers(model(x)), numbers(model(x)))
    assert np.abs(numbers(model(x, training=True)) - numbers(model(x, training=True))).max() > 0


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet19", {}, r"classifier must be one of .*Received: 'resnet19'.*Choose"),
        ("resnet20", {"groups": 2}, r"resnet20 must be one of .*Received: 'groups'.*Choose"),
        ("vgg16", {"shortcut": "A"}, r"vgg16 must be one of .*Received: 'shortcut'"),
        ("resnet20", {"classes": 0}, r"classes must be a positive integer.*Received: 0"),
        ("resnet20", {"widths": (4, 8)}, r"an entry for each stage.*Received: .*\(4, 8\).*Give"),
        ("resnet20", {"depths": (), "widths": ()}, r"an entry for each stage"),
        ("resnet20", {"depths": (1, 0, 1)}, r"depths must be a positive integer.*Received: 0"),
        ("resnet20", {"cardinality": 0}, r"cardinality must be a positive"),
        ("resnet20", {"shortcut": "D"}, r"shortcut must be one of .*Received: 'D'"),
        ("resnet20", {"stem": "mnist"}, r"stem must be one of .*Received: 'mnist'"),
        ("resnet20", {"strided_block": "2"}, r"strided_block must be one of .*Received: '2'"),
        ("resnet20", {"image_shape": (32, 32)}, r"height, width, channels.*Received: \(32, 32\)"),
        ("resnet20", {"image_shape": (32, 32, 0)}, r"channels must be a positive"),
        ("vgg16", {"image_shape": (31, 64, 3)}, r"at least 32 pixels.*Received: .*31.*Resize"),
        ("alexnet", {"image_shape": (64, 62, 3)}, r"at least 63 pixels.*Received: .*62"),
        ("lenet5", {"image_shape": (15, 15, 1)}, r"at least 16 pixels.*Received: .*15"),
    ],
)
def test_impossible_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        classifier(name, **options)


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize("name", ["vgg16", "alexnet", "lenet5", "lenet5_1998", "resnet18"])
def test_the_smallest_images_leave_a_feature_map(name):
    smallest = CLASSIFIERS[name].smallest
    inputs = keras.Input((smallest, smallest, 3))
    assert CLASSIFIERS[name].features(inputs).shape[1:3] == (1, 1)


def test_the_names_are_those_of_the_table():
    assert networks.classifier_names() == tuple(sorted(CLASSIFIERS))
    assert {*COUNTS, *(f"resnet{n}" for n in CIFAR_COUNTS)} <= set(networks.classifier_names())
