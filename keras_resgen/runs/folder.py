"""The run folder: what `resgen train` writes, and every other command reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resgen.compatibility import rename_keys
from keras_resgen.files import move_into_place, temporary_path
from keras_resgen.runs.config import RunConfig, read_options

if TYPE_CHECKING:
    from keras_resgen.models.base import GenerativeModel

CONFIG_FILE = "config.json"
# Options of every run, without which a file with unknown options belongs to another program.
IDENTIFYING = {"model", "data", "image_size", "epochs"}


@dataclass(frozen=True)
class RunFolder:
    """The paths inside a run folder.

    Attributes:
        path: the folder.

    Example:

    >>> RunFolder(Path("runs/vae")).config_file.as_posix()
    'runs/vae/config.json'
    """

    path: Path
    kind = "run"

    @property
    def config_file(self) -> Path:
        """The configuration: with the weights, all that is needed to rebuild the model."""
        return self.path / CONFIG_FILE

    @property
    def weights(self) -> Path:
        """The weights that the finished run kept, without the optimizer, for every command."""
        return self.path / "model.weights.h5"

    @property
    def checkpoints(self) -> Path:
        """Folder of the last two checkpoints, from which a run is resumed."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """Folder of the weights of the best few epochs, `epoch-0007.weights.h5` and so on."""
        return self.path / "best"

    @property
    def distribution(self) -> Path:
        """Folder of the features of held-out images, and the protocol of comparing them."""
        return self.path / "distribution"

    @property
    def metrics(self) -> Path:
        """Metrics of every epoch, one JSON object per line."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """Folder of the picture grids."""
        return self.path / "samples"

    @property
    def tensorboard(self) -> Path:
        """Folder of the TensorBoard logs."""
        return self.path / "tensorboard"

    @property
    def summary_file(self) -> Path:
        """Versions, machine and data of the run.

        Once the run has ended, also its epochs, the epoch whose weights were kept, and the seconds
        of all epochs.
        """
        return self.path / "summary.json"

    @property
    def report(self) -> Path:
        """The report as one HTML file."""
        return self.path / "report.html"

    @property
    def entries(self) -> tuple[Path, ...]:
        """Everything that a run writes but the lock; the configuration comes last."""
        return (
            self.weights,
            self.best,
            self.checkpoints,
            self.distribution,
            self.metrics,
            self.samples,
            self.tensorboard,
            self.summary_file,
            self.report,
            self.config_file,
        )

    def read_config(self) -> RunConfig:
        """Return the configuration of the run.

        Raises:
            ValueError: if the folder is no run folder.
        """
        if not self.config_file.is_file():
            raise ValueError(
                f"Expected the folder of a run, with a {CONFIG_FILE} in it. Received: {self.path}. "
                "Give the folder that was --out of resgen train."
            )
        return RunConfig.from_dict(read_options(self.config_file))

    def is_own(self) -> bool:
        """Return whether the folder holds the configuration of a run."""
        try:
            known = not self.read_config().family_options
            return known or set(read_options(self.config_file)) >= IDENTIFYING
        except ValueError:
            return False

    def read_summary(self) -> dict[str, Any]:
        """Return the summary of the run; empty if the run has not started."""
        return rename_keys(read_options(self.summary_file)) if self.summary_file.is_file() else {}


class WeightsWriter:
    """Writes the weights of a model without the optimizer, which only checkpoints need.

    Keras writes the optimizer of every compiled model, so the weights are copied to a model that is
    not compiled.

    Args:
        model: the model whose weights are written.

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
        """Write a file, which ends in `.weights.h5`, and rename it to its place."""
        if self._bare is None:
            self._bare = type(self.model).from_config(self.model.get_config())
        self._bare.set_weights(self.model.get_weights())
        temporary = temporary_path(path)
        self._bare.save_weights(temporary, overwrite=True)
        move_into_place(temporary, path)
