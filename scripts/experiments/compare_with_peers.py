#!/usr/bin/env python
r"""Trains our models and other packages' on the same images, and measures all of them alike.

    pip install --no-deps pythae==0.1.2 cloudpickle imageio joblib narwhals scikit-learn \
        threadpoolctl
    python scripts/experiments/compare_with_peers.py --out peers

pythae's VAE and AAE have our plain networks, written in PyTorch, and as many epochs; the DCGAN and
the WGAN-GP are those of the Keras guides, with about as many parameters, and train for as long as
ours. A training that is there already is not done again. Writes a report as `resgen compare` does.
"""

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console

from keras_resgen.comparisons.claims import Claim
from keras_resgen.comparisons.folder import ComparisonFolder, read_results
from keras_resgen.comparisons.report import write_comparison
from keras_resgen.comparisons.study import Entry
from keras_resgen.comparisons.tables import as_markdown
from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.evaluation import evaluate
from keras_resgen.runs.evaluation.files import write_evaluation
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.train import train
from keras_resgen.runs.trained import Trained, load_trained

sys.path.append(str(Path(__file__).parents[1]))  # peers.pythae_models imports benchmarks
WIDTH, LATENT_DIM = 16, 64
BASE: dict[str, Any] = {
    "limit": 6660,
    "image_size": 32,
    "network": "plain",
    "width": WIDTH,
    "latent_dim": LATENT_DIM,
}


class Pair(NamedTuple):
    """A model of ours and its peer.

    Attributes:
        options: of ours.
        module: of the peer's.
        function: that trains it.
    """

    options: dict[str, Any]
    module: str
    function: str


PAIRS = {
    "vae": Pair({"model": "vae", "beta": 2.0}, "peers.pythae_models", "train_vae"),
    "aae": Pair({"model": "aae"}, "peers.pythae_models", "train_aae"),
    "gan": Pair({"model": "gan"}, "peers.keras_guides", "train_dcgan"),
    "wgan-gp": Pair(
        {"model": "wgan-gp", "n_critic": 2, "learning_rate": 0.001},
        "peers.keras_guides",
        "train_wgan_gp",
    ),
}


def claims(name: str) -> tuple[Claim, ...]:
    """That ours is at least as good: what would be a difference to the other side is a no."""
    found = [
        Claim(
            f"{name}: ours samples closer to real faces",
            "frechet_faces",
            f"{name} peer",
            f"{name} ours",
        )
    ]
    if name in ("vae", "aae"):
        found.append(
            Claim(f"{name}: ours reconstructs better", "psnr", f"{name} ours", f"{name} peer")
        )
    return tuple(found)


def train_peer(
    pair: Pair, config: RunConfig, path: Path, training: ImageSet, held_out: ImageSet
) -> tuple[Trained, Section]:
    """Trains a peer, and returns it with what that took."""
    function: Callable[..., Any] = getattr(importlib.import_module(pair.module), pair.function)
    images, others = (part.floats(slice(None)) for part in (training, held_out))
    start = time.perf_counter()
    model = function(images, others, WIDTH, LATENT_DIM, config.epochs, config.seed)
    seconds = time.perf_counter() - start
    found = {
        "parameters": model.parameters,
        "epochs": config.epochs,
        "seconds": seconds,
        "seconds_per_epoch": seconds / config.epochs,
    }
    section = Section(
        "Training", [MetricValue(name, float(value)) for name, value in found.items()]
    )
    return Trained(path, config, {}, model, is_export=True), section


def main(
    out: Annotated[Path, typer.Option(help="Folder of the comparison.")],
    models: Annotated[str, typer.Option(help="Which pairs, separated by commas.")] = ",".join(
        PAIRS
    ),
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 20,
    data: Annotated[str, typer.Option(help="Images to train on.")] = "faces",
) -> None:
    """Trains what is missing, and writes the report."""
    console, folder, entries = Console(), ComparisonFolder(out), []
    names = models.split(",")
    for seed in range(seeds):
        for name in names:
            pair = PAIRS[name]
            options = {**BASE, **pair.options, "data": data, "epochs": epochs, "seed": seed}
            config = RunConfig.from_dict({**options, "patience": epochs})
            training, held_out = load_split(config)
            for side in ("ours", "peer"):
                entry = Entry(f"{name}-{side}-seed{seed}", f"{name} {side}", config)
                entries.append(entry)
                if folder.is_evaluated(entry.name):
                    continue
                run = folder.run(entry.name)
                more: list[Section] = []
                if side == "ours":
                    train(config, run.path, overwrite=run.is_own(), console=Console(quiet=True))
                    trained = load_trained(run.path)
                else:
                    trained, took = train_peer(pair, config, run.path, training, held_out)
                    more = [took]
                sections = [*more, *evaluate(trained, training, held_out)]
                write_evaluation(
                    folder.evaluation(entry.name), sections, trained, training, held_out
                )
                console.print(f"{entry.name}: done.", highlight=False)
    judged = [claim for name in names for claim in claims(name)]
    results = read_results(folder, entries)
    for table in write_comparison(folder, "Ours and others", results, judged):
        console.print(as_markdown(table), markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(main)
