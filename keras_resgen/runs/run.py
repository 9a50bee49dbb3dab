"""A run for Python: its configuration, metrics, images and trained model."""

import html
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from keras_resgen.callbacks.best_weights import parse_epoch
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.building import build_model, import_modules
from keras_resgen.runs.plan.data import Split, load_split
from keras_resgen.runs.plan.monitoring import resolve_monitoring
from keras_resgen.runs.plan.stopping import resolve_stopping
from keras_resgen.runs.report.html import image, pairs


class Run:
    """A run that was trained by `resgen train` or `keras_resgen.runs.train.train`.

    Args:
        folder: the run folder.

    Attributes:
        folder: the paths inside the run folder.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The folder of the run."""
        return self.folder.path

    @cached_property
    def config(self) -> RunConfig:
        """The configuration of the run."""
        return self.folder.read_config()

    @property
    def summary(self) -> dict[str, Any]:
        """Versions, machine, data and the result of training; empty before the run starts."""
        return self.folder.read_summary()

    @property
    def metrics(self) -> list[dict[str, float]]:
        """The metrics of every epoch, in order."""
        return read_metrics(self.folder.metrics)

    @cached_property
    def model(self) -> GenerativeModel:
        """The trained model with the weights that the run kept."""
        return load_model(self.folder)

    def images(self) -> Split:
        """Load the images of the run.

        Returns:
            `training` and `held_out` images, a named tuple.

        Raises:
            ValueError: if the images cannot be found.
            OSError: if a file cannot be read.
        """
        return load_split(self.config)

    def _facts(self) -> dict[str, Any]:
        """What is most worth knowing of the run."""
        config, summary = self.config, self.summary
        facts = {
            "model": config.model,
            "data": config.data,
            "image_size": config.image_size,
            "epochs": len(self.metrics),
        }
        kept = summary.get("kept_epoch")
        if kept:
            facts["kept_epoch"] = kept
            name = _monitor(config, measured="distribution" in summary)
            line = next((line for line in self.metrics if line["epoch"] == kept), {})
            if name in line:
                facts[name] = f"{line[name]:.4g}"
        return facts

    def __repr__(self) -> str:
        """Return the family, image size, epochs, kept epoch and best metric in one line."""
        facts = self._facts()
        del facts["data"]
        values = ", ".join(f"{name}={value}" for name, value in facts.items())
        return f"Run({str(self.path)!r}, {values})"

    def _repr_html_(self) -> str:
        """Return a table of the main facts and the last picture of samples, for notebooks."""
        parts = [f"<b>{html.escape(str(self.path))}</b>", pairs(self._facts())]
        for path in sorted(self.folder.samples.glob("samples-*.png"))[-1:]:
            parts.append(image(path.read_bytes(), path.stem))
        return "".join(parts)


def _monitor(config: RunConfig, *, measured: bool) -> str | None:
    """The metric that decided which weights the run kept; None where its family is missing."""
    try:
        import_modules(config.imports)
        stopping = resolve_stopping(config, resolve_monitoring(config))
    except ValueError:  # a run prints itself also where its model cannot be built
        return None
    return stopping.metric(measured=measured)


def load_run(path: str | Path) -> Run:
    """Return a run as an object, without loading its model yet.

    Args:
        path: folder of a run.

    Raises:
        ValueError: if the folder is no run folder.

    Example:

    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> config = RunConfig(model="ae", data="faces,count=50", batch_size=9, **options)
    >>> _ = train(config, Path("runs/first"))
    epoch 1/1 ...
    >>> run = load_run("runs/first")
    >>> run
    Run('runs/first', model=ae, image_size=32, epochs=1, kept_epoch=1, val_loss=...)
    >>> run.model.sample(2).shape
    (2, 32, 32, 3)
    """
    run = Run(RunFolder(Path(path)))
    run.config  # noqa: B018 - a folder that holds no run is refused now
    return run


def load_model(run: RunFolder, epoch: int | None = None) -> GenerativeModel:
    """Rebuild the trained model of a run from its configuration and weights.

    Args:
        run: a finished run.
        epoch: one of the best few epochs, whose weights are kept beside the final ones; the best
            by default.

    Raises:
        ValueError: if the folder is no run folder, the run has no weights yet, those of the epoch
            were not kept, or the file is damaged or of another model.

    Example:

    >>> from keras_resgen.runs.train import train
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> run = train(RunConfig(model="ae", data="faces,count=200", **options), Path("runs/ae"))
    epoch 1/1 ...
    >>> load_model(run).sample(2).shape
    (2, 32, 32, 3)
    """
    # The file of the encoder's first weights may be gone; the trained weights are in the run.
    model = build_model(replace(run.read_config(), encoder_weights=None))
    if not run.weights.is_file():
        raise ValueError(
            f"Expected a finished run. Received: {run.path}, which has no {run.weights.name}. "
            f"Wait for its training, or finish it with resgen train --resume {run.path}."
        )
    _load_weights(model, run.weights if epoch is None else _kept_weights(run, epoch))
    return model


def _kept_weights(run: RunFolder, epoch: int) -> Path:
    kept = {parse_epoch(path): path for path in run.best.glob("epoch-*.weights.h5")}
    if epoch not in kept:
        raise ValueError(
            f"epoch must be one of the kept epochs, {sorted(kept)}. Received: {epoch}. "
            "Choose one of these, or leave it out for the best."
        )
    return kept[epoch]


def _load_weights(model: GenerativeModel, path: Path) -> None:
    """Load weights that training saved; a damaged file, or that of another model, is an error."""
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"Expected weights of the configured model. Received: {path}: {reason} "
            "Put the file and config.json back as they were, or train again."
        ) from error
