"""Traces: the papers' figures, order, every kind of network, and that networks are left alone."""

import gc
from dataclasses import asdict
from math import prod

import keras
import pytest

from keras_resgen.analysis import by_stage, plot_trace, trace
from keras_resgen.layers import NORMALIZATIONS, ResidualBlock
from keras_resgen.networks import (
    classifier,
    decoder,
    encoder,
    image_discriminator,
    latent_discriminator,
    network_names,
)

V1 = {"strided_kernel": "1x1"}  # where the stride is in the paper of 2015
# Name, columns, trained parameters, 10^9 multiply-adds, receptive field of the last map. Those of
# torchvision's documentation (0.71, 1.81, 3.66, 4.09, 7.80, 11.51, 4.23, 15.47, 19.63); and of the
# table of Araujo et al.'s receptive fields (195, 212, 483, 1027, 1507; below 1311, 315), in
# https://github.com/google-research/receptive_field.
NETWORKS = [
    ("alexnet", {}, 61_100_840, 0.71, 195),
    ("vgg16", {}, 138_357_544, 15.47, 212),
    ("vgg19", {}, 143_667_240, 19.63, 268),
    ("resnet18", {}, 11_689_512, 1.81, 435),
    ("resnet34", {}, 21_797_672, 3.66, 899),
    ("resnet50", {}, 25_557_032, 4.09, 427),
    ("resnet50", V1, 25_557_032, 3.86, 483),
    ("resnet101", {}, 44_549_160, 7.80, 971),
    ("resnet101", V1, 44_549_160, 7.57, 1027),
    ("resnet152", {}, 60_192_808, 11.51, 1451),
    ("resnet152", V1, 60_192_808, 11.28, 1507),
    ("resnext50_32x4d", {}, 25_028_904, 4.23, 427),
]
# He et al. (2015), table 1: 10^9 "FLOPs (multiply-adds)", of which some are cut, not rounded.
TABLE_1 = {"resnet18": 1.8, "resnet34": 3.6, "resnet50": 3.8, "resnet101": 7.6, "resnet152": 11.3}


def last_map(rows):
    return [row for row in rows if row.receptive_field is not None][-1]


def named(rows, name):
    (row,) = [row for row in rows if row.name == name]
    return row


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(("name", "columns", "parameters", "billions", "field"), NETWORKS)
def test_metrics_of_papers_and_peers(name, columns, parameters, billions, field):
    rows = trace(classifier(name, **columns))
    assert rows[-1].total_trained == sum(row.trained for row in rows) == parameters
    assert rows[-1].total_multiply_adds == sum(row.multiply_adds for row in rows)
    assert round(rows[-1].total_multiply_adds / 1e9, 2) == billions
    assert last_map(rows).receptive_field == (field, field)
    assert last_map(rows).jump == (32, 32)
    gc.collect()  # hundreds of megabytes of weights


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(("name", "billions"), TABLE_1.items())
def test_he_et_als_table_1(name, billions):
    columns = {"shortcut": "A"} if name in ("resnet18", "resnet34") else V1
    stages = by_stage(trace(classifier(name, **columns)))
    assert [stage.size and stage.size[0] for stage in stages] == [224, 112, 56, 28, 14, 7, None]
    assert stages[-1].total_multiply_adds / 1e9 == pytest.approx(billions, abs=0.06)
    assert sum(stage.multiply_adds for stage in stages) == stages[-1].total_multiply_adds


@pytest.mark.usefixtures("_weightless")
def test_vgg16_by_layer():
    rows = trace(classifier("vgg16"))
    fields = [row.receptive_field[0] for row in rows if row.kind == "Conv2D"]
    assert fields == [3, 5, 10, 14, 24, 32, 40, 60, 76, 92, 132, 164, 196]
    assert named(rows, "stage_1_conv_2").multiply_adds == 224 * 224 * 9 * 64 * 64
    assert [stage.layers for stage in by_stage(rows)] == [2, 2, 3, 3, 3, 0, 3]


