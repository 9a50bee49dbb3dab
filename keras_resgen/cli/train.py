"""`resgen train`."""

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
        default = getattr(defaults, name)
        shown = "" if default in (None, False, ()) else f" [default: {default}]"
        names: tuple[str, ...] = ()
        bare = typing.get_args(kind)[0] if isinstance(kind, types.UnionType) else kind
        if name == "imports":  # `import` is a keyword of Python
            names, bare = ("--import",), list[str]
        option = typer.Option(*names, help=option_text(name) + shown, show_default=False)
        options.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[bare | None, option],
            )
        )
    return options


def with_config_options(function: Any) -> Any:
    """Replace `**options` of a command by one option for every option of a run."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    parameters = [p.replace(kind=p.KEYWORD_ONLY) for p in own] + config_options()
    function.__signature__ = signature.replace(parameters=parameters)
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


class TrainCommand(TyperCommand):
    """A command with the options of families from outside this package.

    These are known once the modules that the arguments name are imported, so that is done before
    the arguments are parsed. Without such a module nothing heavy is imported.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.family_kinds: dict[str, Any] = {}  # types of these options by name

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Add the options of imported families, then parse."""
        modules, model = _families_named(args)
        if modules or model not in BUILT_IN_FAMILIES:
            import_keras_silently()
            from keras_resgen.models import FAMILIES
            from keras_resgen.runs.plan.building import further_options, import_modules

            import_modules(modules)
            for name, family in FAMILIES.items():
                for option, default in further_options(name).items():
                    kind = (str if default is None else type(default)) | None
                    text = f"{name}: {_argument_text(family, option)}"
                    self.params += _parameters(option, kind, text, default)
                    self.family_kinds[option] = kind
        return super().parse_args(ctx, args)


def _parameters(name: str, kind: Any, text: str, default: Any) -> list[Any]:
    """The command-line option of a name, as typer makes it of a function's parameter."""

    def function(**options: Any) -> None:
        """Have one option."""

    shown = "" if default is None else f" [default: {default}]"
    annotation = Annotated[kind, typer.Option(help=text + shown, show_default=False)]
    parameter = inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
    function.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    function.__annotations__ = {name: annotation}
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return [made for made in typer.main.get_command(app).params if made.name == name]


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


@with_config_options
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


command(train, cls=TrainCommand)


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
