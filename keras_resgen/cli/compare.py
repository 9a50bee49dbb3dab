"""`resgen compare`."""

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
from keras_resgen.cli.train import with_config_options
from keras_resgen.comparisons.studies import STUDIES


@command
@with_config_options
def compare(
    trained: Annotated[
        list[Path] | None, typer.Argument(help="Run folders and exports to compare.")
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE",
            help=f"A study of this package ({', '.join(STUDIES)}), or a TOML or JSON file.",
        ),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(help="An option and its values, such as model=vae,gan. Can be repeated."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Training runs of each variant. [default: 3]")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Training runs in parallel.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder to write the comparison to.")] = None,
    overwrite: Annotated[
        bool, typer.Option(help="Replace an existing comparison in the folder.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(help="Resume this comparison. Only --seeds may change.")
    ] = None,
    **options: Any,
) -> None:
    """Train variants with several seeds, evaluate them, and rank them.

    Define the variants by --vary or --study; all other options apply to every variant. Or pass
    existing runs and exports to compare.
    """
    given = {name: value for name, value in options.items() if value is not None}
    ways: dict[str, Any] = {"RUN ...": trained, "--study": study, "--vary": vary}
    ways["--resume"] = resume
    chosen = [name for name, value in ways.items() if value]
    if len(chosen) != 1:
        raise ValueError(
            f"compare needs exactly one of {', '.join(ways)}. Received: "
            f"{', '.join(chosen) or 'none'}. Pass, for example, --vary network=resnet,plain."
        )
    path = resume or out
    if path is None or (resume and out):
        raise ValueError(
            "compare needs exactly one folder to write to. Received: "
            f"{'--out and --resume' if path else 'no --out'}. Pass, for example, --out comparison."
        )
    fixed = set(given) - ({"data"} if trained else set())
    fixed |= {"overwrite"} if resume and overwrite else set()
    if (trained or resume) and fixed:
        raise ValueError(
            "The options of existing runs cannot be changed. Received: "
            f"{', '.join(sorted(fixed))}. Leave these out, or start another comparison."
        )
    import_keras_silently()
    from keras_resgen.comparisons.folder import ComparisonFolder
    from keras_resgen.comparisons.preparing import check_entries
    from keras_resgen.comparisons.study import Study, find_study, parse_vary
    from keras_resgen.comparisons.trained import TrainedStudy
    from keras_resgen.runs.destination import check_destination, empty, locked

    folder = ComparisonFolder(path)
    asked: Any
    if resume:
        asked = folder.read_study()
    elif trained:
        asked = TrainedStudy(tuple(run.resolve() for run in trained), given.pop("data", None))
    elif vary:
        asked = Study.from_dict({"vary": parse_vary(vary)})
    else:
        asked = find_study(study or "")
    asked = asked.changed(given, seeds)
    if not resume:
        check_destination(folder, overwrite=overwrite)
    with show_progress() as progress:
        check_entries(asked.entries(), data=asked.data, progress=progress)
    with locked(folder), resume_hint("compare", folder):
        if not resume:
            empty(folder)
        folder.write_study(asked)
        _run(folder, asked, jobs)


def _run(folder: Any, study: Any, jobs: int) -> None:
    """Train and evaluate, write the report, and print its first tables."""
    from keras_resgen.comparisons.folder import read_results
    from keras_resgen.comparisons.report import write_comparison
    from keras_resgen.comparisons.running import run_entries

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    entries = study.entries()
    with show_progress() as progress:
        run_entries(folder, entries, jobs=jobs, say=say, progress=progress, data=study.data)
    notes = [f"Durations are of {jobs} training runs in parallel."] if jobs > 1 else []
    results = read_results(folder, entries)
    for table in write_comparison(folder, study.title, results, study.claims, notes):
        print_table(table.title, table.columns, table.rows)
    say(f"Report: {folder.report}")
