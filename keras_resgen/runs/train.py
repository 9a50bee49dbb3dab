"""Training a configuration into a run folder."""

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console

from keras_resgen import __version__
from keras_resgen.backends import adapter
from keras_resgen.callbacks import (
    BestWeights,
    Checkpoints,
    CollapseAlarm,
    EarlyStopping,
    FiniteGuard,
    MetricsLog,
    SampleGrid,
    TrainingProgress,
)
from keras_resgen.callbacks.metrics_log import read_metrics, truncate_metrics
from keras_resgen.data.batches import evaluation_batches, training_batches
from keras_resgen.data.image_set import ImageRows, ImageSet
from keras_resgen.data.source_plan import Progress
from keras_resgen.files import write_json
from keras_resgen.metrics.features import FEATURES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.destination import check_destination, empty, locked
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.building import build_model, check_packages
from keras_resgen.runs.plan.data import (
    HELD_OUT_ATTRIBUTES,
    attribute_labels,
    format_attributes,
    given_with,
    load_split,
    print_notes,
    with_absolute_paths,
)
from keras_resgen.runs.plan.describe import peak_memory
from keras_resgen.runs.plan.monitoring import (
    describe_baseline,
    details,
    distribution_summary,
    monitors,
    run_reference,
)
from keras_resgen.runs.plan.optimizers import phase_optimizers
from keras_resgen.runs.plan.plan import Plan, plan_run
from keras_resgen.runs.plan.resuming import (
    check_same_backend,
    check_same_images,
    check_same_schedule,
    check_unfinished,
)
from keras_resgen.runs.plan.stopping import better, is_sample_metric
from keras_resgen.runs.report.report import write_report
from keras_resgen.runs.weights import WeightsWriter
from keras_resgen.training import distributed
from keras_resgen.training.devices.hosts import check_same_on_all_hosts

PICTURED_IMAGES = 32


class NotFiniteError(RuntimeError):
    """A metric or a weight became NaN or infinite; the last finite weights were kept."""


def train(
    config: RunConfig,
    out: Path,
    *,
    overwrite: bool = False,
    console: Console | None = None,
    data_progress: Progress | None = None,
) -> RunFolder:
    """Trains a model and writes its run folder.

    Args:
        config: what to train, on what.
        out: the folder to make.
        overwrite: whether a run that is there may be replaced.
        console: where to print progress.
        data_progress: called while images are prepared, see `load_images`.

    Returns:
        The finished run.

    Raises:
        ValueError: for anything wrong with the configuration, the folder or the images, before
            training starts and before anything is written.
        NotFiniteError: if training left the numbers; the folder then holds the last finite weights.
        MemoryError: if the machine has too little.
        KeyboardInterrupt: on Ctrl-C, once the step is done and a checkpoint written.
        SystemExit: on SIGTERM, likewise.
        LostHostError: if another host has ended.

    Example:

    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> config = RunConfig(model="ae", data="faces,count=200", **options)
    >>> run = train(config, Path("runs/ae"), console=Console(quiet=True))
    >>> run.report.is_file()
    True
    """
    console = console or Console()
    run = RunFolder(out)
    with _devices(config):
        check_packages(config)
        check_destination(run, overwrite=overwrite)
        config = RunConfig(**with_absolute_paths(config.to_dict()))
        model = build_model(config)
        train_images, held_out = load_split(config, data_progress)
        print_notes(train_images, console)
        plan = plan_run(config, model, train_images, held_out)
        with locked(run):
            empty(run)
            _fit(run, config, model, plan, train_images, held_out, console)
    return run


