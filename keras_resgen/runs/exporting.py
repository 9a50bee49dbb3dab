"""Exports of runs: the trained model, with what is known of its training."""

from pathlib import Path
from typing import Any

from keras_resgen.data.recipe import Progress
from keras_resgen.data.registry import replace_paths
from keras_resgen.data.source import PATH
from keras_resgen.export.exporter import export_model
from keras_resgen.export.manifest import Manifest
from keras_resgen.runs.building import load_model
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder


def export_run(
    run: RunFolder, out: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> Manifest:
    """Exports the trained model of a run.

    Args:
        run: a finished run.
        out: folder of the export to make.
        overwrite: whether an export that is there may be replaced.
        progress: called as `progress(done, total, label)`.

    Returns:
        The export's manifest.

    Raises:
        ValueError: if the run is not finished, or as `export_model`.

    Example:

    >>> from keras_resgen.runs.config import RunConfig
    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> run = train(RunConfig(model="ae", data="faces,count=200", **options), Path("runs/ae"))
    epoch 1/1 ...
    >>> manifest = export_run(run, Path("exports/ae"))
    >>> "decoder.onnx" in manifest.files
    True
    """
    config = run.read_config()
    return export_model(
        load_model(run),
        out,
        metadata=training_metadata(config, run.read_summary()),
        overwrite=overwrite,
        progress=progress,
    )


def training_metadata(config: RunConfig, summary: dict[str, Any]) -> dict[str, Any]:
    """Returns what an export says of its training.

    Of a folder of images only the name is told, and of other paths nothing: where they lay is the
    trainer's own business.

    Args:
        config: of the run.
        summary: of the run.

    Example:

    >>> training_metadata(RunConfig(data="folder:home/me/cats"), {"epochs": 3})["data"]
    'folder:cats'
    """
    data = replace_paths(config.data, lambda name, path: Path(path).name if name == PATH else None)
    return {
        "family": config.model,
        "data": data,
        "config": {**config.to_dict(), "data": data},
        **({"attributes": list(config.attribute_names)} if config.attributes else {}),
        "epochs": summary.get("epochs"),
        "kept_epoch": summary.get("kept_epoch"),
        "data_fingerprint": summary.get("data_fingerprint"),
    }
