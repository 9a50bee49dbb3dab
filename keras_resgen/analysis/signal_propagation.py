"""The variance of activations and the similarity of positions, from the first layer to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from keras_resgen.analysis.state import restore_state
from keras_resgen.layers import ResidualBlock, ResNetBlock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = {  # labels of the plots, by the field of `LayerSignal`
    "variance": "variance of a channel",
    "squared_mean": "squared mean of a channel",
    "branch_variance": "variance of the branch",
    "similarity": "cosine of two positions",
}


@dataclass(frozen=True)
class LayerSignal:
    """Statistics of one layer's or block's outputs, over a batch and all positions.

    Attributes:
        network: name of the network.
        layer: name of the layer or block.
        depth: position, from 0 for the first to 1 for the last.
        variance: mean over channels of their variance.
        squared_mean: mean over channels of their squared mean.
        branch_variance: `variance` of the output of a residual block's branch; None for other
            layers.
        similarity: mean cosine of the angle between two positions of one input; None where there
            are no positions. It is 1 where all positions differ only in length.
    """

    network: str
    layer: str
    depth: float
    variance: float
    squared_mean: float
    branch_variance: float | None
    similarity: float | None


def signal_propagation(
    network: keras.Model, inputs: Any, *, training: bool = True
) -> list[LayerSignal]:
    """Measure the outputs of each layer of a network for a batch.

    The signal propagation plots of Brock et al., "Characterizing Signal Propagation to Close the
    Performance Gap in Unnormalized ResNets" (2021, https://arxiv.org/abs/2101.08692): mean and
    variance of channels, and the variance of residual branches before the sum, which He et al.,
    "Deep Residual Learning for Image Recognition" (2015, https://arxiv.org/abs/1512.03385), show
    for trained networks in figure 7. Also the similarity of positions: Dong et al., "Attention is
    not all you need" (2021, https://arxiv.org/abs/2103.03404), find that tokens become equal
    without shortcuts.

    Args:
        network: a built functional model, trained or not; it does not change.
        inputs: a batch of inputs, of shape `(batch, ...)`; images in [0, 1].
        training: whether normalizations use the batch's statistics.

    Returns:
        One entry for each layer with kernels, in the network's order; a block is one layer.

    Raises:
        ValueError: if there is no layer with a kernel.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> images = np.random.default_rng(0).random((4, 32, 32, 3), "float32")
    >>> signals = signal_propagation(classifier("resnet20v2", widths=(2, 2, 2)), images)
    >>> [signal.layer for signal in signals[:2]], signals[-1].layer
    (['stem_conv', 'stage_1_block_1'], 'logits')
    >>> signals[1].branch_variance > 0, signals[0].branch_variance is None
    (True, True)
    """
    layers = [layer for layer in network.layers if _has_kernel(layer)]
    if not layers:
        raise ValueError(
            "Expected a network with layers that have kernels. "
            f"Received: {network.name}, which has none. Choose another network."
        )
    ends = [end for layer in layers for end in (layer.input, layer.output)]
    last = max(len(layers) - 1, 1)
    signals = []
    with restore_state(network):
        part = keras.Model(network.inputs, ends)
        found = part(keras.tree.flatten(inputs), training=training)
        for i, (layer, given, made) in enumerate(zip(layers, found[::2], found[1::2], strict=True)):
            values = _values(made)
            branch = None
            if isinstance(layer, (ResidualBlock, ResNetBlock)):
                branch = _variance(_values(layer.branch(given, training=training)))
            signals.append(
                LayerSignal(
                    network=network.name,
                    layer=layer.name,
                    depth=i / last,
                    variance=_variance(values),
                    squared_mean=float(np.square(values.mean(axis=(0, 1))).mean()),
                    branch_variance=branch,
                    similarity=_similarity(values),
                )
            )
    return signals


def plot_signal_propagation(
    signals: Mapping[str, Sequence[LayerSignal]], title: str = "Signal propagation"
) -> Figure:
    """Plot signals over depth, a line for each network and a panel for each statistic.

    Args:
        signals: results of `signal_propagation` by name.
        title: title of the figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    for axes, (field, label) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        for name, rows in signals.items():
            found = [(row.depth, getattr(row, field)) for row in rows[:-1]]
            found = [pair for pair in found if pair[1] is not None]
            axes.plot(*zip(*found, strict=True) if found else ((), ()), label=name, linewidth=1.2)
        axes.set(xlabel="depth: first layer to last", ylabel=label)
        if field != "similarity":
            axes.set_yscale("log")
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize="small")
    figure.suptitle(title)
    return figure


def _has_kernel(layer: keras.Layer) -> bool:
    return any(len(weight.shape) > 1 for weight in layer.weights)


def _values(tensor: Any) -> np.ndarray:
    """A batch as float64 of shape `(batch, positions, channels)`."""
    values = ops.convert_to_numpy(tensor).astype("float64")
    return values.reshape(len(values), -1, values.shape[-1])


def _variance(values: np.ndarray) -> float:
    return float(values.var(axis=(0, 1)).mean())


def _similarity(values: np.ndarray) -> float | None:
    """Mean cosine over all pairs: the squared norm of a sum is the sum of all products of pairs."""
    count = values.shape[1]
    if count < 2:
        return None
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    directions = values / np.maximum(lengths, np.finfo("float64").tiny)
    squares = np.square(directions.sum(axis=1)).sum(axis=-1)
    own = np.square(directions).sum(axis=(1, 2))  # less than count where some are 0
    return float(np.mean((squares - own) / (count * (count - 1))))
