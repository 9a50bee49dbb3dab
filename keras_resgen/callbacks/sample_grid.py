"""Pictures of what a model makes, drawn from the same images and latent vectors each epoch."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resgen.data.pictures import PADDING, contact_sheet, reconstruction_sheet, save_png
from keras_resgen.latent import interpolate


class SampleGrid(keras.callbacks.Callback):
    """Writes PNG grids before training and after every epoch.

    Into one folder go `reals.png` and, with the number of epochs behind a model in the name,
    `samples-0003.png` (from fixed latent vectors), `interpolation-0003.png` and, for models with an
    encoder, `reconstructions-0003.png` (originals above reconstructions). With an encoder the
    interpolation runs straight between the codes of two held-out images, else on the arc between
    two latent vectors. Reconstructions of a conditional model have the attributes of the images,
    and samples have the same attributes in turn.

    Args:
        folder: folder of the pictures; made if missing.
        images: held-out images, float array of shape `(count, size, size, channels)` in [0, 1];
            two at least.
        attributes: those of the images, of shape `(count, attributes)`, for a conditional model.
        samples: images in the sample grid.
        columns: images in a row.
        seed: seed of the fixed latent vectors.
        tensorboard: folder of TensorBoard logs to write the pictures to as well; needs the package
            tensorboard.

    Raises:
        ValueError: if there are fewer than two images.
        ImportError: if TensorBoard is asked for and not installed.

    Example:

    >>> SampleGrid(Path("samples"), np.zeros((4, 32, 32, 3), "float32")).columns
    8
    """

    def __init__(
        self,
        folder: Path,
        images: np.ndarray,
        *,
        attributes: np.ndarray | None = None,
        samples: int = 64,
        columns: int = 8,
        seed: int = 0,
        tensorboard: Path | None = None,
    ) -> None:
        super().__init__()
        if len(images) < 2:
            raise ValueError(
                f"SampleGrid needs at least 2 images. Received: {len(images)}. Hold out more."
            )
        self.folder = Path(folder)
        self.images = images
        self.attributes = attributes
        self.samples = samples
        self.columns = columns
        self.seed = seed
        self._writer = None if tensorboard is None else _tensorboard_writer(tensorboard)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Draw the real images, and what the model makes if the folder has no samples yet."""
        save_png(
            self.folder / "reals.png", contact_sheet(self.images, self.columns, padding=PADDING)
        )
        if not list(self.folder.glob("samples-*.png")):
            self.draw(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Draw what the model makes now."""
        self.draw(epoch + 1)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Bring what TensorBoard's writer still holds to disk."""
        if self._writer is not None:
            self._writer.close()

    def draw(self, epochs: int) -> None:
        """Write the pictures of a model that was trained for so many epochs."""
        for name, sheet in self.sheets().items():
            save_png(self.folder / f"{name}-{epochs:04d}.png", sheet)
            if self._writer is not None:
                self._writer.add_image(name, sheet, epochs, dataformats="HWC")

    def sheets(self) -> dict[str, np.ndarray]:
        """Return the pictures by name, as uint8 arrays."""
        latents = self.model.draw_latents(self.samples, self.seed)
        condition = self.attributes
        in_turn = (
            None if condition is None else np.resize(condition, (self.samples, condition.shape[1]))
        )
        samples = self.model.generate(latents, in_turn)
        sheets = {"samples": contact_sheet(samples, self.columns, padding=PADDING)}
        ends = latents[:2]
        if self.model.has_encoder:
            codes = self.model.encode(self.images)
            sheets["reconstructions"] = reconstruction_sheet(
                self.images, self.model.generate(codes, condition), self.columns
            )
            ends = codes[:2]
        end_condition = None if condition is None else condition[:2]
        sheets["interpolation"] = contact_sheet(
            interpolate(self.model, ends, self.columns, end_condition),
            self.columns,
            padding=PADDING,
        )
        return sheets


def _tensorboard_writer(folder: Path) -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "Pictures for TensorBoard need the package tensorboardX. Received: none installed. "
            "Install keras-resgen[tensorboard]."
        ) from error
    return SummaryWriter(str(folder))
