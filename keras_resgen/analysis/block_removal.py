"""The error of a trained network without some of its residual blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.layers import ResNetBlock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Error = Callable[[keras.Model], float]


@dataclass(frozen=True)
class Removal:
    """A network without some blocks.

    Attributes:
        blocks: names of the removed blocks, in the network's order.
        error: the error without them.
    """

    blocks: tuple[str, ...]
    error: float


@dataclass(frozen=True)
class PathGradient:
    """The gradient along paths of one length.

    Attributes:
        length: number of blocks whose branch a path takes; it takes the shortcut of all others.
        share: share of the paths of this length among all paths.
        gradient: mean norm of the loss's gradient with respect to the input along one path.
    """

    length: int
    share: float
    gradient: float

    @property
    def total(self) -> float:
        """The contribution of all paths of this length, up to a factor common to all lengths."""
        return self.share * self.gradient


def residual_blocks(network: keras.Model) -> tuple[str, ...]:
    """Return the names of a classifier's blocks in their order; plain twins have them too.

    Raises:
        ValueError: if it has none.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> residual_blocks(classifier("resnet20"))[:2]
    ('stage_1_block_1', 'stage_1_block_2')
    """
    names = tuple(layer.name for layer in network.layers if isinstance(layer, ResNetBlock))
    if not names:
        raise ValueError(
            "Expected a residual classifier or a plain twin of one. "
            f"Received: {network.name}, which has none. Choose one of resnet20, plain20, ..."
        )
    return names


def without_blocks(network: keras.Model, blocks: Collection[str]) -> keras.Model:
    """Return a network with the same weights, in which some blocks are only their shortcuts.

    A block of a plain twin is replaced by a shortcut of option A.

    Args:
        network: a functional model with `ResNetBlock`s; it does not change.
        blocks: names of the blocks to remove.

    Raises:
        ValueError: if there is no such block.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> network = classifier("resnet20", widths=(2, 2, 2))
    >>> shorter = without_blocks(network, ["stage_2_block_2"])
    >>> shorter.output_shape, shorter.layers[1] is network.layers[1]
    ((None, 10), True)
    """
    unknown = sorted(set(blocks) - set(residual_blocks(network)))
    if unknown:
        raise ValueError(
            f"Blocks of {network.name} are {', '.join(residual_blocks(network))}. "
            f"Received: {', '.join(unknown)}. Choose among these."
        )
    return _rewired(network, dict.fromkeys(blocks, ResNetBlock.without_branch))


def remove_each(network: keras.Model, error: Error) -> list[Removal]:
    """Measure the error of a network without each of its blocks, one at a time.

    Veit et al., "Residual Networks Behave Like Ensembles of Relatively Shallow Networks" (2016,
    https://arxiv.org/abs/1605.06431), section 4.1.

    Args:
        network: a trained network, see `without_blocks`.
        error: the error to measure, see `classification_error`.

    Returns:
        The whole network first, then one without each block.
    """
    chosen = [(), *((name,) for name in residual_blocks(network))]
    return [Removal(blocks, error(without_blocks(network, blocks))) for blocks in chosen]


def remove_at_random(
    network: keras.Model, error: Error, counts: Sequence[int], *, repeats: int = 3, seed: int = 0
) -> list[Removal]:
    """Measure the error of a network without several random blocks at once.

    Section 4.2 of Veit et al., see `remove_each`.

    Args:
        network: a trained network, see `without_blocks`.
        error: the error to measure.
        counts: numbers of blocks to remove.
        repeats: random choices for each count.
        seed: seed of the choices.

    Raises:
        ValueError: if the network has fewer blocks.
    """
    names = residual_blocks(network)
    if counts and not 0 <= min(counts) <= max(counts) <= len(names):
        raise ValueError(
            f"counts must be from 0 to {len(names)}, the blocks of {network.name}. "
            f"Received: {list(counts)}. Remove fewer."
        )
    rng = np.random.default_rng(seed)
    removals = []
    for count in counts:
        for _ in range(repeats):
            rows = np.sort(rng.choice(len(names), count, replace=False))
            blocks = tuple(names[row] for row in rows)
            removals.append(Removal(blocks, error(without_blocks(network, blocks))))
    return removals


def classification_error(images: np.ndarray, labels: np.ndarray, *, batch_size: int = 128) -> Error:
    """Return a function from a classifier to the share of images that it classifies wrong.

    Args:
        images: floats in [0, 1], of shape `(count, height, width, channels)`.
        labels: integer classes, of shape `(count,)`.
        batch_size: images computed at a time.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> images = np.zeros((4, 32, 32, 3), "float32")
    >>> error = classification_error(images, np.array([0, 0, 1, 1]))
    >>> error(classifier("resnet20", widths=(2, 2, 2), classes=2))
    0.5
    """

    def error(network: keras.Model) -> float:
        outputs = network.predict(images, batch_size=batch_size, verbose=0)
        return float(np.mean(np.argmax(outputs, axis=-1) != labels))

    return error


def path_lengths(blocks: int) -> np.ndarray:
    """Return the share of paths of each length, from 0 to all blocks.

    Each block doubles the number of paths: through its branch or its shortcut. Lengths are
    binomially distributed.

    Example:

    >>> path_lengths(3).tolist()
    [0.125, 0.375, 0.375, 0.125]
    """
    return np.array([math.comb(blocks, length) / 2**blocks for length in range(blocks + 1)])


def path_gradients(
    network: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    lengths: Sequence[int],
    *,
    samples: int = 3,
    seed: int = 0,
) -> list[PathGradient]:
    """Measure the gradient that reaches the input along paths of given lengths.

    Section 4.3 of Veit et al., see `remove_each`: the whole network is computed, and gradients flow
    through the branches of the chosen blocks and the shortcuts of all others.

    Args:
        network: a classifier with shortcuts, trained or not.
        images: a batch, floats in [0, 1], of shape `(count, height, width, channels)`.
        labels: integer classes.
        lengths: lengths of the paths.
        samples: random paths of each length.
        seed: seed of the choice of paths.
    """
    names, rng = residual_blocks(network), np.random.default_rng(seed)
    shares, found = path_lengths(len(names)), []
    for length in lengths:
        norms = []
        for _ in range(samples):
            chosen = set(rng.choice(names, length, replace=False))
            path = _rewired(network, {name: _one_path(name in chosen) for name in names})
            norms.append(_input_gradient(path, images, labels))
        found.append(PathGradient(length, float(shares[length]), float(np.mean(norms))))
    return found


def plot_removals(removals: Mapping[str, Sequence[Removal]]) -> Figure:
    """Plot errors over the number of removed blocks: their mean as a line, each as a dot.

    Args:
        removals: results by name of the network.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, rows in removals.items():
        counts = sorted({len(row.blocks) for row in rows})
        means = [np.mean([r.error for r in rows if len(r.blocks) == count]) for count in counts]
        (line,) = axes.plot(counts, means, label=name)
        errors = [row.error for row in rows]
        axes.scatter(
            [len(row.blocks) for row in rows], errors, s=10, color=line.get_color(), alpha=0.5
        )
    axes.set(xlabel="blocks removed", ylabel="share of images wrong", ylim=(0, 1))
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    return figure


class _Rewired(keras.layers.Layer):
    """A layer that is called by another method."""

    def __init__(self, layer: keras.Layer, method: Callable[..., Any]) -> None:
        super().__init__(name=layer.name, dtype=layer.dtype_policy)
        self.layer = layer
        self.method = method

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build nothing: the layer is built."""
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Call the layer."""
        return self.method(self.layer, inputs)


def _rewired(network: keras.Model, methods: Mapping[str, Callable[..., Any]]) -> keras.Model:
    """A network of the same layers, some of them called by another method."""

    def called(layer: keras.Layer, *given: Any, **options: Any) -> Any:
        if layer.name in methods:
            return _Rewired(layer, methods[layer.name])(*given)
        return layer(*given, **options)

    return keras.models.clone_model(
        network, clone_function=lambda layer: layer, call_function=called
    )


def _one_path(branch: bool) -> Callable[..., Any]:
    return lambda block, inputs: block.with_gradients_through(inputs, branch)


def _input_gradient(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Mean norm of the gradient of each image's loss with respect to its pixels, in inference."""

    def losses(inputs: Any) -> Any:
        outputs = network(inputs, training=False)
        return ops.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

    gradients = adapter().input_gradient(losses, ops.convert_to_tensor(images, "float32"))
    flat = ops.convert_to_numpy(gradients).astype("float64").reshape(len(images), -1)
    return float(np.linalg.norm(flat, axis=1).mean())
