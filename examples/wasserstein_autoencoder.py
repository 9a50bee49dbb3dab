"""A Wasserstein autoencoder as a family from outside the package, in one file.

Tolstikhin et al., "Wasserstein Auto-Encoders" (2018, https://arxiv.org/abs/1711.01558), in the
variant WAE-MMD: a deterministic encoder and decoder minimize the squared error plus a multiple of
the maximum mean discrepancy between the codes and draws of the prior.

Run this file to train it for an epoch on random images:

    python examples/wasserstein_autoencoder.py

Importing the file registers the family as `"wae"`. From then on `create_model("wae", ...)` builds
it, and runs, exports and evaluations work as with any other family. An installed package lists the
module as an entry point of the group `keras_resgen.families`.
"""

from typing import Any, Self, Unpack

import keras
import numpy as np
from keras import ops

from keras_resgen.losses import RECONSTRUCTION_LOSSES
from keras_resgen.models import (
    FAMILIES,
    AutoencodingModel,
    AutoencodingOptions,
    Endpoint,
    check_not_negative,
)
from keras_resgen.training import Metrics, Phase


def inverse_multiquadratics(x: Any, y: Any, scale: float) -> Any:
    """Return the kernel `scale / (scale + |x - y|^2)` of all pairs of rows.

    Args:
        x: tensor of shape `(n, latent_dim)`.
        y: tensor of shape `(m, latent_dim)`.
        scale: C in the paper.

    Returns:
        A tensor of shape `(n, m)`.
    """
    differences = ops.expand_dims(x, 1) - ops.expand_dims(y, 0)
    return scale / (scale + ops.sum(ops.square(differences), axis=2))


def maximum_mean_discrepancy(codes: Any, draws: Any, scale: float) -> Any:
    """Return the unbiased estimate of the squared MMD between codes and draws of the prior.

    Algorithm 2 of the paper. The estimate may be slightly negative.

    Args:
        codes: tensor of shape `(n, latent_dim)`, with two rows at least.
        draws: tensor of the same shape.
        scale: see `inverse_multiquadratics`.

    Returns:
        A scalar.

    Example:

    >>> codes, draws = ops.convert_to_tensor([[0.0], [0.0]]), ops.convert_to_tensor([[1.0], [1.0]])
    >>> float(maximum_mean_discrepancy(codes, draws, scale=1.0))
    1.0
    """
    count = ops.cast(ops.shape(codes)[0], "float32")

    def mean_of_pairs(rows: Any) -> Any:
        # The kernel of a row with itself is 1.
        return (ops.sum(inverse_multiquadratics(rows, rows, scale)) - count) / (count * (count - 1))

    between = ops.mean(inverse_multiquadratics(codes, draws, scale))
    return mean_of_pairs(codes) + mean_of_pairs(draws) - 2.0 * between


class WassersteinAutoencoderOptions(AutoencodingOptions, total=False):
    """The options of `WassersteinAutoencoder.create`, see the class."""

    penalty_weight: float
    kernel_scale: float | None


@FAMILIES.register("wae")
@keras.saving.register_keras_serializable("examples")
class WassersteinAutoencoder(AutoencodingModel):
    """A Wasserstein autoencoder with an MMD penalty (WAE-MMD).

    One phase, `reconstruction`, trains both networks on the metric `loss`, which is
    `reconstruction_loss + penalty_weight * mmd`.

    Args:
        encoder: see `keras_resgen.networks.encoder`.
        decoder: see `keras_resgen.networks.decoder`.
        penalty_weight: lambda in the paper, which uses 100 for CelebA.
        kernel_scale: C of the kernel; by default `2 * latent_dim`, the expected squared distance of
            two draws of the prior.

    Raises:
        ValueError: if the networks do not fit each other, or a number is negative.

    Example:

    >>> model = WassersteinAutoencoder.create(image_size=32, latent_dim=8, width=4)
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> sorted(history.history)
    ['loss', 'mmd', 'reconstruction_loss']
    """

    monitor = "val_loss"

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        *,
        penalty_weight: float = 100.0,
        kernel_scale: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        check_not_negative("The paper uses 10 and 100.", penalty_weight=penalty_weight)
        self.penalty_weight = penalty_weight
        self.kernel_scale = 2.0 * self.latent_dim if kernel_scale is None else kernel_scale
        check_not_negative("Leave it out for 2 * latent_dim.", kernel_scale=self.kernel_scale)
        self.reconstruction_loss = RECONSTRUCTION_LOSSES["mse"].loss
        self.declare(
            ("encoder", "decoder"),
            [
                Phase(
                    "reconstruction",
                    self.reconstruction_phase,
                    networks=("encoder", "decoder"),
                    loss="loss",
                    metrics=("reconstruction_loss", "mmd"),
                )
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[WassersteinAutoencoderOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `WassersteinAutoencoderOptions`.
        """
        return super().create(**options)

    def reconstruction_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the loss, its squared error and its discrepancy."""
        images, attributes = self.split_attributes(batch)
        codes = self.code(images, training)
        reconstructions = self.decode(codes, attributes, training)
        reconstruction_loss = self.reconstruction_loss(images, reconstructions)
        draws = self.noise(ops.shape(codes), training)
        mmd = maximum_mean_discrepancy(codes, draws, self.kernel_scale)
        return {
            "loss": reconstruction_loss + self.penalty_weight * mmd,
            "reconstruction_loss": reconstruction_loss,
            "mmd": mmd,
        }

    def endpoints(self) -> dict[str, Endpoint]:
        """Return `encode`, `decode`, `reconstruct` and `generate`."""
        endpoints = super().endpoints()
        return {**endpoints, "generate": endpoints["decode"]}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "penalty_weight": self.penalty_weight,
            "kernel_scale": self.kernel_scale,
        }


if __name__ == "__main__":
    model = WassersteinAutoencoder.create(image_size=32, latent_dim=8, width=8)
    model.compile()
    model.fit(np.random.default_rng(0).random((64, 32, 32, 3), "float32"))
    print(f"Samples: {model.sample(4).shape}")
