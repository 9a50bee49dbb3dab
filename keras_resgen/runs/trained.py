"""A trained model from a run folder or an export."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resgen.export.folder.manifest import MANIFEST, Manifest
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder

if TYPE_CHECKING:
    from keras_resgen.runs.plan.data import DataPlan
    from keras_resgen.runs.plan.monitoring import MonitoringPlan


@dataclass(frozen=True)
class Trained:
    """A trained model with what commands need to know of its training.

    Attributes:
        path: folder of the run or export.
        config: the configuration of its run; that of an export has only the name of a folder of
            images.
        summary: the summary of the run; empty for an export.
        model: a `GenerativeModel` of a run, an `ExportedModel` of an export.
        is_export: whether it is an export.
    """

    path: Path
    config: RunConfig = field(repr=False)
    summary: dict[str, Any] = field(repr=False)
    model: Any = field(repr=False)
    is_export: bool

    @cached_property
    def data(self) -> DataPlan:
        """Which images the model was trained on, and which were held out."""
        from keras_resgen.runs.plan.data import resolve_data

        return resolve_data(self.config)

    @cached_property
    def monitoring(self) -> MonitoringPlan:
        """What its samples are compared with."""
        from keras_resgen.runs.plan.monitoring import resolve_monitoring

        return resolve_monitoring(self.config, self.data)


def is_export(path: Path) -> bool:
    """Return whether a folder is an export.

    Example:

    >>> is_export(Path("runs/vae"))
    False
    """
    return (path / MANIFEST).is_file()


def load_config(path: Path) -> RunConfig:
    """Return the configuration of a run or an export, without loading its model.

    Raises:
        ValueError: if it is neither.
    """
    if not is_export(path):
        return RunFolder(path).read_config()
    options = Manifest.load(path).metadata.get("config")
    if options is None:
        raise ValueError(
            "Expected an export of a run, whose manifest holds the configuration. Received: "
            f"{path}, which was not exported from a run. "
            "Load it with keras_resgen.export.load_export."
        )
    return RunConfig.from_dict(options)


def load_trained(path: Path) -> Trained:
    """Load the model of a run, or of an export by its ONNX files.

    Args:
        path: folder of a finished run, or of an export of a run.

    Raises:
        ValueError: if it is neither, or incomplete.

    Example:

    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> config = RunConfig(model="ae", data="faces,count=200", **options)
    >>> run = train(config, Path("runs/ae"))
    epoch 1/1 ...
    >>> load_trained(run.path).config == config
    True
    """
    config = load_config(path)
    if is_export(path):
        from keras_resgen.export.exported_model import ExportedModel

        return Trained(path, config, {}, ExportedModel(path), is_export=True)
    from keras_resgen.runs.run import load_model

    run = RunFolder(path)
    return Trained(path, config, run.read_summary(), load_model(run), is_export=False)
