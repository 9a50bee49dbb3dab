"""The norm of a loss's gradient in each layer, from the first to the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from keras_resgen.analysis.calls import recorded_calls, symbolic_inputs
from keras_resgen.analysis.state import restore_state
from keras_resgen.backends import adapter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class KernelGradient:
    """The gradient of a loss with respect to one kernel.

    Attributes:
        network: name of the network.
        name: name of the kernel behind the names of the layers that contain it.
        depth: position, from 0 for the layer next to the input to 1 for the last.
        gradient: Euclidean norm of the gradient.
        weight: Euclidean norm of the kernel.
    """

    network: str
    name: str
    depth: float
    gradient: float
    weight: float

    @property
    def relative(self) -> float:
        """The gradient's norm divided by the kernel's: the relative change of a unit step."""
        return self.gradient / self.weight if self.weight else float("nan")


def gradient_flow(
    network: keras.Model, inputs: np.ndarray, targets: np.ndarray, loss: Loss | None = None
) -> list[KernelGradient]:
    """Differentiate a loss with respect to every kernel of a network, in training mode.

    Where gradients vanish towards the input, the first layers learn nothing (Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", 2010,
    https://proceedings.mlr.press/v9/glorot10a.html). Shortcuts are meant to prevent this (He et
    al., "Identity Mappings in Deep Residual Networks", 2016, https://arxiv.org/abs/1603.05027).
    The network does not change.

    Args:
        network: a built functional model, of any kind that `keras_resgen.analysis.trace` takes.
        inputs: a batch of inputs, of shape `(batch, ...)`; images in [0, 1].
        targets: targets of the loss.
        loss: maps `(targets, outputs)` to a scalar, or to one value for each row, of which the
            mean is taken; by default the cross-entropy of logits and integer classes.

    Returns:
        One entry for each trainable kernel, in the order of use.

    Raises:
        ValueError: if there is no trainable kernel.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> images = np.random.default_rng(0).random((4, 32, 32, 3), "float32")
    >>> flow = gradient_flow(classifier("plain20", widths=(2, 2, 2)), images, np.arange(4))
    >>> len(flow), flow[0].name, flow[-1].name, flow[0].gradient > 0
    (20, 'stem_conv/kernel', 'logits/kernel', True)
    """
    kernels = _kernels(network)
    loss = loss or _cross_entropy
    given = ops.convert_to_tensor(inputs, "float32")

    def value() -> tuple[Any, dict[str, Any]]:
        return ops.mean(loss(targets, network(given, training=True))), {}

    backend = adapter()
    variables = list(kernels.values())
    with restore_state(network), backend.outside_step():
        _, gradients = backend.value_and_gradients(value, variables, lambda scalar: scalar)
    last = max(len(kernels) - 1, 1)
    return [
        KernelGradient(network.name, name, i / last, _norm(gradient), _norm(variable))
        for i, (name, variable, gradient) in enumerate(
            zip(kernels, variables, gradients, strict=True)
        )
    ]


class GradientFlowMonitor(keras.callbacks.Callback):
    """Records the gradient flow on one batch while a classifier trains.

    Args:
        inputs, targets, loss: see `gradient_flow`.
        every: epochs between records; the first record is before training.

    Attributes:
        history: the gradient flow by number of trained epochs.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> images = np.random.default_rng(0).random((8, 32, 32, 3), "float32")
    >>> network = classifier("plain20", widths=(2, 2, 2))
    >>> network.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> monitor = GradientFlowMonitor(images[:2], np.arange(2))
    >>> _ = network.fit(images, np.arange(8), epochs=2, verbose=0, callbacks=[monitor])
    >>> list(monitor.history), len(monitor.history[0])
    ([0, 1, 2], 20)
    """

    def __init__(
        self, inputs: np.ndarray, targets: np.ndarray, loss: Loss | None = None, every: int = 1
    ) -> None:
        super().__init__()
        self.inputs, self.targets, self.loss, self.every = inputs, targets, loss, every
        self.history: dict[int, list[KernelGradient]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Record the gradient flow before training."""
        self._record(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the gradient flow, if it is time to."""
        if (epoch + 1) % self.every == 0:
            if hasattr(self.model, "jax_state_sync"):
                self.model.jax_state_sync()  # during training JAX keeps the weights elsewhere
            self._record(epoch + 1)

    def _record(self, epochs: int) -> None:
        self.history[epochs] = gradient_flow(self.model, self.inputs, self.targets, self.loss)


def plot_gradient_flow(
    flows: Mapping[str, Sequence[KernelGradient]], title: str = "Gradient norms"
) -> Figure:
    """Plot gradient norms over depth, a line for each network.

    Args:
        flows: gradient flows by name.
        title: title of the figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, flow in flows.items():
        depths, norms = [k.depth for k in flow], [k.gradient for k in flow]
        axes.plot(depths, norms, label=name, linewidth=1.2)
    axes.set(
        title=title,
        xlabel="depth: first layer to last",
        ylabel="norm of the gradient",
        yscale="log",
    )
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    return figure


def _kernels(network: keras.Model) -> dict[str, keras.Variable]:
    """Trainable kernels by name, in the order of the calls that use them."""
    trained = {id(variable) for variable in network.trainable_variables}
    found = {
        id(variable): (f"{call.name}/{variable.name}", variable)
        for call in recorded_calls(network, symbolic_inputs(network))
        for variable in call.weights
        if len(variable.shape) > 1 and id(variable) in trained
    }
    if not found:
        raise ValueError(
            "Expected a network with trainable kernels. "
            f"Received: {network.name}, which has none. Set trainable, or choose another network."
        )
    return dict(found.values())


def _cross_entropy(targets: Any, outputs: Any) -> Any:
    return ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)


def _norm(tensor: Any) -> float:
    return float(np.linalg.norm(ops.convert_to_numpy(tensor).astype("float64")))
