"""Rows of the table for residual networks and their plain twins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_resgen.layers import NORMALIZATIONS, ResNetBlock
from keras_resgen.layers.resnet_block import BRANCHES
from keras_resgen.networks.classifiers.variant import Variant
from keras_resgen.networks.shapes import check_positive
from keras_resgen.registry import Registry

FIRST_WIDTH = 64  # of the ImageNet networks, to which ResNeXt's group widths refer
STRIDED_BLOCKS = ("first", "last")

STEMS: Registry[Callable[..., Any]] = Registry("stem")


@dataclass(frozen=True)
class ResNet(Variant):
    """Stages of `ResNetBlock`s between a stem and an average over pixels.

    He et al., "Deep Residual Learning for Image Recognition" (2015,
    https://arxiv.org/abs/1512.03385).

    Attributes:
        depths: number of blocks in each stage.
        widths: channels of each stage, before the bottleneck's expansion by 4.
        kind, shortcut, order, strided_kernel: of the blocks, see `ResNetBlock`. The stride of a
            bottleneck is on its 3x3 convolution, as in torchvision, ResNeXt and all later work,
            which is about half a percent better on ImageNet. The first paper and
            `keras.applications.ResNet50` have it on the first 1x1. The parameter counts are equal.
        strided_block: the block that halves the resolution between two stages: the `"first"` of the
            second stage, as in the papers, or the `"last"` of the first stage, as in
            `keras.applications.ResNet50V2`.
        cardinality: groups of the 3x3 convolutions.
        group_width: channels of a group in a stage of width 64; proportional in other stages.
        stem: `"imagenet"`, a 7x7 convolution of stride 2 and a 3x3 pooling of stride 2, or
            `"cifar"`, a 3x3 convolution.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...] = (64, 128, 256, 512)
    kind: str = "basic"
    shortcut: str = "B"
    order: str = "post"
    strided_kernel: str = "3x3"
    strided_block: str = "first"
    cardinality: int = 1
    group_width: int = 64
    stem: str = "imagenet"
    normalization: str = "batch"

    def features(self, x: Any) -> Any:
        """The stem and the stages; see `Variant`."""
        self._check()
        x = STEMS[self.stem](self, x)
        for stage, (depth, width) in enumerate(zip(self.depths, self.widths, strict=True)):
            inner = width * self.group_width * self.cardinality // FIRST_WIDTH
            for block in range(depth):
                is_first = stage == block == 0
                x = ResNetBlock(
                    width * BRANCHES[self.kind].expansion,
                    kind=self.kind,
                    strides=self._strides(stage, block),
                    shortcut=self.shortcut,
                    order="pre_both" if is_first and self.order == "pre" else self.order,
                    inner=inner,
                    groups=self.cardinality,
                    strided_kernel=self.strided_kernel,
                    normalization=self.normalization,
                    name=f"stage_{stage + 1}_block_{block + 1}",
                )(x)
        return x if self.order == "post" else self.normalized(x, "final")

    def head(self, x: Any, classes: int) -> Any:
        """The average over pixels and a dense layer; see `Variant`."""
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        return keras.layers.Dense(classes, name="logits", dtype="float32")(x)

    def convolved(self, x: Any, kernel: int, strides: int = 1) -> Any:
        """Return the stem's convolution, padded equally on all sides, with its normalization."""
        normalization = NORMALIZATIONS[self.normalization]
        x = keras.layers.ZeroPadding2D(kernel // 2, name="stem_padding")(x)
        x = normalization.convolution(
            self.widths[0],
            kernel,
            strides=strides,
            use_bias=normalization.biased,
            kernel_initializer="he_normal",
            name="stem_conv",
        )(x)
        # The first block of a pre-activation network begins with normalization and ReLU.
        return self.normalized(x, "stem") if self.order == "post" else x

    def normalized(self, x: Any, name: str) -> Any:
        """Return the features after normalization and ReLU."""
        x = NORMALIZATIONS[self.normalization].layer(name=f"{name}_norm")(x)
        return keras.layers.ReLU(name=f"{name}_activation")(x)

    def _strides(self, stage: int, block: int) -> int:
        if self.strided_block == "first":
            return 2 if stage > 0 and block == 0 else 1
        last = stage == len(self.depths) - 1
        return 2 if not last and block == self.depths[stage] - 1 else 1

    def _check(self) -> None:
        if len(self.depths) != len(self.widths) or not self.depths:
            raise ValueError(
                "depths and widths must have an entry for each stage. "
                f"Received: {self.depths} and {self.widths}. Give both of one length."
            )
        for depth, width in zip(self.depths, self.widths, strict=True):
            check_positive(depths=depth, widths=width)
        check_positive(cardinality=self.cardinality, group_width=self.group_width)
        if self.strided_block not in STRIDED_BLOCKS:
            raise ValueError(
                f"strided_block must be one of {STRIDED_BLOCKS}. "
                f"Received: {self.strided_block!r}. Choose one of these names."
            )


@STEMS.register("imagenet")
def imagenet_stem(variant: ResNet, x: Any) -> Any:
    """A 7x7 convolution and a pooling, which reduce the resolution to a quarter.

    In a pre-activation network the zeros of the padding take part in the maximum, as in
    `keras.applications.ResNet50V2`. In others they follow a ReLU and change nothing.

    Args:
        variant: the network.
        x: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A tensor of shape `(batch, height / 4, width / 4, variant.widths[0])`.
    """
    x = variant.convolved(x, 7, strides=2)
    x = keras.layers.ZeroPadding2D(1, name="stem_pool_padding")(x)
    return keras.layers.MaxPooling2D(3, strides=2, name="stem_pool")(x)


@STEMS.register("cifar")
def cifar_stem(variant: ResNet, x: Any) -> Any:
    """A 3x3 convolution at full resolution, for images of 32 pixels.

    Args:
        variant: the network.
        x: float tensor of shape `(batch, height, width, channels)`.

    Returns:
        A tensor of shape `(batch, height, width, variant.widths[0])`.
    """
    return variant.convolved(x, 3)
