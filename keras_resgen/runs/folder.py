"""The run folder: what `resgen train` leaves, and every other command takes."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resgen.files import write_whole
from keras_resgen.runs.config import RunConfig, read_options

CONFIG_FILE = "config.json"
LOCK_FILE = ".lock"


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
        """Figures of every epoch, one JSON object a line."""
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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other trainings out of the folder, which is made if it is missing.

        Raises:
            ValueError: if another training has it now.

        Example:

        >>> with RunFolder(Path("runs/vae")).locked():
        ...     pass
        """
        from filelock import FileLock, Timeout  # slow, and every command imports this module

        self.path.mkdir(parents=True, exist_ok=True)
        try:
            lock = FileLock(self.path / LOCK_FILE).acquire(timeout=0)
        except Timeout as error:
            raise ValueError(
                f"A run is trained by one process at a time. Received: {self.path}, where another "
                "is training now. Wait for it, or choose another folder."
            ) from error
        with lock:
            yield

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

    def is_run(self) -> bool:
        """Returns whether there is a run's configuration in the folder."""
        try:
            self.read_config()
        except ValueError:
            return False
        return True

    def read_summary(self) -> dict[str, Any]:
        """Returns the run's summary; empty if the run has not started."""
        return read_options(self.summary_file) if self.summary_file.is_file() else {}

    def write_json(self, path: Path, content: dict[str, Any]) -> None:
        """Writes a JSON file in one rename."""
        write_whole(path, (json.dumps(content, indent=2) + "\n").encode())


def check_destination(path: Path, *, overwrite: bool) -> None:
    """Raises unless a new folder can be made at `path`, changing nothing.

    Args:
        path: of the folder to be made.
        overwrite: whether a run that is there may be replaced.

    Raises:
        ValueError: if the path is a file, cannot be written, or holds something: anything without
            `overwrite`, and with it anything but a run.

    Example:

    >>> check_destination(Path("a-new-folder"), overwrite=False)
    """
    if path.exists() and not path.is_dir():
        raise ValueError(f"Expected a folder to write to. Received: a file, {path}. Move it.")
    occupied = path.is_dir() and any(entry.name != LOCK_FILE for entry in path.iterdir())
    if occupied and not overwrite:
        raise ValueError(
            f"Expected an empty folder to write to. Received: {path}, which is not empty. "
            "Replace it with --overwrite, go on with --resume, or choose another folder."
        )
    if occupied and not RunFolder(path).is_run():
        raise ValueError(
            f"Only a run can be overwritten. Received: {path}, whose {CONFIG_FILE} is missing or "
            "another program's. Choose another folder, or empty this one by hand."
        )
    if obstacle := unwritable(path):
        raise ValueError(
            f"Expected a folder that can be written. Received: {path}; {obstacle} is not "
            "writable. Choose another folder, or change its permissions."
        )


def unwritable(folder: Path) -> Path | None:
    """Returns what keeps files from being written to a folder, itself or the nearest above it.

    Args:
        folder: that there is, or that is to be made.

    Returns:
        A path that is no folder or cannot be written; None where nothing is in the way.

    Example:

    >>> unwritable(Path("a-new-folder/inside"))
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return None if writable else existing


def empty_run_folder(run: RunFolder) -> None:
    """Removes what a run wrote into its folder, and nothing else.

    The folder itself stays: it may be a link, a mounted disk or the current folder.

    Args:
        run: a run, or a folder that is to become one.

    Example:

    >>> empty_run_folder(RunFolder(Path(".")))
    """
    # The configuration goes last: a removal cut short leaves a run, which can be overwritten.
    for entry in run.entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
