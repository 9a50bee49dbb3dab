"""`resgen train`."""

import dataclasses
import inspect
import types
import typing
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import (
    console,
    import_keras_silently,
    print_table,
    resume_hint,
    show_progress,
)
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder

MAY_CHANGE = ("epochs", "devices", "hosts", "host")  # of a run that is resumed


def config_options() -> list[inspect.Parameter]:
    """Returns a command-line option for every field of `RunConfig`, None where not given."""
    hints = typing.get_type_hints(RunConfig)
    options = []
    for entry in dataclasses.fields(RunConfig):
        kind = hints[entry.name]
        bare = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
        default = (
            ""
            if entry.default is None or entry.default is False
            else f" [default: {entry.default}]"
        )
        option = typer.Option(help=entry.metadata["help"] + default, show_default=False)
        options.append(
            inspect.Parameter(
                entry.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[bare | None, option],
            )
        )
    return options


def with_config_options(function: Any) -> Any:
    """Replaces a command's `**options` by one option for every field of `RunConfig`."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in own] + config_options()
    function.__signature__ = signature.replace(parameters=parameters)
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


@command
@with_config_options
def train(
    out: Annotated[Path | None, typer.Option(help="Folder of the run to make.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the run that is in the folder.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this run; only epochs, devices and hosts may change."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Print what would be trained, and stop.")] = False,
    **options: Any,
) -> None:
    """Train a model and write its run folder."""
    given = {name: value for name, value in options.items() if value is not None}
    if resume is not None:
        if overwrite:
            raise ValueError(
                "A run is either gone on with or replaced. Received: --resume and --overwrite. "
                "Leave one out."
            )
        settings = _resumed_settings(resume, given, out)
    else:
        settings = RunConfig.from_dict(given)
    if dry_run:
        _describe(settings)
        return
    if resume is not None:
        _resume(resume, settings)
        return
    if out is None:
        raise ValueError(
            "train needs a folder to write to. Received: no --out. Give, say, --out runs/first."
        )
    import_keras_silently()
    from keras_resgen.runs.train import train as run_training

    with show_progress() as progress, resume_hint("train", RunFolder(out)):
        run = run_training(
            settings, out, overwrite=overwrite, console=console, data_progress=progress
        )
    console.print(f"Run: {run.path}\nReport: {run.report}", highlight=False, soft_wrap=True)


def _resumed_settings(run: Path, given: dict[str, Any], out: Path | None) -> RunConfig:
    """The configuration of a run to go on with, refusing options that would make it another."""
    from keras_resgen.runs.plan.data import with_absolute_paths

    before = RunFolder(run).read_config().to_dict()
    given = with_absolute_paths(given)
    differences = [
        f"{name}: {before[name]!r} in the run, {value!r} given"
        for name, value in given.items()
        if name not in MAY_CHANGE and before[name] != value
    ]
    if out is not None and out.resolve() != run.resolve():
        differences.append(f"out: {run} is the run, {out} given")
    if differences:
        raise ValueError(
            "A resumed run keeps its configuration; only epochs, devices and hosts may change. "
            "Received:\n"
            + "".join(f"  {difference}\n" for difference in differences)
            + "Leave these options out, or train a new run."
        )
    return RunConfig.from_dict(before | given)


def _resume(run: Path, settings: RunConfig) -> None:
    """Goes on with a run, with what may change of its configuration."""
    import_keras_silently()
    from keras_resgen.runs.train import resume

    folder = RunFolder(run)
    with show_progress() as progress, resume_hint("train", folder):
        changes = {name: getattr(settings, name) for name in MAY_CHANGE}
        resume(folder, **changes, console=console, data_progress=progress)
    console.print(f"Run: {run}\nReport: {folder.report}", highlight=False, soft_wrap=True)


def _describe(config: RunConfig) -> None:
    """Prints the configuration, the networks and the memory that training takes."""
    import_keras_silently()
    from keras_resgen.runs.plan.building import build_model, resolved
    from keras_resgen.runs.plan.data import with_absolute_paths
    from keras_resgen.runs.plan.describe import layer_rows, training_memory
    from keras_resgen.runs.plan.optimizers import phase_optimizers
    from keras_resgen.runs.plan.stopping import describe_patience, monitored_metric

    with_absolute_paths({"data": config.data})  # which raises, if it is a bad one
    model = build_model(config)
    optimizers = phase_optimizers(config, model, 1)
    rates = {name: f"{float(optimizer.learning_rate):g}" for name, optimizer in optimizers.items()}
    metric = monitored_metric(config, measured=config.measure_images != 0)
    options = resolved(config) | {
        "learning_rate": ", ".join(f"{name} {rate}" for name, rate in rates.items()),
        "monitor": metric,
        "patience": describe_patience(config, metric),
    }
    print_table("Configuration", ("option", "value"), [(k, str(v)) for k, v in options.items()])
    for name, network in model.networks.items():
        print_table(
            f"{name}: {network.count_params():,} parameters",
            ("layer", "kind", "output", "parameters"),
            [
                (row.name, row.kind, " x ".join(map(str, row.shape)), f"{row.parameters:,}")
                for row in layer_rows(network)
            ],
        )
    memory = training_memory(model, config.batch_size)
    console.print(f"Training takes about {memory / 2**30:.1f} GiB of memory.", highlight=False)