def resume(
    run: RunFolder,
    *,
    epochs: int | None = None,
    devices: int | None = None,
    hosts: str | None = None,
    host: int | None = None,
    console: Console | None = None,
    data_progress: Progress | None = None,
) -> RunFolder:
    """Goes on with a run from its newest whole checkpoint, or from the start if there is none.

    Weights, metrics and logs, and what is kept in the end, are those of a run that never stopped.

    Args:
        run: a run folder.
        epochs: train to this many epochs in all instead of the configured number.
        devices: train on so many instead of the configured number.
        hosts: train on these instead of the configured ones; "" for this machine alone.
        host: the index of this machine in `hosts`, instead of the configured one.
        console: where to print progress.
        data_progress: called while images are prepared.

    Returns:
        The finished run.

    Raises:
        ValueError: if the run has ended, the images or the backend have changed, the checkpoint is
            of another model, or another process is training the run.
        NotFiniteError: as `train`.
        MemoryError: as `train`.
        KeyboardInterrupt: as `train`.
        SystemExit: as `train`.
        LostHostError: as `train`.

    Example:

    >>> options = {"model": "ae", "image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> quiet = Console(quiet=True)
    >>> run = train(RunConfig(data="faces,count=60", **options), Path("runs/short"), console=quiet)
    >>> len(read_metrics(resume(run, epochs=2, console=quiet).metrics))
    2
    """
    console = console or Console()
    config = run.read_config()
    check_packages(config)
    check_same_schedule(config, epochs)
    check_same_backend(run)
    changes = {"epochs": epochs, "devices": devices, "hosts": hosts, "host": host}
    config = RunConfig.from_dict(
        config.to_dict() | {name: value for name, value in changes.items() if value is not None}
    )
    with _devices(config):
        train_images, held_out = load_split(config, data_progress)
        print_notes(train_images, console)
        check_same_images(run, config, train_images)
        model = build_model(config)
        plan = plan_run(config, model, train_images, held_out)
        with locked(run):
            _fit(run, config, model, plan, train_images, held_out, console)
    return run


@contextmanager
def _devices(config: RunConfig) -> Iterator[None]:
    """Enters the configured devices, once all hosts have the same configuration."""
    own = ("data", "host")  # of one machine; that the images are the same is checked later
    options = {name: value for name, value in config.to_dict().items() if name not in own}
    with distributed(config.devices, config.host_addresses, config.host):
        check_same_on_all_hosts("options", json.dumps([options, __version__]))
        yield


def _fit(
    run: RunFolder,
    config: RunConfig,
    model: GenerativeModel,
    plan: Plan,
    train_images: ImageSet,
    held_out: ImageSet,
    console: Console,
) -> None:
    """Trains from the newest checkpoint, if there is one, to the end, and writes the whole run."""

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    model.compile(phase_optimizers(config, model, plan.steps))
    guard = FiniteGuard()
    progress = TrainingProgress(
        plan.steps, plan.step_images, console, left_out=details(config.features)
    )
    alarm = CollapseAlarm(config.features, stop=is_sample_metric(config, plan.metric), report=say)
    attributes = attribute_labels(held_out, config)
    real = None
    if plan.measured:
        extractor = FEATURES[config.features]()
        real = run_reference(run.distribution, extractor, train_images, held_out, plan.measured)
    write_weights = WeightsWriter(model)
    keeping = _keeping(run, config, plan, write_weights)
    callbacks: list[keras.callbacks.Callback] = [
        *([] if real is None else monitors(config, model, real, held_out)),
        guard,  # looks at what is measured, too
        MetricsLog(run.metrics),
        SampleGrid(
            run.samples,
            held_out.floats(slice(PICTURED_IMAGES)),
            attributes=None if attributes is None else attributes[:PICTURED_IMAGES],
            seed=config.seed,
            tensorboard=run.tensorboard if config.tensorboard else None,
        ),
        progress,
        alarm,
        *keeping,
        *([keras.callbacks.TensorBoard(str(run.tensorboard))] if config.tensorboard else []),
    ]
    checkpoints = Checkpoints(
        run.checkpoints,
        callbacks,
        every_steps=config.checkpoint_steps,
        report=say,
    )
    done = checkpoints.initial_epoch
    check_unfinished(run, config, checkpoints)
    write_json(run.config_file, config.to_dict())
    if real is not None:
        real.save(run.distribution)
    # An epoch that was logged but not saved is trained, and logged, again.
    truncate_metrics(run.metrics, done)
    # Until there are new weights, the folder keeps those of an earlier end, and says so.
    earlier = run.read_summary().get("kept_epoch") if run.weights.is_file() else None
    summary = _summary(model, train_images, held_out)
    if real is not None:
        summary["distribution"] = distribution_summary(real)
        say(f"Measured on {plan.measured} images. {describe_baseline(real)}")
    if attributes is not None:
        summary[HELD_OUT_ATTRIBUTES] = format_attributes(attributes)
    write_json(run.summary_file, summary | ({"kept_epoch": earlier} if earlier else {}))
    run.report.unlink(missing_ok=True)
    with closing(progress), _explained_memory_errors(config), adapter().repeatable(), checkpoints:
        model.fit(
            training_batches(
                train_images.images,
                plan.step_images,
                seed=config.seed,
                start_step=done * plan.steps,
                labels=given_with(train_images, config),
            ),
            steps_per_epoch=plan.steps,
            initial_epoch=done,
            epochs=done if checkpoints.stopped else config.epochs,
            validation_data=_validation_batches(config, model, held_out),
            callbacks=[*callbacks, checkpoints],
            shuffle=False,  # training_batches does
            verbose=0,
        )
    lines = read_metrics(run.metrics)
    epochs = len(lines)
    kept = epochs - (guard.failure is not None)
    for stopper in keeping:
        if isinstance(stopper, EarlyStopping) and stopper.best_weights is not None:
            # At the epoch that failed the guard had put back the weights of the one before it.
            kept = min(stopper.best_epoch + 1, kept)
    write_weights(run.weights)
    write_json(
        run.summary_file,
        {
            **summary,
            "epochs": epochs,
            "kept_epoch": kept,
            "stopped_early": epochs < config.epochs and guard.failure is None,
            "failure": guard.failure,
            "alarms": [f"epoch {epoch}: {text}" for epoch, text in alarm.alarms],
            "seconds": round(sum(line["seconds"] for line in lines), 1),
            "peak_memory_mib": peak_memory(),
        },
    )
    write_report(run)
    if guard.failure is not None:
        raise NotFiniteError(
            f"Training was stopped: {guard.failure}. The last finite weights are in {run.weights}. "
            "Try a smaller learning rate."
        )


