"""The table of classifiers: a name, and a row of what its network is made of.

| Names | Paper |
| --- | --- |
| `resnet18` to `152`, `20` to `110`, `plain...` | https://arxiv.org/abs/1512.03385 |
| `resnet...v2`, `plain...v2` | https://arxiv.org/abs/1603.05027 |
| `resnext50_32x4d`, `resnext101_32x8d` | https://arxiv.org/abs/1611.05431 |
| `vgg16`, `vgg19` | https://arxiv.org/abs/1409.1556 |
| `alexnet_two_groups` | Krizhevsky et al., 2012, see `LocalResponseNormalization` |
| `alexnet` | https://arxiv.org/abs/1404.5997 |
| `lenet5_1998`, `lenet5` | LeCun et al., 1998, see `LeNet` |
"""

from dataclasses import replace
from functools import partial

import keras

from keras_resgen.layers import PartialConv2D, RadialBasisOutput, scaled_tanh
from keras_resgen.networks.classifiers.convolutional import Convolution, Convolutional, Stage
from keras_resgen.networks.classifiers.lenet import (
    CONNECTIONS,
    LeNet,
    max_pooling,
    squashed_subsampling,
)
from keras_resgen.networks.classifiers.resnet import ResNet
from keras_resgen.networks.classifiers.variant import Variant
from keras_resgen.registry import Registry


def _cifar(layers: int) -> ResNet:
    """The CIFAR-10 network of so many layers: 6 n + 2, for n blocks in each of three stages."""
    return ResNet(
        ((layers - 2) // 6,) * 3,
        (16, 32, 64),
        shortcut="A",
        stem="cifar",
        image_shape=(32, 32, 3),
        classes=10,
    )


def _vgg(*depths: int) -> Convolutional:
    widths = (64, 128, 256, 512, 512)
    stages = tuple(
        Stage((Convolution(width),) * depth) for depth, width in zip(depths, widths, strict=True)
    )
    return Convolutional(stages, smallest=32)


def _alexnet(
    filters: tuple[int, int, int, int, int], *, groups: int, local_response: bool
) -> Convolutional:
    # Images of 224 pixels give the papers' maps of 55 with this padding of the first convolution.
    stages = (
        Stage((Convolution(filters[0], 11, strides=4, padding=2),), local_response),
        Stage((Convolution(filters[1], 5, groups=groups, padding=2),), local_response),
        Stage(
            (
                Convolution(filters[2]),
                Convolution(filters[3], groups=groups),
                Convolution(filters[4], groups=groups),
            )
        ),
    )
    return Convolutional(stages, pool=3, smallest=63)


RESNETS = {
    "resnet18": ResNet((2, 2, 2, 2)),
    "resnet34": ResNet((3, 4, 6, 3)),
    "resnet50": ResNet((3, 4, 6, 3), kind="bottleneck"),
    "resnet101": ResNet((3, 4, 23, 3), kind="bottleneck"),
    "resnet152": ResNet((3, 8, 36, 3), kind="bottleneck"),
    **{f"resnet{layers}": _cifar(layers) for layers in (20, 32, 44, 56, 110)},
}
RESNETS |= {f"{name}v2": replace(row, order="pre") for name, row in RESNETS.items()}

CLASSIFIERS: Registry[Variant] = Registry(
    "classifier",
    {
        **RESNETS,
        **{
            name.replace("resnet", "plain"): replace(row, shortcut="none")
            for name, row in RESNETS.items()
        },
        "resnext50_32x4d": replace(RESNETS["resnet50"], cardinality=32, group_width=4),
        "resnext101_32x8d": replace(RESNETS["resnet101"], cardinality=32, group_width=8),
        "vgg16": _vgg(2, 2, 3, 3, 3),
        "vgg19": _vgg(2, 2, 4, 4, 4),
        # The network of 2012 lay on two GPUs, between which most layers were not connected.
        "alexnet_two_groups": _alexnet((96, 256, 384, 384, 256), groups=2, local_response=True),
        # That of 2014, for one GPU, which is also torchvision's.
        "alexnet": _alexnet((64, 192, 384, 256, 256), groups=1, local_response=False),
        # The paper's 60,000 trainable parameters.
        "lenet5_1998": LeNet(
            c3=partial(PartialConv2D, CONNECTIONS),
            activation=scaled_tanh,
            subsampling=squashed_subsampling,
            output=RadialBasisOutput,
            # The paper's: images of characters then have a mean of 0 and a variance of 1, about.
            rescaling=(1.275, -0.1),
        ),
        # What goes by the name today, with 61,706 parameters.
        "lenet5": LeNet(
            c3=partial(keras.layers.Conv2D, 16),
            activation="relu",
            subsampling=max_pooling,
            output=keras.layers.Dense,
        ),
    },
)