def test_lenet_5_has_the_connections_of_1998():
    # LeCun et al. count a connection for each weight and bias at each position.
    connections = {"c1": 122_304, "c3": 151_600, "c5": 48_120, "f6": 10_164}
    rows = trace(classifier("lenet5_1998"))
    for name, count in connections.items():
        row = named(rows, name)
        biases = prod(row.shape)
        assert row.multiply_adds + biases == count
    assert rows[-1].total_trained == 60_000
    assert sum(row.untrained for row in rows) == 84 * 10
    assert [named(rows, n).receptive_field for n in ("c1", "s2", "c3", "s4")] == [
        (5, 5),
        (6, 6),
        (14, 14),
        (16, 16),
    ]


def test_blocks_are_taken_apart_in_the_order_of_computation():
    rows = trace(classifier("resnet20", widths=(2, 4, 8), shortcut="B"))
    block = [row for row in rows if row.name.startswith("stage_2_block_1/")]
    assert [row.name.split("/")[1] for row in block] == [
        *("pad", "conv_1", "norm_1", "relu", "conv_2", "norm_2"),
        *("projection", "projection_norm", "add", "relu"),
    ]
    # The shortcut sees less than the branch beside it, and their sum what the branch does.
    by_name = {row.name.split("/")[1]: row.receptive_field[0] for row in block}
    assert by_name["projection_norm"] < by_name["norm_2"] == by_name["add"]


@pytest.mark.parametrize("network", network_names())
@pytest.mark.parametrize("normalization", sorted(set(NORMALIZATIONS) - {"synchronized"}))
def test_generative_networks(network, normalization):
    options = {"network": network, "width": 4, "normalization": normalization}
    shape = (32, 32, 3)
    networks = [
        encoder(shape, 8, variational=True, **options),
        decoder(8, shape, attributes=2, **options),
        image_discriminator(shape, attributes=2, **options),
    ]
    for built in networks:
        rows = trace(built)
        assert sum(row.trained + row.untrained for row in rows) == built.count_params()
        assert rows[-1].total_trained == sum(prod(v.shape) for v in built.trainable_weights)
    fields = [row.receptive_field for row in trace(networks[1])]
    assert fields == [None] * len(fields)  # each pixel sees all of the latent vector
    assert len(by_stage(trace(networks[1]))) == 5  # the vector, 4, 8, 16 and 32 pixels


def test_a_decoder_by_hand():
    rows = trace(decoder(8, (32, 32, 3), network="plain", width=4))
    # A transposed convolution multiplies each input by its kernel.
    assert named(rows, "conv_1").shape == (8, 8, 16)
    assert named(rows, "conv_1").multiply_adds == 4 * 4 * (4 * 4 * 16 * 16)
    assert named(rows, "project").multiply_adds == 8 * 4 * 4 * 16


def test_frozen_weights_are_not_trained():
    network = latent_discriminator(8, units=4)
    network.trainable = False
    assert trace(network)[-1].total_trained == 0
    assert sum(row.untrained for row in trace(network)) == network.count_params()


def test_a_layer_that_is_called_twice_is_counted_once_but_computed_twice():
    shared = keras.layers.Conv2D(2, 3, padding="same", use_bias=False, name="shared")
    images = keras.Input((8, 8, 2))
    rows = trace(keras.Model(images, shared(shared(images))))
    assert [row.trained for row in rows] == [36, 0]
    assert [row.multiply_adds for row in rows] == [64 * 36, 64 * 36]
    assert [row.receptive_field for row in rows] == [(3, 3), (5, 5)]


