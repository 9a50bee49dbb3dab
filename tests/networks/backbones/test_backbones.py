"""Networks from elsewhere as encoders: what they compute, and what is refused."""

import importlib

import keras
import numpy as np
import pytest

from keras_resgen.networks import backbone, check_encoder, classifier, encoder
from keras_resgen.networks.backbones import APPLICATIONS

COLOR = (32, 32, 3)


def images(channels=3, count=2, size=32):
    return np.random.default_rng(0).random((count, size, size, channels), dtype="float32")


def difference(first, second):
    """The largest, by the second's largest number."""
    first, second = map(keras.ops.convert_to_numpy, (first, second))
    return np.abs(first - second).max() / np.abs(second).max()


def assert_equal(first, second):
    assert difference(first, second) < 1e-5


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A classifier of small images with weights of its own, and its file."""
    model = classifier("resnet20")
    rng = np.random.default_rng(0)
    model.set_weights([w + rng.uniform(0, 0.1, w.shape) for w in model.get_weights()])
    path = tmp_path_factory.mktemp("trained") / "resnet20.keras"
    model.save(path)
    return model, str(path)


def test_a_classifier_gives_the_feature_map_below_its_head(trained):
    model, path = trained
    below = keras.Model(model.input, model.get_layer("pool").input)
    features = backbone("resnet20", COLOR, path)
    assert_equal(features(images()), below(images()))
    assert difference(backbone("resnet20", COLOR)(images()), below(images())) > 0.1


def test_weights_of_color_images_serve_gray_ones(trained):
    _, path = trained
    gray = images(channels=1)
    options = {"latent_dim": 4, "network": "resnet20", "weights": path}
    of_gray = encoder((32, 32, 1), **options)
    of_color = encoder(COLOR, **options)
    of_color.set_weights(of_gray.get_weights())
    assert_equal(of_gray(gray), of_color(np.repeat(gray, 3, axis=-1)))


def test_a_classifier_without_weights_is_built_for_gray_images():
    assert backbone("lenet5", (32, 32, 1)).input_shape == (None, 32, 32, 1)
    features = backbone("resnet18", (64, 64, 1))
    assert features.get_layer("stem_conv").kernel.shape[2] == 1
    assert features.output_shape == (None, 2, 2, 512)


@pytest.mark.parametrize("name", ["MobileNetV2", "VGG16", "MobileNetV3Small"])
def test_networks_of_keras_see_what_their_own_preprocessing_makes(name, tmp_path):
    build = APPLICATIONS[name]
    peer = build(include_top=False, weights=None, input_shape=COLOR)
    path = tmp_path / "peer.weights.h5"
    peer.save_weights(path)
    preprocess = importlib.import_module(build.__module__).preprocess_input
    expected = peer(preprocess(255 * images()), training=False)
    assert_equal(backbone(f"applications:{name}", COLOR, str(path))(images()), expected)


def test_pretrained_weights_are_those_of_imagenet(monkeypatch):
    asked = []

    def build(**options):
        asked.append(options)
        return APPLICATIONS["MobileNetV2"](**{**options, "weights": None})

    build.__module__ = APPLICATIONS["MobileNetV2"].__module__
    monkeypatch.setitem(APPLICATIONS, "Fetched", build)
    backbone("applications:Fetched", (32, 32, 1), "pretrained")
    assert asked == [{"include_top": False, "weights": "imagenet", "input_shape": COLOR}]


def test_a_failed_download_says_what_to_do(monkeypatch):
    def build(**options):
        raise Exception("URL fetch failure on https://somewhere")

    monkeypatch.setitem(APPLICATIONS, "Fetched", build)
    with pytest.raises(ValueError, match=r"Received: URL fetch failure.*connect once"):
        backbone("applications:Fetched", COLOR, "pretrained")


@pytest.mark.parametrize("rescaling", [True, False])
def test_presets_of_keras_cv_are_read_from_a_folder(tmp_path, rescaling):
    keras_cv = pytest.importorskip("keras_cv")
    from keras_cv.src.utils.preset_utils import save_to_preset

    network = keras_cv.models.ResNetBackbone(
        stackwise_filters=[4, 8],
        stackwise_blocks=[1, 1],
        stackwise_strides=[1, 2],
        include_rescaling=rescaling,
        input_shape=(None, None, 3),
    )
    save_to_preset(network, str(tmp_path / "preset"))
    network.save_weights(tmp_path / "some.weights.h5")
    scaled = 255 * images() if rescaling else images()
    expected = network(scaled, training=False)
    for weights in ("pretrained", str(tmp_path / "some.weights.h5")):
        features = backbone(f"keras_cv:{tmp_path / 'preset'}", COLOR, weights)
        assert_equal(features(images()), expected)
    fresh = backbone(f"keras_cv:{tmp_path / 'preset'}", COLOR)
    assert difference(fresh(images()), expected) > 0.1


def test_a_preset_that_is_unknown_names_those_there_are():
    pytest.importorskip("keras_cv")
    with pytest.raises(ValueError, match=r"densenet121_imagenet.*efficientnetv2_b0.*: resnet19"):
        backbone("keras_cv:resnet19", COLOR)


@pytest.mark.parametrize(
    ("network", "weights", "message"),
    [
        ("resnet19", None, r"plain, resnet, transformer.*resnet18.*applications:NAME"),
        ("torchvision:resnet18", None, r"applications:NAME.*Received: 'torchvision:resnet18'"),
        ("resnet18", "nowhere.keras", r"pretrained or a file\. Received: nowhere\.keras"),
        ("plain", "pretrained", "networks of other libraries and to classifiers"),
    ],
)
def test_what_can_be_known_at_once_is_refused_at_once(network, weights, message):
    with pytest.raises(ValueError, match=message):
        check_encoder(network, weights)


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        ("applications:ResNet51", COLOR, r"ResNet50.*Received: 'ResNet51'"),
        ("applications:Xception", COLOR, r"images of shape \(32, 32, 3\).*at least 71"),
        ("alexnet", COLOR, "at least 63 pixels"),
    ],
)
def test_what_a_network_does_not_take_is_refused(network, shape, message):
    with pytest.raises(ValueError, match=message):
        backbone(network, shape)


def test_weights_of_another_network_are_refused(trained, tmp_path):
    _, path = trained
    with pytest.raises(ValueError, match=r"encoder resnet32 .*resnet20\.keras"):
        backbone("resnet32", COLOR, path)
    with pytest.raises(ValueError, match="comes without pretrained weights"):
        backbone("resnet20", COLOR, "pretrained")
    wide = classifier("resnet20", widths=(4, 8, 16))
    wide.save(tmp_path / "narrow.keras")
    with pytest.raises(ValueError, match=r"encoder resnet20 .*narrow\.keras"):
        backbone("resnet20", COLOR, str(tmp_path / "narrow.keras"))


def test_attention_comes_behind_the_residual_blocks():
    network = encoder((32, 32, 1), 4, network="transformer", width=2)
    names = [layer.name for layer in network.layers]
    kinds = [name for name in names if "block" in name]
    assert kinds == [
        *(f"block_{i}" for i in (1, 2, 3, 4)),
        *(f"transformer_block_{i}" for i in (1, 2)),
    ]
    code = network(images(channels=1))
    # Where the blocks add nothing, what is left is the convolutions' map, normalized.
    for layer in network.layers:
        if layer.name.startswith("transformer"):
            for dense in (layer.attention.output_dense, layer.dense):
                dense.set_weights([np.zeros_like(w) for w in dense.get_weights()])
    below = keras.Model(network.input, network.get_layer("to_tokens").output)
    normalized = network.get_layer("tokens_norm")(below(images(channels=1)))
    expected = network.get_layer("code")(keras.ops.reshape(normalized, (2, -1)))
    assert_equal(network(images(channels=1)), expected)
    assert difference(code, expected) > 0.1
