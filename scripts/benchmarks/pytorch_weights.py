"""Copying of weights from Keras networks to the same networks in plain PyTorch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "bias": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
HEADS = ("code", "mean", "log_variance", "logits")


def channels_first(name: str, weight: np.ndarray, start: Sequence[int] | None) -> np.ndarray:
    """Return a Keras weight in the order of axes that PyTorch has.

    Dense layers next to feature maps are reordered too, since they act on flattened maps.

    Args:
        name: path of the Keras variable.
        weight: value of the Keras variable.
        start: shape of the smallest feature map, channels first; None if the network has none.
    """
    layer, kind = name.split("/")[-2:]
    if layer == "project":
        assert start is not None
        channels, height, width = start
        order = (0, 3, 1, 2) if kind == "kernel" else (2, 0, 1)
        weight = weight.reshape(*weight.shape[:-1], height, width, channels).transpose(order)
        return weight.reshape(len(weight), -1).T if kind == "kernel" else weight.ravel()
    if layer in HEADS and kind == "kernel" and start:
        channels, height, width = start
        weight = weight.reshape(height, width, channels, -1).transpose(2, 0, 1, 3)
        return weight.reshape(-1, weight.shape[-1]).T
    return weight.transpose(3, 2, 0, 1) if weight.ndim == 4 else weight.T


def copy_weights(source: Any, target: torch.nn.Module, start: Sequence[int] | None) -> None:
    """Copy the weights of a Keras network to the same network in `benchmarks.pytorch_networks`.

    Args:
        source: a `keras.Model`.
        target: the network in PyTorch.
        start: see `channels_first`.
    """
    state = target.state_dict()
    for variable, weight in zip(source.weights, source.get_weights(), strict=True):
        layer, _, kind = variable.path.rpartition("/")
        own = f"{layer.replace('/', '.')}.{NAMES[kind]}"
        (name,) = [
            f"{prefix}{own}" for prefix in ("", "backbone.", "heads.") if f"{prefix}{own}" in state
        ]
        values = np.ascontiguousarray(channels_first(variable.path, weight, start))
        assert state[name].shape == values.shape, name
        state[name] = torch.from_numpy(values)
    target.load_state_dict(state)
