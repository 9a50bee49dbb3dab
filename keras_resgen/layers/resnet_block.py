"""The block of the ResNet classifiers, of every kind, order and shortcut in the papers."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import keras
from keras import ops

from keras_resgen.layers.normalization import NORMALIZATIONS
from keras_resgen.layers.shortcut import StridedIdentity, strided
from keras_resgen.registry import Registry

SHORTCUTS = ("A", "B", "C", "none")
ORDERS = ("post", "pre", "pre_both")
STRIDED_KERNELS = ("3x3", "1x1")


class Convolution(NamedTuple):
    """One convolution of a block's branch."""

    filters: int
    kernel: int
    strides: int = 1
    groups: int = 1


class Branch(NamedTuple):
    """A kind of block: the convolutions beside its shortcut.

    Attributes:
        expansion: ratio of the block's output channels to those inside it.
        convolutions: the convolutions of a `ResNetBlock` of this kind.
    """

    expansion: int
    convolutions: Callable[["ResNetBlock"], list[Convolution]]


def _basic(block: "ResNetBlock") -> list[Convolution]:
    return [
        Convolution(block.inner, 3, block.strides, block.groups),
        Convolution(block.filters, 3, groups=block.groups),
    ]


def _bottleneck(block: "ResNetBlock") -> list[Convolution]:
    on_1x1 = block.strided_kernel == "1x1"
    return [
        Convolution(block.inner, 1, block.strides if on_1x1 else 1),
        Convolution(block.inner, 3, 1 if on_1x1 else block.strides, block.groups),
        Convolution(block.filters, 1),
    ]


BRANCHES: Registry[Branch] = Registry(
    "kind", {"basic": Branch(1, _basic), "bottleneck": Branch(4, _bottleneck)}
)


