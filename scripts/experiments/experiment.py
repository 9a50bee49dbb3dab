"""What the experiments share: options, training runs with several seeds, and Markdown tables."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer
from rich.console import Console

from classifier_training import Labeled, TrainingConfig, train_classifier

Data = Annotated[
    str, typer.Option(help="tfds:cifar10, or a folder with one folder of images for each class.")
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder of results and trained networks.")]
OutPlot = Annotated[Path, typer.Option("--out", help="PNG file to write.")]
Width = Annotated[int, typer.Option(help="Channels of the first stage.")]
Epochs = Annotated[int, typer.Option(help="Passes over the training images.")]
Seeds = Annotated[int, typer.Option(min=1, help="Networks of each kind: seeds 0, 1, 2, ...")]
LearningRate = Annotated[float, typer.Option(help="The highest learning rate of the schedule.")]
BatchSize = Annotated[int, typer.Option(help="Images in a batch.")]

Result = dict[str, Any]
RESULTS = "results.jsonl"
console = Console()


@dataclass(frozen=True)
class Variant:
    """A network and its training configuration; every seed makes one training run of it.

    Attributes:
        label: name in tables and files.
        build: builds the network.
        config: how it is trained; its seed is replaced.
        facts: JSON values that are added to its results.
    """

    label: str
    build: Callable[[], keras.Model]
    config: TrainingConfig
    facts: dict[str, Any] = field(default_factory=dict)


def run_missing(
    variants: Sequence[Variant], seeds: int, images: tuple[Labeled, Labeled], out: Path
) -> list[Result]:
    """Train each variant with each seed, except runs that are in `results.jsonl` already.

    Each trained network is saved at `network_path`, without its optimizer.

    Returns:
        All lines of `results.jsonl`.
    """
    out.mkdir(parents=True, exist_ok=True)
    for seed, variant in product(range(seeds), variants):
        # Read every time: another process may train other variants in the same folder.
        if (variant.label, seed) in {(done["label"], done["seed"]) for done in read_results(out)}:
            continue
        network = build_with_seed(variant.build, seed)
        result = train_classifier(network, *images, replace(variant.config, seed=seed))
        without_optimizer = keras.Model(network.input, network.output, name=network.name)
        without_optimizer.save(network_path(out, variant.label, seed))
        with (out / RESULTS).open("a") as file:
            file.write(json.dumps({"label": variant.label, **result, **variant.facts}) + "\n")
        error = result["test_error"][-1]
        console.print(f"{variant.label}, seed {seed}: test error {error:.1%}", style="dim")
    return read_results(out)


def build_with_seed(build: Callable[[], keras.Model], seed: int) -> keras.Model:
    """Build a network whose initial weights depend on the seed only."""
    keras.utils.set_random_seed(seed)
    return build()


def read_results(folder: Path) -> list[Result]:
    """Return the results of finished training runs."""
    path = folder / RESULTS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def network_path(folder: Path, label: str, seed: int) -> Path:
    """Return the file of a training run's network."""
    return folder / f"{label.replace(' ', '-')}-seed{seed}.keras"


def group_by_label(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return the results of each label, in their order."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result["label"], []).append(result)
    return groups


def format_mean_and_range(shares: Sequence[float]) -> str:
    """Return the mean, the minimum and the maximum of shares in percent."""
    return f"{np.mean(shares):.1%} ({min(shares):.1%} to {max(shares):.1%})"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table in Markdown, after an empty line."""
    lines = [columns, ["---"] * len(columns), *rows]
    text = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
    console.print(f"\n{text}", soft_wrap=True, markup=False, highlight=False)


def print_errors(results: Iterable[Result]) -> None:
    """Print each label's errors after the last epoch: mean and range over seeds."""
    columns = ("Network", "Parameters", "Seeds", "Training error", "Test error", "Seconds/epoch")
    table = []
    for label, rows in group_by_label(results).items():
        training, test = (
            format_mean_and_range([row[key][-1] for row in rows])
            for key in ("train_error", "test_error")
        )
        seconds = np.median(np.concatenate([row["seconds"] for row in rows]))
        parameters = f"{rows[0]['parameters']:,}"
        table.append((label, parameters, len(rows), training, test, f"{seconds:.0f}"))
    print_table(columns, table)


def print_gradient_ratios(results: Sequence[Result]) -> None:
    """Print `gradient_ratio` at some epochs of training: geometric means over seeds."""
    last = max(result["epochs"] for result in results)
    epochs = sorted({0, 1, 2, 5, last // 2, last} & set(range(last + 1)))
    table = []
    for label, rows in group_by_label(results).items():
        cells = []
        for epoch in epochs:
            reached = [row["gradient_ratio"][epoch : epoch + 1] for row in rows]
            ratios = [ratio for part in reached for ratio in part if ratio]
            cells.append(f"{np.exp(np.mean(np.log(ratios))):.2g}" if ratios else "")
        table.append((label, *cells))
    print_table(("Network", *(f"after {epoch} epochs" for epoch in epochs)), table)
