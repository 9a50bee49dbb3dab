"""The folder of a comparison."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resgen.comparisons.study import Entry, Study
from keras_resgen.comparisons.trained import TrainedStudy
from keras_resgen.files import write_json, write_whole
from keras_resgen.runs.config import read_options
from keras_resgen.runs.evaluation.files import METRICS_FILE, Evaluation, read_evaluation
from keras_resgen.runs.folder import RunFolder

STUDY_FILE = "study.json"


@dataclass(frozen=True)
class ComparisonFolder:
    """The paths inside the folder of a comparison.

    Attributes:
        path: the folder.

    Example:

    >>> ComparisonFolder(Path("comparison")).report.name
    'report.html'
    """

    path: Path
    kind = "comparison"

    @property
    def study_file(self) -> Path:
        """File of the study."""
        return self.path / STUDY_FILE

    @property
    def results(self) -> Path:
        """CSV file of all metrics, a line for each run."""
        return self.path / "results.csv"

    @property
    def report(self) -> Path:
        """The report as one HTML file."""
        return self.path / "report.html"

    @property
    def markdown(self) -> Path:
        """Claims and metrics as Markdown tables."""
        return self.path / "report.md"

    @property
    def entries(self) -> tuple[Path, ...]:
        """All files of a comparison; the study last."""
        parts = ("runs", "evaluations", "logs")
        files = (self.results, self.report, self.markdown, self.study_file)
        return (*(self.path / part for part in parts), *files)

    def is_own(self) -> bool:
        """Return whether there is a comparison in the folder."""
        return self.study_file.is_file()

    def run(self, name: str) -> RunFolder:
        """Return the run folder of an entry."""
        return RunFolder(self.path / "runs" / name)

    def evaluation(self, name: str) -> Path:
        """Return the folder of an entry's metrics and pictures."""
        return self.path / "evaluations" / name

    def log(self, name: str) -> Path:
        """Return the file of the output of an entry's processes."""
        return self.path / "logs" / f"{name}.txt"

    def is_evaluated(self, name: str) -> bool:
        """Return whether an entry has been trained and measured."""
        return (self.evaluation(name) / METRICS_FILE).is_file()

    def write_study(self, study: Study | TrainedStudy) -> None:
        """Write the study."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self.study_file, study.to_dict())

    def read_study(self) -> Study | TrainedStudy:
        """Read the study.

        Raises:
            ValueError: if the folder is none of a comparison.
        """
        if not self.study_file.is_file():
            raise ValueError(
                f"Expected the folder of a comparison, with a {STUDY_FILE}. Received: {self.path}. "
                "Give the folder that was --out of resgen compare."
            )
        content = read_options(self.study_file)
        return (TrainedStudy if "trained" in content else Study).from_dict(content)


@dataclass(frozen=True)
class Result:
    """The measurements of one run.

    Attributes:
        name: name of its folders.
        variant: its variant.
        seed: its seed.
        evaluation: its metrics and pictures.
    """

    name: str
    variant: str
    seed: int
    evaluation: Evaluation


def read_results(folder: ComparisonFolder, entries: Sequence[Entry]) -> list[Result]:
    """Return the measurements so far.

    Args:
        folder: folder of the comparison.
        entries: its runs.

    Raises:
        ValueError: if a file is damaged, or if not all were measured on the same images.
    """
    results = [
        Result(
            entry.name,
            entry.variant,
            entry.config.seed,
            read_evaluation(folder.evaluation(entry.name)),
        )
        for entry in entries
        if folder.is_evaluated(entry.name)
    ]
    if len({result.evaluation.held_out for result in results}) > 1:
        raise ValueError(
            "Metrics are comparable on the same held-out images only. Received: others for some of "
            f"{[result.name for result in results]}. Compare them again, in another folder."
        )
    return results


def metrics_by_variant(results: Sequence[Result]) -> dict[str, dict[str, list[float]]]:
    """Return the values of every metric over seeds, by variant and name."""
    metrics: dict[str, dict[str, list[float]]] = {}
    for result in results:
        of_variant = metrics.setdefault(result.variant, {})
        for name, value in result.evaluation.values.items():
            of_variant.setdefault(name, []).append(value)
    return metrics


def write_results(path: Path, results: Sequence[Result]) -> None:
    """Write all metrics as CSV, a line for each run.

    Args:
        path: file to write.
        results: the measurements.
    """
    names = dict.fromkeys(name for result in results for name in result.evaluation.values)
    rows: list[Mapping[str, Any]] = [
        {"variant": result.variant, "seed": result.seed, **result.evaluation.values}
        for result in results
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, ["variant", "seed", *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())
