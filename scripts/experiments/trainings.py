"""Trainings of classifiers that an experiment is made of, each done once."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console

from classifying import Labeled, Recipe, train
from keras_resgen.networks import classifier

RESULTS = "results.jsonl"
ERRORS = ("train_error", "test_error")
console = Console(width=120)


@dataclass(frozen=True)
class Training:
    """One network, trained once.

    Attributes:
        label: what the experiment calls it; trainings of one label differ in their seeds.
        build: makes the network.
        recipe: how it is trained.
        facts: of the network, JSON values, which go into its result.
    """

    label: str
    build: Callable[[], keras.Model]
    recipe: Recipe
    facts: dict[str, Any] = field(default_factory=dict)


def of_table(label: str, network: str, width: int, recipe: Recipe, **columns: Any) -> Training:
    """A training of one of `keras_resgen.networks.classifier`'s networks for small images.

    Args:
        label: see `Training`.
        network: its name.
        width: channels of its first stage.
        recipe: how it is trained.
        **columns: what else `classifier` is given.
    """
    widths = (width, 2 * width, 4 * width)
    build = partial(classifier, network, widths=widths, **columns)
    return Training(label, build, recipe, {"width": width})


def read_results(folder: Path) -> list[dict[str, Any]]:
    """The trainings that have ended, a line each."""
    path = folder / RESULTS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def trained_file(folder: Path, label: str, seed: int) -> Path:
    """Where the network of a training is left."""
    return folder / f"{label.replace(' ', '-')}-seed{seed}.keras"


def train_missing(
    trainings: Iterable[Training], training: Labeled, test: Labeled, out: Path
) -> list[dict[str, Any]]:
    """Does the trainings of which `results.jsonl` has no line, and returns all lines.

    Each network is left in `<label>-seed<seed>.keras`, without its optimizer.
    """
    out.mkdir(parents=True, exist_ok=True)
    for one in trainings:
        key = (one.label, one.recipe.seed)
        if any((result["label"], result["seed"]) == key for result in read_results(out)):
            continue
        keras.utils.set_random_seed(one.recipe.seed)
        network = one.build()
        result = {"label": one.label, **train(network, training, test, one.recipe)}
        trained = keras.Model(network.input, network.output, name=network.name)
        trained.save(trained_file(out, one.label, one.recipe.seed))
        with (out / RESULTS).open("a") as file:
            file.write(json.dumps({**result, **one.facts}) + "\n")
        error = result["test_error"][-1]
        console.print(f"{one.label}, seed {one.recipe.seed}: test error {error:.1%}", style="dim")
    return read_results(out)


def by_label(results: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Results of each label, in the order they came."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault(result["label"], []).append(result)
    return groups


def print_errors(results: Sequence[dict[str, Any]]) -> None:
    """Prints errors at the end for each label, their mean and range over seeds, in Markdown."""
    console.print(
        "| Network | Parameters | Seeds | Training error | Test error | Seconds an epoch |"
    )
    console.print("| --- | --- | --- | --- | --- | --- |")
    for label, rows in by_label(results).items():
        cells = [mean_and_range(rows, lambda row, k=key: row[k][-1]) for key in ERRORS]
        seconds = np.median(np.concatenate([row["seconds"] for row in rows]))
        console.print(
            f"| {label} | {rows[0]['parameters']:,} | {len(rows)} | {' | '.join(cells)} "
            f"| {seconds:.0f} |"
        )


def mean_and_range(rows: Sequence[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> str:
    """The mean over seeds, with the least and the largest, as shares."""
    values = [of(row) for row in rows]
    return f"{np.mean(values):.1%} ({min(values):.1%} to {max(values):.1%})"
