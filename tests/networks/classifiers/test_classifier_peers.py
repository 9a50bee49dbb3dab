"""Classifiers against keras.applications and against PyTorch, with the peer's weights in ours.

Weights, biases and statistics are all random, so that none can be left out or swapped unseen.
"""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.networks import classifier

CLASSES = 10
# Coarse patterns, since deep networks see averages.
IMAGES = np.random.default_rng(0).random((2, 4, 4, 3), "float32").repeat(16, 1).repeat(16, 2)
EPSILON = 1e-5  # of our normalizations


def randomize(model):
    """Draws everything anew: kernels at a scale that keeps the signal, and what is not kernels."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            layer.set_weights([draw(rng, size) for draw in (positive, offset, offset, positive)])
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            kernel = layer.kernel.shape
            layer.kernel.assign(rng.normal(0, (2 / np.prod(kernel[:-1])) ** 0.5, kernel))
            if layer.use_bias:
                layer.bias.assign(offset(rng, layer.bias.shape))
    return model


def positive(rng, size):
    return rng.uniform(0.5, 1.5, size)


def offset(rng, size):
    return rng.normal(0, 0.1, size)


def bias(layer):
    return 0.0 if layer.bias is None else ops.convert_to_numpy(layer.bias)


def copy_norm(ours, theirs, offset=0.0):
    """Copies a normalization whose inputs had an offset in the peer; ours lack it, and the mean it.

    The peer's epsilon is another, which the variance takes up.
    """
    gamma, beta, mean, variance = theirs.get_weights()
    ours.set_weights([gamma, beta, mean - offset, variance + theirs.epsilon - EPSILON])


def copy_dense(ours, theirs):
    ours.set_weights(theirs.get_weights())


def compare(model, peer, images=IMAGES, tolerance=1e-4):
    """The peer sees what our first layer makes of the images."""
    ours = ops.convert_to_numpy(model(images))
    theirs = ops.convert_to_numpy(peer(2 * images - 1))
    scale = np.abs(theirs).max()
    assert np.ptp(theirs, axis=0).max() > 0.1 * scale, "the logits do not depend on the images"
    difference = np.abs(ours - theirs).max() / scale
    print(f"{model.name}: {difference:.1e} of the largest logit")
    assert difference < tolerance


def peer_blocks(model, peer):
    """Pairs each block of ours with the name of the peer's."""
    for block in model.layers:
        if block.name.startswith("stage_"):
            _, stage, _, number = block.name.split("_")
            yield block, f"conv{int(stage) + 1}_block{number}"


def test_resnet50_is_that_of_keras_applications():
    options = {"classes": CLASSES, "weights": None, "classifier_activation": None}
    peer = randomize(keras.applications.ResNet50(input_shape=(64, 64, 3), **options))
    model = classifier("resnet50", classes=CLASSES, image_shape=(64, 64, 3), strided_kernel="1x1")

    def copy(convolution, norm, name, suffix):
        theirs = peer.get_layer(f"{name}_{suffix}conv")
        convolution.kernel.assign(theirs.kernel)
        copy_norm(norm, peer.get_layer(f"{name}_{suffix}bn"), bias(theirs))

    copy(model.get_layer("stem_conv"), model.get_layer("stem_norm"), "conv1", "")
    for block, name in peer_blocks(model, peer):
        for i in range(3):
            copy(block.convolutions[i], block.normalizations[i], name, f"{i + 1}_")
        if block.projection is not None:
            copy(block.projection, block.projection_norm, name, "0_")
    copy_dense(model.get_layer("logits"), peer.get_layer("predictions"))
    compare(model, peer)
    # The stride's place has no weights, and makes another network.
    other = classifier("resnet50", classes=CLASSES, image_shape=(64, 64, 3))
    other.set_weights(model.get_weights())
    with pytest.raises(AssertionError):
        compare(other, peer)