@keras.saving.register_keras_serializable("keras_resgen")
class ResNetBlock(keras.layers.Layer):
    """Two or three convolutions and a shortcut around them.

    The blocks of He et al., "Deep Residual Learning for Image Recognition" (2015,
    https://arxiv.org/abs/1512.03385), in the order of that paper or of "Identity Mappings in Deep
    Residual Networks" (2016, https://arxiv.org/abs/1603.05027), and of Xie et al., "Aggregated
    Residual Transformations for Deep Neural Networks" (2016, https://arxiv.org/abs/1611.05431).

    `ResidualBlock`, the block of the generative networks, is a class of its own: it has upsampling,
    LeakyReLU, projections without normalization and a scale that starts at 0, and none of this
    block's kinds, orders and shortcuts. One class for both would carry options that are never set
    together.

    Strided 3x3 convolutions are padded by one pixel on each side, as in the papers' code. Keras's
    `padding="same"` pads images of an even size at the bottom and right only.

    Args:
        filters: number of output channels.
        kind: `"basic"`, two 3x3 convolutions, or `"bottleneck"`, a 3x3 between two 1x1.
        strides: factor by which the resolution falls.
        shortcut: `"A"`, no weights: every n-th pixel, and zeros for added channels; `"B"`, a 1x1
            projection where the number of channels changes; `"C"`, always a projection; `"none"`,
            no shortcut: the block's plain twin.
        order: `"post"`, normalization and ReLU after each convolution, and ReLU after the sum;
            `"pre"`, both before each convolution, and nothing after the sum; `"pre_both"`, as
            `"pre"`, but branch and shortcut share the first ReLU, as in a network's first block.
            Under `"pre"` and `"pre_both"` projections follow that ReLU and are not normalized.
        inner: channels inside the block: by default `filters`, a quarter of them in a bottleneck.
        groups: number of groups of the 3x3 convolutions, ResNeXt's cardinality.
        strided_kernel: the convolution of a bottleneck that has the stride: `"3x3"`, or `"1x1"` for
            the first.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.

    Call arguments:
        inputs: float tensor of shape `(batch, height, width, channels)`.
        training: whether batch normalization uses the batch's statistics.

    Returns:
        A float tensor of shape `(batch, height / strides, width / strides, filters)`, rounded up.

    Raises:
        ValueError: if an argument is not among the values above.

    Example:

    >>> block = ResNetBlock(16, kind="bottleneck", strides=2)
    >>> tuple(block(keras.ops.zeros((2, 8, 8, 4))).shape)
    (2, 4, 4, 16)
    >>> [convolution.filters for convolution in block.convolutions]
    [4, 4, 16]
    """

    def __init__(
        self,
        filters: int,
        *,
        kind: str = "basic",
        strides: int = 1,
        shortcut: str = "B",
        order: str = "post",
        inner: int | None = None,
        groups: int = 1,
        strided_kernel: str = "3x3",
        normalization: str = "batch",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        _check("shortcut", shortcut, SHORTCUTS)
        _check("order", order, ORDERS)
        _check("strided_kernel", strided_kernel, STRIDED_KERNELS)
        self.filters = filters
        self.kind = kind
        self.strides = strides
        self.shortcut = shortcut
        self.order = order
        self.inner = inner or filters // BRANCHES[kind].expansion
        self.groups = groups
        self.strided_kernel = strided_kernel
        self.normalization = normalization
        self._normalization = NORMALIZATIONS[normalization]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the convolutions and the shortcut for an input of this shape."""
        policy = self.dtype_policy
        convolution = partial(
            self._normalization.convolution, kernel_initializer="he_normal", dtype=policy
        )
        normalization = partial(self._normalization.layer, dtype=policy)
        self.convolutions, self.normalizations = [], []
        channels = input_shape[-1]
        for i, row in enumerate(BRANCHES[self.kind].convolutions(self), 1):
            layer = convolution(
                row.filters,
                row.kernel,
                strides=row.strides,
                groups=row.groups,
                padding="same" if row.strides == 1 else "valid",
                use_bias=self._normalization.biased,
                name=f"conv_{i}",
            )
            norm = normalization(name=f"norm_{i}")
            layer.build((None, None, None, channels))
            norm.build((None, None, None, row.filters if self.order == "post" else channels))
            self.convolutions.append(layer)
            self.normalizations.append(norm)
            channels = row.filters
        changes = input_shape[-1] != self.filters
        self.projection = self.projection_norm = None
        if self.shortcut == "C" or (self.shortcut == "B" and changes):
            self.projection = convolution(
                self.filters, 1, strides=self.strides, use_bias=False, name="projection"
            )
            self.projection.build(input_shape)
            if self.order == "post":
                self.projection_norm = normalization(name="projection_norm")
                self.projection_norm.build((None, None, None, self.filters))
        else:
            self.identity = StridedIdentity(
                self.filters, strides=self.strides, name="identity", dtype=policy
            )
            if self.shortcut != "none":
                self.identity.build(input_shape)
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the block's output for an input of this shape."""
        batch, height, width, _ = input_shape
        return (batch, strided(height, self.strides), strided(width, self.strides), self.filters)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Apply the block."""
        activated = self._activate(inputs, training)
        x = self._branch(activated, training)
        if self.shortcut != "none":
            x = x + self._shortcut(inputs, activated, training)
        return ops.relu(x) if self.order == "post" else x

    def branch(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the output of the branch, which the block adds to its shortcut if it has one.

        Args:
            inputs: float tensor of shape `(batch, height, width, channels)`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A float tensor of the shape of the block's output.

        Example:

        >>> block = ResNetBlock(2, order="pre")
        >>> images = keras.ops.ones((1, 4, 4, 2))
        >>> bool(keras.ops.all(block(images) == images + block.branch(images)))
        True
        """
        return self._branch(self._activate(inputs, training), training)

    def without_branch(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the block's output without its branch.

        As Veit et al., "Residual Networks Behave Like Ensembles of Relatively Shallow Networks"
        (2016, https://arxiv.org/abs/1605.06431), remove blocks of trained networks. A block without
        a shortcut is replaced by a shortcut of option A, the identity where no shape changes.

        Args:
            inputs: float tensor of shape `(batch, height, width, channels)`.
            training: whether batch normalization uses the batch's statistics.

        Returns:
            A float tensor of the shape of the block's output.

        Example:

        >>> block = ResNetBlock(2)
        >>> _ = block(keras.ops.ones((1, 4, 4, 2)))
        >>> float(keras.ops.max(block.without_branch(7 * keras.ops.ones((1, 4, 4, 2)))))
        7.0
        """
        carried = self._shortcut(inputs, self._activate(inputs, training), training)
        return ops.relu(carried) if self.order == "post" else carried

    def with_gradients_through(
        self, inputs: Any, branch: bool, training: bool | None = None
    ) -> Any:
        """Return the block's output, with gradients through its branch or its shortcut alone.

        Veit et al. follow single paths through a network this way.

        Args:
            inputs: float tensor of shape `(batch, height, width, channels)`.
            branch: true for gradients through the branch, false for the shortcut.
            training: whether batch normalization uses the batch's statistics.

        Raises:
            ValueError: if the block has no shortcut.

        Example:

        >>> block = ResNetBlock(2)
        >>> images = keras.ops.ones((1, 4, 4, 2))
        >>> output, same = block(images), block.with_gradients_through(images, branch=True)
        >>> bool(keras.ops.all(output == same))
        True
        """
        if self.shortcut == "none":
            raise ValueError(
                f"Expected a block with a shortcut. Received: {self.name}, which has none. "
                "Choose a residual network."
            )
        activated = self._activate(inputs, training)
        x, carried = self._branch(activated, training), self._shortcut(inputs, activated, training)
        x = x + ops.stop_gradient(carried) if branch else ops.stop_gradient(x) + carried
        return ops.relu(x) if self.order == "post" else x

    def _activate(self, inputs: Any, training: bool | None) -> Any:
        """The input of the first convolution."""
        if self.order == "post":
            return inputs
        return ops.relu(self.normalizations[0](inputs, training=training))

    def _branch(self, x: Any, training: bool | None) -> Any:
        after = self.normalizations[0 if self.order == "post" else 1 :]
        last = len(self.convolutions) - 1
        for i, convolution in enumerate(self.convolutions):
            if convolution.padding == "valid" and convolution.kernel_size == (3, 3):
                x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
            x = convolution(x)
            if i < len(after):
                x = after[i](x, training=training)
            if i < last:
                x = ops.relu(x)
        return x

    def _shortcut(self, inputs: Any, activated: Any, training: bool | None) -> Any:
        if self.projection is None:
            return self.identity(activated if self.order == "pre_both" else inputs)
        x = self.projection(activated)
        return x if self.projection_norm is None else self.projection_norm(x, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kind": self.kind,
            "strides": self.strides,
            "shortcut": self.shortcut,
            "order": self.order,
            "inner": self.inner,
            "groups": self.groups,
            "strided_kernel": self.strided_kernel,
            "normalization": self.normalization,
        }


def _check(argument: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(
            f"{argument} must be one of {known}. Received: {value!r}. Choose one of these names."
        )