def test_attention():
    tokens, width, heads = 16, 8, 2
    sequence = keras.Input((tokens, width))
    layer = keras.layers.MultiHeadAttention(heads, width // heads, use_bias=False, name="attention")
    rows = trace(keras.Model(sequence, layer(sequence, sequence)))
    # Four projections, and two products of each token with each.
    assert rows[-1].total_trained == 4 * width**2
    assert rows[-1].total_multiply_adds == 4 * tokens * width**2 + 2 * tokens**2 * width


def test_weights_that_a_block_holds_itself_are_counted():
    class Scaled(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.convolution = keras.layers.Conv2D(2, 3, padding="same", use_bias=False)

        def build(self, input_shape):
            self.convolution.build(input_shape)
            self.scale = self.add_weight(shape=(2,), name="scale")
            self.built = True

        def call(self, inputs):
            return self.convolution(inputs) * self.scale

    images = keras.Input((8, 8, 2))
    network = keras.Model(images, keras.layers.ReLU()(Scaled(name="scaled")(images)))
    rows = trace(network)
    assert rows[-1].total_trained == 36 + 2 == network.count_params()
    assert (named(rows, "scaled").trained, named(rows, "scaled").receptive_field) == (2, (3, 3))


def test_networks_in_networks_and_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inner = encoder((32, 32, 1), 4, width=2)
        images = keras.Input((32, 32, 1))
        outer = keras.Sequential([images, inner, keras.layers.Dense(1, name="head")])
    finally:
        keras.config.set_dtype_policy("float32")
    names = [row.name for row in trace(outer)]
    assert "encoder/block_1/conv_1" in names
    assert names[-1] == "head"
    assert not {row.kind for row in trace(outer)} & {"Cast", "ConvertToTensor"}


def test_a_network_is_left_as_it_was():
    network = classifier("resnet20", widths=(2, 4, 8))
    layers = network._flatten_layers()
    before = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    call = keras.Layer.symbolic_call, keras.Operation.symbolic_call
    assert trace(network) == trace(network)
    after = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    assert before == after
    assert (keras.Layer.symbolic_call, keras.Operation.symbolic_call) == call


def test_images_of_any_size_need_one():
    images = keras.Input((None, None, 3))
    network = keras.Model(images, keras.layers.Conv2D(2, 3)(images), name="open")
    with pytest.raises(ValueError, match=r"open, whose input has the shape.*Give image_shape"):
        trace(network)
    assert trace(network, image_shape=(9, 7, 3))[-1].shape == (7, 5, 2)


def test_a_model_without_a_graph_is_refused():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(ValueError, match=r"functional or sequential model. Received: Own"):
        trace(Own())


def test_rows_are_plain_data():
    row = asdict(trace(classifier("lenet5"))[-1])
    assert row["name"] == "logits"
    kinds = {type(value) for value in row.values()}
    assert kinds == {str, tuple, int, type(None)}


def test_plot():
    rows = trace(classifier("lenet5"))
    parameters, costs, field = plot_trace(rows).axes
    assert parameters.lines[0].get_ydata()[-1] == 61_706
    assert costs.lines[0].get_ydata()[-1] == rows[-1].total_multiply_adds
    assert max(y for y in field.lines[0].get_ydata() if y == y) == 16


@pytest.mark.usefixtures("_weightless")
@pytest.mark.parametrize(
    ("name", "parameters", "billions", "field"),
    [
        # ResNet50 has biases before its normalizations, and the stride on the first 1x1.
        ("ResNet50", 25_583_592, 3.86, 483),
        # Branches, some of them with kernels of 1 x 7 and 7 x 1.
        ("InceptionV3", 23_817_352, 5.71, 1311),
        ("MobileNet", 4_231_976, 0.57, 315),
        # Gates that average over the image let all that follows see all of it.
        ("EfficientNetB0", 5_288_548, 0.39, 7),
    ],
)
def test_keras_applications(name, parameters, billions, field):
    network = getattr(keras.applications, name)(weights=None)
    rows = trace(network)
    assert rows[-1].total_trained == parameters
    assert sum(row.trained + row.untrained for row in rows) == network.count_params()
    assert round(rows[-1].total_multiply_adds / 1e9, 2) == billions
    assert last_map(rows).receptive_field == (field, field)


def test_upsampling_blocks():
    images = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same")(images)
    x = ResidualBlock(2, resample="up", name="up")(x)
    rows = trace(keras.Model(images, x))
    assert rows[-1].shape == (8, 8, 2)
    assert rows[-1].jump == (1, 1)
    # Three pixels, one more of two for each 3x3 window on maps where two neighbors are one.
    assert rows[-1].receptive_field == (7, 7)