def test_resnet101v2_is_that_of_keras_applications():
    options = {"classes": CLASSES, "weights": None, "classifier_activation": None}
    peer = randomize(keras.applications.ResNet101V2(input_shape=(64, 64, 3), **options))
    # Its pooling pads with zeros after this bias, which no statistic can make up for.
    stem = peer.get_layer("conv1_conv")
    stem.bias.assign(0 * stem.bias)
    model = classifier(
        "resnet101v2", classes=CLASSES, image_shape=(64, 64, 3), strided_block="last"
    )
    model.get_layer("stem_conv").kernel.assign(stem.kernel)
    carried = 0.0  # the sum of the peer's biases on the shortcut, which ours has not
    for block, name in peer_blocks(model, peer):
        copy_norm(block.normalizations[0], peer.get_layer(f"{name}_preact_bn"), carried)
        for i, convolution in enumerate(block.convolutions):
            convolution.kernel.assign(peer.get_layer(f"{name}_{i + 1}_conv").kernel)
        for i in (1, 2):
            copy_norm(block.normalizations[i], peer.get_layer(f"{name}_{i}_bn"))
        if block.projection is not None:
            projection = peer.get_layer(f"{name}_0_conv")
            block.projection.kernel.assign(projection.kernel)
            carried = bias(projection)
        carried = carried + bias(peer.get_layer(f"{name}_3_conv"))
    copy_norm(model.get_layer("final_norm"), peer.get_layer("post_bn"), carried)
    copy_dense(model.get_layer("logits"), peer.get_layer("predictions"))
    compare(model, peer)


@pytest.mark.parametrize(("name", "peer_name"), [("vgg16", "VGG16"), ("vgg19", "VGG19")])
def test_vgg_is_that_of_keras_applications(name, peer_name):
    create = getattr(keras.applications, peer_name)
    peer = create(
        input_shape=(32, 32, 3), classes=CLASSES, weights=None, classifier_activation=None
    )
    model = classifier(name, classes=CLASSES, image_shape=(32, 32, 3))
    randomize(peer)
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    theirs = [layer for layer in peer.layers if isinstance(layer, kinds)]
    ours = [layer for layer in model.layers if isinstance(layer, kinds)]
    assert [layer.name for layer in theirs[:3]] == ["block1_conv1", "block1_conv2", "block2_conv1"]
    for our, their in zip(ours, theirs, strict=True):
        our.set_weights(their.get_weights())
    compare(model, peer, IMAGES[:, :32, :32])


def torch_resnet(kind, depths, groups=1, group_width=64):
    """A ResNet with torchvision's layout, for the comparison."""
    from torch import nn

    def convolution(entering, leaving, size, stride=1, groups=1):
        padding = size // 2
        return nn.Conv2d(entering, leaving, size, stride, padding, groups=groups, bias=False)

    class Block(nn.Module):
        def __init__(self, entering, width, stride):
            super().__init__()
            leaving = width if kind == "basic" else 4 * width
            inner = width * group_width // 64 * groups
            if kind == "basic":
                rows = [(entering, width, 3, stride), (width, leaving, 3)]
            else:
                rows = [
                    (entering, inner, 1),
                    (inner, inner, 3, stride, groups),
                    (inner, leaving, 1),
                ]
            for i, row in enumerate(rows, 1):
                setattr(self, f"conv{i}", convolution(*row))
                setattr(self, f"bn{i}", nn.BatchNorm2d(row[1]))
            self.count = len(rows)
            self.downsample = None
            if stride != 1 or entering != leaving:
                projection = convolution(entering, leaving, 1, stride)
                self.downsample = nn.Sequential(projection, nn.BatchNorm2d(leaving))

        def forward(self, x):
            y = x
            for i in range(1, self.count + 1):
                y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
                y = y if i == self.count else y.relu()
            return (y + (x if self.downsample is None else self.downsample(x))).relu()

    stages, entering = [], 64
    for stage, depth in enumerate(depths):
        width, blocks = 64 << stage, []
        for i in range(depth):
            blocks.append(Block(entering, width, 2 if stage > 0 and i == 0 else 1))
            entering = width if kind == "basic" else 4 * width
        stages.append(nn.Sequential(*blocks))
    model = nn.Module()
    model.conv1, model.bn1 = convolution(3, 64, 7, 2), nn.BatchNorm2d(64)
    for i, stage in enumerate(stages, 1):
        setattr(model, f"layer{i}", stage)
    model.fc = nn.Linear(entering, CLASSES)
    pool = nn.MaxPool2d(3, 2, 1)

    def forward(x):
        x = nn.Sequential(*stages)(pool(model.bn1(model.conv1(x)).relu()))
        return model.fc(x.mean((2, 3)))

    model.forward = forward
    return model


