"""Training a configuration into a run folder."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import keras
from rich.console import Console

from keras_resgen.backends import adapter
from keras_resgen.callbacks import EarlyStopping, FiniteGuard, TrainingProgress
from keras_resgen.callbacks.metrics_log import truncate_metrics
from keras_resgen.data.source_plan import Progress
from keras_resgen.files import write_json
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.destination import check_destination, empty, locked
from keras_resgen.runs.folder import RunFolder, WeightsWriter
from keras_resgen.runs.plan import resuming
from keras_resgen.runs.plan.data import print_notes
from keras_resgen.runs.plan.monitoring import describe_baseline
from keras_resgen.runs.plan.plan import Plan, resolve
from keras_resgen.runs.report.report import write_report
from keras_resgen.runs.summary import (
    starting_summary,
    write_final_summary,
    write_starting_summary,
)


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
    """Train a model and write its run folder.

    Args:
        config: what to train, on which images.
        out: the folder to make.
        overwrite: whether a run in that folder may be replaced.
        console: where to print progress.
        data_progress: called while images are prepared, see `load_images`.

    Returns:
        The finished run.

    Raises:
        ValueError: for anything wrong with the configuration, the folder or the images, before
            training starts and before anything is written.
        NotFiniteError: if a metric or a weight became NaN or infinite; the folder then holds the
            last finite weights.
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
    run, plan = RunFolder(out), resolve(config)
    with plan.on_devices():
        check_destination(run, overwrite=overwrite)
        _execute(plan, run, console or Console(), data_progress, new=True)
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
    """Resume a run from its newest whole checkpoint, or from its start if there is none.

    Weights, metrics and logs, and the weights that are kept, are those of a run without
    interruption.

    Args:
        run: a run folder.
        epochs: train to this many epochs in all instead of the configured number.
        devices: train on so many devices instead of the configured number.
        hosts: train on these hosts instead of the configured ones; "" for this machine alone.
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
    >>> len(resume(run, epochs=2, console=quiet).metrics.read_text().splitlines())
    2
    """
    changes = {"epochs": epochs, "devices": devices, "hosts": hosts, "host": host}
    plan = resolve(resuming.resumed_config(run, changes))
    with plan.on_devices():
        _execute(plan, run, console or Console(), data_progress, new=False)
    return run


def _execute(
    plan: Plan, run: RunFolder, console: Console, data_progress: Progress | None, *, new: bool
) -> None:
    """Train as planned, from the newest checkpoint to the end, and write the whole run."""

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    model = plan.build()
    split = plan.data.load(data_progress)
    print_notes(split.training, console)
    if not new:
        resuming.check_same_images(run, plan.data.source, split.training)
    sizes = plan.sizes(model, split)
    with locked(run):
        if new:
            empty(run)
        model.compile(plan.optimizers.build(model, sizes.steps))
        real = plan.monitoring.reference(run.distribution, *split, sizes.measured)
        write_weights = WeightsWriter(model)
        guard = FiniteGuard()
        progress = TrainingProgress(
            sizes.steps, sizes.step_images, console, left_out=plan.monitoring.details
        )
        alarm = plan.stopping.alarm(sizes.metric, say)
        stopping = plan.stopping.callbacks(run.best, sizes.metric, sizes.patience, write_weights)
        callbacks: list[keras.callbacks.Callback] = [
            *plan.monitoring.callbacks(model, real, split.held_out),
            guard,  # looks at what is measured, too
            *plan.output.log_callbacks(run, split.held_out),
            progress,
            alarm,
            *stopping,
            *plan.output.tensorboard_callbacks(run),
        ]
        checkpoints = plan.output.checkpoints(run, callbacks, say)
        done = checkpoints.initial_epoch
        resuming.check_unfinished(run, plan.schedule.epochs, checkpoints)
        write_json(run.config_file, plan.output.options)
        # An epoch that was logged but not saved is trained, and logged, again.
        truncate_metrics(run.metrics, done)
        if real is not None:
            real.save(run.distribution)
            say(f"Measured on {sizes.measured} images. {describe_baseline(real)}")
        summary = starting_summary(plan.data, model, split, real)
        write_starting_summary(run, summary)
        run.report.unlink(missing_ok=True)
        fit = plan.schedule.fit_arguments(model, split, done=done, stopped=checkpoints.stopped)
        with closing(progress), _explained_memory_errors(plan), adapter().repeatable(), checkpoints:
            model.fit(**fit, callbacks=[*callbacks, checkpoints])
        write_weights(run.weights)
        write_final_summary(
            run,
            summary,
            epochs=plan.schedule.epochs,
            best_epoch=_best_epoch(stopping),
            failure=guard.failure,
            alarms=alarm.alarms,
        )
        write_report(run, plan.title, plan.describe(model))
    if guard.failure is not None:
        raise NotFiniteError(
            f"Training was stopped: {guard.failure}. The last finite weights are in {run.weights}. "
            "Try a smaller learning rate."
        )


def _best_epoch(callbacks: list[keras.callbacks.Callback]) -> int | None:
    """The epoch, counted from 1, whose weights early stopping has restored."""
    for callback in callbacks:
        if isinstance(callback, EarlyStopping) and callback.best_weights is not None:
            return callback.best_epoch + 1
    return None


@contextmanager
def _explained_memory_errors(plan: Plan) -> Iterator[None]:
    """Raise the error of the backend again as one that says what to do."""
    try:
        yield
    except Exception as error:
        if not adapter().is_out_of_memory(error):
            raise
        raise MemoryError(
            f"Training must fit into memory. Received: batch_size={plan.schedule.batch_size}, "
            f"image_size={plan.data.image_size} and width={plan.model.shared['width']}, which do "
            "not. Choose smaller ones; --dry-run estimates what they take."
        ) from error
