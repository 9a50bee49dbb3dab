"""`resgen train`."""

import functools
import inspect
import itertools
import re
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperCommand

from keras_resgen.cli.application import command
from keras_resgen.cli.output import (
    console,
    import_keras_silently,
    print_table,
    resume_hint,
    show_progress,
)
from keras_resgen.runs.config import (
    BUILT_IN_FAMILIES,
    RunConfig,
    option_text,
    option_types,
    python_name,
    read_options,
)
from keras_resgen.runs.folder import RunFolder

MAY_CHANGE = ("epochs", "devices", "hosts", "host")  # of a run that is resumed


def config_options() -> list[inspect.Parameter]:
    """Return a command-line option for every option of a run, None where it is not given."""
    defaults = RunConfig()
    options = []
    for name, kind in option_types().items():
        bare = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
        text, default = option_text(name), getattr(defaults, name)
        if name == "imports":  # `import` is a keyword of Python
            options.append(_option(name, list[str], text, None, "--import"))
        else:
            options.append(_option(name, bare, text, None if default is False else default))
    return options


def _option(name: str, kind: Any, text: str, default: Any, *flags: str) -> inspect.Parameter:
    """A command-line option that shows its default in the help, and is None if not given."""
    shown = "" if default is None else f" [default: {default}]"
    option = typer.Option(*flags, help=text + shown, show_default=False)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def with_options(function: Any, options: Sequence[inspect.Parameter]) -> Any:
    """Return a function that takes options instead of the `**options` of another one."""

    @functools.wraps(function)
    def run(**given: Any) -> None:
        function(**given)

    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [*(p.replace(kind=p.KEYWORD_ONLY) for p in own), *options]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def with_config_options(function: Any) -> Any:
    """Return a function that takes the options of a run instead of `**options`."""
    return with_options(function, config_options())


class TrainCommand(TyperCommand):
    """A command with the options of families from outside this package.

    These are known once the modules that the arguments name are imported, so that is done before
    the arguments are parsed. Without such a module nothing heavy is imported.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Add the options of imported families, then parse."""
        modules, model = _families_named(args)
        if modules or model not in BUILT_IN_FAMILIES:
            import_keras_silently()
            group = typer.Typer(add_completion=False)
            command(with_options(train, config_options() + _family_options(modules)), group=group)
            extended = typer.main.get_command(group)
            self.params, self.callback = extended.params, extended.callback
        return super().parse_args(ctx, args)


def _family_options(modules: Sequence[str]) -> list[inspect.Parameter]:
    """The command-line options of families that are no options of every run."""
    from keras_resgen.models import FAMILIES
    from keras_resgen.runs.plan.building import further_options, import_modules

    import_modules(modules)
    options = {}
    for name, family in FAMILIES.items():
        for option, default in further_options(name).items():
            kind = str if default is None else type(default)
            text = f"{name}: {_argument_text(family, option)}"
            options[option] = _option(option, kind, text, default)
    return list(options.values())


def _argument_text(family: type, name: str) -> str:
    """What the docstring of a family says about an argument."""
    found = re.search(rf"^ +{name}: (.*(?:\n {{8,}}\S.*)*)", inspect.getdoc(family) or "", re.M)
    return " ".join(found[1].split()) if found else "option of this family."


def _families_named(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The modules to import and the family, by arguments, a file of options or a resumed run."""
    modules = _values(arguments, "--import")
    models = _values(arguments, "--model")
    files = [Path(path) for path in _values(arguments, "--config")]
    files += [RunFolder(Path(path)).config_file for path in _values(arguments, "--resume")]
    for file in files:
        try:
            options = {python_name(name): value for name, value in read_options(file).items()}
            modules += RunConfig(imports=options.get("imports") or ()).imports
        except ValueError:  # which is raised again once the arguments are parsed
            continue
        models += [options["model"]] if isinstance(options.get("model"), str) else []
    return modules, next(iter(models), BUILT_IN_FAMILIES[0])


def _values(arguments: Sequence[str], option: str) -> list[str]:
    """The values of an option, given as two arguments or as one with `=`."""
    apart = [value for name, value in itertools.pairwise(arguments) if name == option]
    joined = [part.partition("=")[2] for part in arguments if part.startswith(f"{option}=")]
    return [value for value in apart + joined if value]


def train(
    out: Annotated[Path | None, typer.Option(help="Folder of the run to make.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the run that is in the folder.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(help="Resume this run; only epochs, devices and hosts may change."),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Print what would be trained, and stop.")] = False,
    **options: Any,
) -> None:
    """Train a model and write its run folder."""
    given = {name: value for name, value in options.items() if value not in (None, [])}
    if resume is not None:
        if overwrite:
            raise ValueError(
                "--resume and --overwrite cannot be combined. Received: both. Leave one out."
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


command(with_config_options(train), cls=TrainCommand)


def _resumed_settings(run: Path, given: dict[str, Any], out: Path | None) -> RunConfig:
    """The configuration of a run to resume, refusing options that would make it another run."""
    from keras_resgen.runs.plan.data import with_absolute_paths

    before = RunFolder(run).read_config().to_dict()
    given = with_absolute_paths(given)
    differences = [
        f"{name}: {before.get(name)!r} in the run, {value!r} given"
        for name, value in given.items()
        if name not in MAY_CHANGE and before.get(name) != value
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
    """Resume a run, with what may change of its configuration."""
    import_keras_silently()
    from keras_resgen.runs.train import resume

    folder = RunFolder(run)
    with show_progress() as progress, resume_hint("train", folder):
        changes = {name: getattr(settings, name) for name in MAY_CHANGE}
        resume(folder, **changes, console=console, data_progress=progress)
    console.print(f"Run: {run}\nReport: {folder.report}", highlight=False, soft_wrap=True)


def _describe(config: RunConfig) -> None:
    """Print the plan of a run, its networks and the memory that training takes."""
    import_keras_silently()
    from keras_resgen.runs.plan.describe import layer_rows, training_memory
    from keras_resgen.runs.plan.plan import resolve

    plan = resolve(config)
    model = plan.build()
    options = [(name, str(value)) for name, value in plan.describe(model).items()]
    print_table("Configuration", ("option", "value"), options)
    for name, network in model.networks.items():
        print_table(
            f"{name}: {network.count_params():,} parameters",
            ("layer", "kind", "output", "parameters"),
            [
                (row.name, row.kind, " x ".join(map(str, row.shape)), f"{row.parameters:,}")
                for row in layer_rows(network)
            ],
        )
    memory = training_memory(model, plan.schedule.batch_size)
    console.print(f"Training takes about {memory / 2**30:.1f} GiB of memory.", highlight=False)