def torch_names(model):
    """Our layers under torchvision's names."""
    yield "conv1", model.get_layer("stem_conv")
    yield "bn1", model.get_layer("stem_norm")
    for block in model.layers:
        if not block.name.startswith("stage_"):
            continue
        _, stage, _, number = block.name.split("_")
        name = f"layer{stage}.{int(number) - 1}"
        for i in range(len(block.convolutions)):
            yield f"{name}.conv{i + 1}", block.convolutions[i]
            yield f"{name}.bn{i + 1}", block.normalizations[i]
        if block.projection is not None:
            yield f"{name}.downsample.0", block.projection
            yield f"{name}.downsample.1", block.projection_norm
    yield "fc", model.get_layer("logits")


def from_torch(state, name):
    """The arrays of a torch layer in the order and layout of Keras's."""
    weight = state[f"{name}.weight"].numpy()
    order = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}[weight.ndim]
    others = [f"{name}.{part}" for part in ("bias", "running_mean", "running_var")]
    return [weight.transpose(order), *(state[key].numpy() for key in others if key in state)]


def randomize_torch(peer):
    """The same for a PyTorch module."""
    for key, array in peer.state_dict().items():
        if array.ndim > 1:
            array.normal_(0, (2 / array[0].numel()) ** 0.5)
        elif array.ndim == 1 and key.endswith(("weight", "var")):
            array.uniform_(0.5, 1.5)
        elif array.ndim == 1:
            array.normal_(0, 0.1)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet18", {"kind": "basic", "depths": (2, 2, 2, 2)}),
        ("resnet50", {"kind": "bottleneck", "depths": (3, 4, 6, 3)}),
        (
            "resnext50_32x4d",
            {"kind": "bottleneck", "depths": (3, 4, 6, 3), "groups": 32, "group_width": 4},
        ),
    ],
)
def test_is_the_network_of_pytorch(name, options):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    peer = torch_resnet(**options).eval()
    randomize_torch(peer)
    model = classifier(name, classes=CLASSES, image_shape=(64, 64, 3))
    state = peer.state_dict()
    copied = 0
    for key, layer in torch_names(model):
        arrays = from_torch(state, key)
        layer.set_weights(arrays)
        copied += len(arrays)
    assert copied == len([key for key in state if not key.endswith("num_batches_tracked")])

    def run(images):
        with torch.no_grad():
            return peer.forward(torch.tensor(images.transpose(0, 3, 1, 2))).numpy()

    compare(model, run)


@pytest.mark.parametrize(
    ("name", "filters", "groups"),
    [
        ("alexnet", (64, 192, 384, 256, 256), 1),
        ("alexnet_two_groups", (96, 256, 384, 384, 256), 2),
    ],
)
def test_alexnet_is_that_of_pytorch(name, filters, groups):
    torch = pytest.importorskip("torch")
    from torch import nn

    torch.manual_seed(0)
    one, two, three, four, five = filters
    convolutions = [
        nn.Conv2d(3, one, 11, stride=4, padding=2),
        nn.Conv2d(one, two, 5, padding=2, groups=groups),
        nn.Conv2d(two, three, 3, padding=1),
        nn.Conv2d(three, four, 3, padding=1, groups=groups),
        nn.Conv2d(four, five, 3, padding=1, groups=groups),
    ]
    # PyTorch divides alpha by the size.
    norm = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0) if groups == 2 else nn.Identity()
    after = {0: [norm, nn.MaxPool2d(3, 2)], 1: [norm, nn.MaxPool2d(3, 2)], 4: [nn.MaxPool2d(3, 2)]}
    features = [
        part
        for i, convolution in enumerate(convolutions)
        for part in (convolution, nn.ReLU(), *after.get(i, []))
    ]
    hidden = 64
    dense = [nn.Linear(five * 9, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, CLASSES)]
    layers = nn.ModuleList([*convolutions, *dense])
    randomize_torch(layers)
    image_shape = (128, 128, 3)
    model = classifier(name, classes=CLASSES, image_shape=image_shape, hidden=(hidden, hidden))
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    for i, layer in enumerate(layer for layer in model.layers if isinstance(layer, kinds)):
        layer.set_weights(from_torch(layers.state_dict(), str(i)))

    def run(images):
        with torch.no_grad():
            x = nn.Sequential(*features)(torch.tensor(images.transpose(0, 3, 1, 2)))
            # Keras has the channels last.
            x = x.permute(0, 2, 3, 1).flatten(1)
            return dense[2](dense[1](dense[0](x).relu()).relu()).numpy()

    compare(model, run, IMAGES.repeat(2, 1).repeat(2, 2))