def _validation_batches(config: RunConfig, model: GenerativeModel, held_out: ImageSet) -> Any:
    """All held-out images, but for a last few that not all devices could share."""
    count = len(held_out) // model.devices.count * model.devices.count
    images = ImageRows(held_out.images, np.arange(count))
    given = given_with(held_out, config)
    return evaluation_batches(images, config.batch_size, None if given is None else given[:count])


def _keeping(
    run: RunFolder, config: RunConfig, plan: Plan, write_weights: WeightsWriter
) -> list[keras.callbacks.Callback]:
    """What keeps the best weights and ends training, if a metric says which and when."""
    if plan.metric is None:
        return []
    return [
        BestWeights(
            run.best,
            plan.metric,
            keep=config.keep_best,
            mode=better(plan.metric),
            save=write_weights,
        ),
        EarlyStopping(
            plan.metric,
            mode=better(plan.metric),
            patience=plan.patience,
            restore_best_weights=True,
        ),
    ]


@contextmanager
def _explained_memory_errors(config: RunConfig) -> Iterator[None]:
    """Turns the backend's own error into one that says what to do."""
    try:
        yield
    except Exception as error:
        if not adapter().is_out_of_memory(error):
            raise
        raise MemoryError(
            f"Training must fit into memory. Received: batch_size={config.batch_size}, "
            f"image_size={config.image_size} and width={config.width}, which do not. "
            "Choose smaller ones; --dry-run estimates what they take."
        ) from error


def _summary(model: GenerativeModel, train_images: ImageSet, held_out: ImageSet) -> dict[str, Any]:
    """What is known of a run before it starts."""
    return {
        "keras_resgen": __version__,
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "versions": {
            name: sys.modules[name].__version__
            for name in ("keras", "numpy", "tensorflow", keras.backend.backend())
        },
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "training_images": len(train_images),
        "held_out_images": len(held_out),
        "data_fingerprint": train_images.fingerprint,
        "skipped_images": len(train_images.skipped),
        "parameters": {name: net.count_params() for name, net in model.networks.items()},
    }
