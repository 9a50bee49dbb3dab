"""Hand-written training steps for Keras networks and optimizers on the PyTorch backend."""

from collections.abc import Callable
from typing import Any

import torch

from benchmarks.keras_sides import batches, networks_and_optimizers
from benchmarks.pytorch_steps import STEPS, rounds
from benchmarks.sides import Setting, Side


def train_by_hand(side: Side, setting: Setting, pixels: Any) -> Callable[[], None]:
    """Return a function that trains for one round."""
    networks, optimizers, variables = networks_and_optimizers(side, setting)

    def descent(phase: str) -> Callable[[torch.Tensor], None]:
        tensors = [v.value for v in variables[phase]]

        def descend(loss: torch.Tensor) -> None:
            optimizers[phase].apply([*torch.autograd.grad(loss, tensors)], variables[phase])

        return descend

    callables = {
        name: (lambda x, network=network: network(x, training=True))
        for name, network in networks.items()
    }
    step = STEPS[setting.family](callables, {p: descent(p) for p in variables}, setting.latent_dim)
    dataset = batches(setting, pixels)
    return rounds(step, lambda: map(torch.tensor, dataset.as_numpy_iterator()))
