#!/usr/bin/env python
"""Are the models at least as good as those of other packages on the same images?

    pip install --no-deps pythae==0.1.2 cloudpickle imageio narwhals
    python scripts/experiments/compare_with_peers.py --out peers

The VAE and the AAE of pythae have the same plain networks, written in PyTorch. The DCGAN and the
WGAN-GP of the Keras guides have about as many parameters. All train for the same number of epochs
and are measured by `resgen evaluate`. A repeated command trains only what is missing. Writes a
report as `resgen compare` does.
"""

import importlib
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console

from experiment import Epochs, Seeds, console
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
from keras_resgen.runs.folder import RunFolder
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
    """A model of this package and its peer.

    Attributes:
        options: of this package's model.
        module: module of the peer.
        function: function of the module that trains the peer.
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
    """Return the claims that this package's model is better than its peer."""
    ours, peer = f"{name} ours", f"{name} peer"
    samples = Claim(f"{name}: ours samples closer to real faces", "frechet_faces", peer, ours)
    if name not in ("vae", "aae"):
        return (samples,)
    return samples, Claim(f"{name}: ours reconstructs better", "psnr", ours, peer)


def train_peer(
    pair: Pair, config: RunConfig, path: Path, training: ImageSet, held_out: ImageSet
) -> tuple[Trained, Section]:
    """Train a peer; return it, and a section with its size and the time of its training."""
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


def train_ours(config: RunConfig, run: RunFolder) -> Trained:
    """Train a model of this package as `resgen train` does, and load it."""
    train(config, run.path, overwrite=run.is_own(), console=Console(quiet=True))
    return load_trained(run.path)


def main(
    out: Annotated[Path, typer.Option(help="Folder of the comparison.")],
    models: Annotated[str, typer.Option(help="Pairs, separated by commas.")] = ",".join(PAIRS),
    seeds: Seeds = 3,
    epochs: Epochs = 20,
    data: Annotated[str, typer.Option(help="Source of images, as in resgen train.")] = "faces",
) -> None:
    """Train what is missing, write the report and print its tables."""
    folder, entries = ComparisonFolder(out), []
    names = models.split(",")
    for seed, name in product(range(seeds), names):
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
            sections: list[Section] = []
            if side == "ours":
                trained = train_ours(config, run)
            else:
                trained, section = train_peer(pair, config, run.path, training, held_out)
                sections.append(section)
            sections.extend(evaluate(trained, training, held_out))
            evaluation = folder.evaluation(entry.name)
            write_evaluation(evaluation, sections, trained, training, held_out)
            console.print(f"{entry.name}: done.", highlight=False)
    decided = [claim for name in names for claim in claims(name)]
    results = read_results(folder, entries)
    for table in write_comparison(folder, "This package and others", results, decided):
        console.print(as_markdown(table), soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    typer.run(main)
