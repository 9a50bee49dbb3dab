"""Networks by the names that commands take."""

import keras
import pytest

from keras_resgen.runs.networks import named_network


@pytest.mark.parametrize(
    ("name", "options", "shapes"),
    [
        ("lenet5", {}, ((None, 32, 32, 1), (None, 10))),
        ("lenet5", {"channels": 3, "classes": 4}, ((None, 32, 32, 3), (None, 4))),
        ("plain20", {"image_size": 16, "width": 2}, ((None, 16, 16, 3), (None, 10))),
        (
            "encoder:resnet",
            {"image_size": 32, "width": 2, "latent_dim": 5},
            ((None, 32, 32, 3), (None, 5)),
        ),
        ("decoder:plain", {"image_size": 32, "width": 2}, ((None, 128), (None, 32, 32, 3))),
        ("discriminator:plain", {"width": 2, "channels": 1}, ((None, 64, 64, 1), (None, 1))),
        (
            "applications:MobileNetV2",
            {"image_size": 32, "classes": 2},
            ((None, 32, 32, 3), (None, 2)),
        ),
    ],
)
def test_networks_are_built_by_name(name, options, shapes):
    network = named_network(name, **options, network=None)
    assert (network.input_shape, network.output_shape) == shapes


def test_the_width_is_that_of_the_first_stage():
    network = named_network("resnet20", width=3)
    widths = [network.get_layer(f"stage_{i}_block_1").filters for i in (1, 2, 3)]
    assert widths == [3, 6, 12]


def test_the_same_seed_gives_the_same_weights():
    first, again, other = (named_network("lenet5", seed=seed) for seed in (0, 0, 1))
    total = [float(keras.ops.sum(network.weights[0])) for network in (first, again, other)]
    assert total[0] == total[1] != total[2]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("resnet51", {}, "resnet50.*encoder.*Received: 'resnet51'"),
        ("encoder:vgg15", {}, "network must be one of plain, .*vgg16"),
        ("generator:plain", {}, "word before the colon must be one of .*decoder"),
        ("applications:ResNet51", {}, "ResNet50.*Received: 'ResNet51'"),
        (
            "applications:VGG16",
            {"width": 3},
            "Options of applications:VGG16 are image_size, channels, classes",
        ),
        ("lenet5", {"latent_dim": 3}, "Options of lenet5 are .*Received: latent_dim"),
        ("vgg16", {"width": 3}, "Only residual networks.*Received: vgg16"),
        ("resnet20", {"network": "encoder"}, "Received: network. Leave it out"),
    ],
)
def test_bad_names_and_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        named_network(name, **options)
