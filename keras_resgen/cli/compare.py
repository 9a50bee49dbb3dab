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
from keras_resgen.comparisons.presets import PRESETS


@command
@with_config_options
def compare(
    trained: Annotated[
        list[Path] | None, typer.Argument(help="Runs and exports that are there already.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help=f"A study that comes with this package: {', '.join(PRESETS)}."),
    ] = None,
    study: Annotated[
        Path | None, typer.Option(help="A study of your own, a TOML or JSON file.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(help="An option and its values: model=vae,gan. May be given several times."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Trainings of each variant. [default: 3]")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Trainings at a time.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder of the comparison to make.")] = None,
    overwrite: Annotated[
        bool, typer.Option(help="Replace the comparison that is in the folder.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with this comparison; only seeds may change.")
    ] = None,
    **options: Any,
) -> None:
    """Train variants with several seeds, measure them alike, and rank them.

    Variants differ in options that --vary names, or are those of a preset or a study; all other
    options are the same for all. Or give runs and exports to compare these.
    """
    given = {name: value for name, value in options.items() if value is not None}
    ways = {"RUN ...": trained, "--preset": preset, "--study": study, "--vary": vary}
    ways["--resume"] = resume
    chosen = [name for name, value in ways.items() if value]
    if len(chosen) != 1:
        raise ValueError(
            f"compare needs one of {', '.join(ways)}. Received: {', '.join(chosen) or 'none'}. "
            "Give, say, --vary network=resnet,plain --out comparison."
        )
    path = resume or out
    if path is None or (resume and out):
        raise ValueError(
            "compare needs one folder to write to. Received: "
            f"{'--out and --resume' if path else 'no --out'}. Give, say, --out comparison."
        )
    fixed = set(given) - ({"data"} if trained else set())
    fixed |= {"overwrite"} if resume and overwrite else set()
    if (trained or resume) and fixed:
        raise ValueError(
            f"What is trained already keeps its options. Received: {', '.join(sorted(fixed))}. "
            "Leave these out, or compare anew."
        )
    import_keras_silently()
    from keras_resgen.comparisons.folder import ComparisonFolder
    from keras_resgen.comparisons.preparing import check_entries
    from keras_resgen.comparisons.study import Study, parse_vary, read_study
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
        asked = read_study(study or PRESETS[preset or ""])
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
    """Trains and measures, writes the report, and prints its first tables."""
    from keras_resgen.comparisons.folder import read_results
    from keras_resgen.comparisons.report import write_comparison
    from keras_resgen.comparisons.running import run_entries

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    entries = study.entries()
    with show_progress() as progress:
        run_entries(folder, entries, jobs=jobs, say=say, progress=progress, data=study.data)
    notes = [f"{jobs} trainings at a time, to which their times belong."] if jobs > 1 else []
    results = read_results(folder, entries)
    for table in write_comparison(folder, study.title, results, study.claims, notes):
        print_table(table.title, table.columns, table.rows)
    say(f"Report: {folder.report}")
