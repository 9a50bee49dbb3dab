"""What is left of a trained network without some of its residual blocks."""

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
        blocks: names of those that were removed, in the network's order.
        error: what was measured without them.
    """

    blocks: tuple[str, ...]
    error: float


@dataclass(frozen=True)
class PathGradient:
    """The gradient along paths of one length.

    Attributes:
        length: how many blocks the paths go through; past all others they take the shortcut.
        share: of all paths, as many as there are choices of so many blocks.
        gradient: mean norm of the loss's gradient by the input along one path.
    """

    length: int
    share: float
    gradient: float

    @property
    def total(self) -> float:
        """What all paths of this length contribute, but for a factor that is common to all."""
        return self.share * self.gradient


def residual_blocks(network: keras.Model) -> tuple[str, ...]:
    """Returns the names of a classifier's blocks, those of plain twins too, in their order.

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
            "Blocks are removed of residual classifiers and their plain twins. "
            f"Received: {network.name}, which has none. Choose one of resnet20, plain20, ..."
        )
    return names


def without_blocks(network: keras.Model, blocks: Collection[str]) -> keras.Model:
    """Returns a network with the same weights, in which some blocks are their shortcuts alone.

    A block of a plain twin that is removed is what option A carries past one of its shape.

    Args:
        network: a functional model with `ResNetBlock`s, which is left as it is.
        blocks: names of those to remove.

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
    """Measures a network without each of its blocks, one at a time.

    Veit et al., "Residual Networks Behave Like Ensembles of Relatively Shallow Networks" (2016,
    https://arxiv.org/abs/1605.06431), section 4.1.

    Args:
        network: trained, see `without_blocks`.
        error: what to measure, see `classification_error`.

    Returns:
        The whole network first, then one without each block.
    """
    chosen = [(), *((name,) for name in residual_blocks(network))]
    return [Removal(blocks, error(without_blocks(network, blocks))) for blocks in chosen]


def remove_at_random(
    network: keras.Model, error: Error, counts: Sequence[int], *, repeats: int = 3, seed: int = 0
) -> list[Removal]:
    """Measures a network without several blocks at once, chosen at random.

    Section 4.2 of Veit et al., see `remove_each`.

    Args:
        network: trained, see `without_blocks`.
        error: what to measure.
        counts: how many blocks to remove.
        repeats: choices for each count.
        seed: of the choices.

    Raises:
        ValueError: if there are not so many blocks.
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
    """Returns a function from a classifier to the share of images that it gets wrong.

    Args:
        images: floats in [0, 1], of shape `(count, height, width, channels)`.
        labels: integer classes, of shape `(count,)`.
        batch_size: images at a time.

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
    """Returns the share of paths through so many blocks that have each length, from 0 to all.

    Each block doubles the paths: through its branch, or past it. Lengths are binomial.

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
    """Measures the gradient that reaches the input along paths of some lengths.

    Section 4.3 of Veit et al., see `remove_each`: what is computed is the whole network's, and
    gradients flow through the branch of the chosen blocks alone, and past all others.

    Args:
        network: a classifier with shortcuts, trained or not.
        images: a batch, floats in [0, 1], of shape `(count, height, width, channels)`.
        labels: integer classes.
        lengths: of paths.
        samples: paths of each length.
        seed: of the choice of paths.
    """
    names, rng = residual_blocks(network), np.random.default_rng(seed)
    shares, found = path_lengths(len(names)), []
    for length in lengths:
        norms = []
        for _ in range(samples):
            chosen = set(rng.choice(names, length, replace=False))
            path = _rewired(network, {name: _one_way(name in chosen) for name in names})
            norms.append(_input_gradient(path, images, labels))
        found.append(PathGradient(length, float(shares[length]), float(np.mean(norms))))
    return found


def plot_removals(removals: Mapping[str, Sequence[Removal]]) -> Figure:
    """Draws errors over the number of blocks removed: their mean, and each as a dot.

    Args:
        removals: by network.
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
    """A layer that is called in another way."""

    def __init__(self, layer: keras.Layer, way: Callable[..., Any]) -> None:
        super().__init__(name=layer.name, dtype=layer.dtype_policy)
        self.layer = layer
        self.way = way

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Builds nothing: the layer is built."""
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Calls the layer."""
        return self.way(self.layer, inputs)


def _rewired(network: keras.Model, ways: Mapping[str, Callable[..., Any]]) -> keras.Model:
    """A network of the same layers, of which some are called in another way."""

    def called(layer: keras.Layer, *given: Any, **options: Any) -> Any:
        if layer.name in ways:
            return _Rewired(layer, ways[layer.name])(*given)
        return layer(*given, **options)

    return keras.models.clone_model(
        network, clone_function=lambda layer: layer, call_function=called
    )


def _one_way(branch: bool) -> Callable[..., Any]:
    return lambda block, inputs: block.with_gradients_through(inputs, branch)


def _input_gradient(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Mean norm of the gradient of each image's loss by its pixels, in inference."""

    def losses(inputs: Any) -> Any:
        outputs = network(inputs, training=False)
        return ops.sparse_categorical_crossentropy(labels, outputs, from_logits=True)

    gradients = adapter().input_gradient(losses, ops.convert_to_tensor(images, "float32"))
    flat = ops.convert_to_numpy(gradients).astype("float64").reshape(len(images), -1)
    return float(np.linalg.norm(flat, axis=1).mean())
