"""The run folder: what `resgen train` leaves, and every other command takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resgen.compatibility import rename_keys
from keras_resgen.runs.config import RunConfig, read_options

CONFIG_FILE = "config.json"


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
        """The weights the finished run kept, without the optimizer; every command uses them."""
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
        """Folder of the features of held-out images, and the protocol they are compared under."""
        return self.path / "distribution"

    @property
    def metrics(self) -> Path:
        """Metrics of every epoch, one JSON object a line."""
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

        Once it has ended, also epochs, the epoch whose weights were kept, and the seconds of all
        epochs.
        """
        return self.path / "summary.json"

    @property
    def report(self) -> Path:
        """The report as one HTML file."""
        return self.path / "report.html"

    @property
    def entries(self) -> tuple[Path, ...]:
        """Everything a run writes but the lock; the configuration last."""
        return (
            *(self.weights, self.best, self.checkpoints, self.distribution, self.metrics),
            *(self.samples, self.tensorboard),
            *(self.summary_file, self.report, self.config_file),
        )

    def read_config(self) -> RunConfig:
        """Returns the run's configuration.

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
        """Returns whether there is a run's configuration in the folder."""
        try:
            self.read_config()
        except ValueError:
            return False
        return True

    def read_summary(self) -> dict[str, Any]:
        """Returns the run's summary; empty if the run has not started."""
        return rename_keys(read_options(self.summary_file)) if self.summary_file.is_file() else {}
