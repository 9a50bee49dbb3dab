"""The autoencoder."""

from typing import Any, Self, Unpack

import keras

from keras_resgen import losses
from keras_resgen.models.autoencoding import AutoencodingModel, AutoencodingOptions
from keras_resgen.models.registry import FAMILIES
from keras_resgen.training import Phase
from keras_resgen.training.phase import Metrics


class AutoencoderOptions(AutoencodingOptions, total=False):
    """The options of `Autoencoder.create`, see the class."""

    reconstruction: str


@FAMILIES.register("ae")
@keras.saving.register_keras_serializable("keras_resgen")
class Autoencoder(AutoencodingModel):
    """An autoencoder that reconstructs images from a short code, without a prior of the codes.

    One phase, `reconstruction`, trains both networks on the metric `loss`. In a conditional model
    only the code's length keeps it from holding the attributes too, so that decoding with other
    attributes may change little.

    Args:
        encoder: see `keras_resgen.networks.encoder`.
        decoder: see `keras_resgen.networks.decoder`; conditional or not.
        reconstruction: `"mse"` (squared error) or `"bce"` (binary cross-entropy), see
            `keras_resgen.losses`.
        seed: see `PhasedModel`.

    Raises:
        ValueError: if the networks do not fit each other or the loss is unknown.

    Example:

    >>> model = Autoencoder.create(image_size=32, latent_dim=8, width=4)
    >>> model.compile()
    >>> history = model.fit(keras.random.uniform((8, 32, 32, 3), seed=0).numpy(), verbose=0)
    >>> list(history.history)
    ['loss']
    """

    monitor = "val_loss"

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        *,
        reconstruction: str = "mse",
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, decoder, **kwargs)
        self.reconstruction = reconstruction
        self.reconstruction_loss = losses.RECONSTRUCTION_LOSSES[reconstruction].loss
        self.declare(
            ("encoder", "decoder"),
            [
                Phase(
                    "reconstruction",
                    self.reconstruction_phase,
                    networks=("encoder", "decoder"),
                    loss="loss",
                )
            ],
        )

    @classmethod
    def create(cls, **options: Unpack[AutoencoderOptions]) -> Self:
        """Build the networks and the model, see `GenerativeModel.create`.

        Args:
            **options: those of `AutoencoderOptions`.

        Example:

        >>> Autoencoder.create(image_size=32, width=4, reconstruction="bce").reconstruction
        'bce'
        """
        return super().create(**options)

    def reconstruction_phase(self, batch: Any, training: bool) -> Metrics:
        """Return the reconstruction loss."""
        images, _ = self.split_attributes(batch)
        return {"loss": self.reconstruction_loss(images, self(batch, training=training))}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "reconstruction": self.reconstruction}
