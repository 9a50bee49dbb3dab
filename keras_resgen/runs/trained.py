"""A trained model, out of a run folder or an export alike."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resgen.export.folder.manifest import MANIFEST, Manifest
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder


@dataclass(frozen=True)
class Trained:
    """What commands need of a trained model.

    Attributes:
        path: of the run or export.
        config: that it was trained with; an export's tells of a folder of images the name alone.
        summary: of the run; empty for an export.
        model: a `GenerativeModel` of a run, an `ExportedModel` of an export.
        is_export: which of them it is.
    """

    path: Path
    config: RunConfig
    summary: dict[str, Any]
    model: Any
    is_export: bool


def is_export(path: Path) -> bool:
    """Returns whether a folder is an export.

    Example:

    >>> is_export(Path("runs/vae"))
    False
    """
    return (path / MANIFEST).is_file()


def load_config(path: Path) -> RunConfig:
    """Returns the configuration of a run or an export, without loading its model.

    Raises:
        ValueError: if it is neither.
    """
    if not is_export(path):
        return RunFolder(path).read_config()
    options = Manifest.load(path).metadata.get("config")
    if options is None:
        raise ValueError(
            "Expected an export of a run, whose manifest holds the configuration. Received: "
            f"{path}, exported by other means. "
            "Use keras_resgen.export.exported_model.ExportedModel."
        )
    return RunConfig.from_dict(options)


def load_trained(path: Path) -> Trained:
    """Loads the model of a run, or of an export by its ONNX files.

    Args:
        path: of a finished run, or of an export of a run.

    Raises:
        ValueError: if it is neither, or not whole.

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
    from keras_resgen.runs.plan.building import load_model

    run = RunFolder(path)
    return Trained(path, config, run.read_summary(), load_model(run), is_export=False)
