"""Weights files of a model that is being trained."""

from pathlib import Path

from keras_resgen.files import move_into_place, temporary_path
from keras_resgen.models.base import GenerativeModel


class WeightsWriter:
    """Writes a model's weights as they are, without the optimizer, which only checkpoints need.

    Keras writes the optimizer of every compiled model, so they are written from one that is not.

    Args:
        model: whose weights are written.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> WeightsWriter(model)(Path("gan.weights.h5"))
    >>> model.load_weights("gan.weights.h5")
    """

    def __init__(self, model: GenerativeModel) -> None:
        self.model = model
        self._bare: GenerativeModel | None = None

    def __call__(self, path: Path) -> None:
        """Writes a file, which ends in `.weights.h5`, in one rename."""
        if self._bare is None:
            self._bare = type(self.model).from_config(self.model.get_config())
        self._bare.set_weights(self.model.get_weights())
        temporary = temporary_path(path)
        self._bare.save_weights(temporary, overwrite=True)
        move_into_place(temporary, path)
