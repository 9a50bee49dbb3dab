#!/usr/bin/env python
"""Trains a GAN until it generates, freezes its discriminator, and lets the alarm end what follows.

    python scripts/collapse_on_purpose.py --out collapse

A generator whose discriminator no longer learns soon makes the one image that it scores highest: a
mode collapse to order. Beside it, the same GAN is trained with a discriminator that goes on. The
first must be stopped, and end with the weights of its best epoch; the second must be left alone.
Writes both runs' metrics as JSON, and pictures of the samples at the best, the last and the kept
epoch.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from keras_resgen.callbacks import CollapseAlarm, DistributionMonitor, EarlyStopping
from keras_resgen.data import load_images
from keras_resgen.data.pictures import contact_sheet, save_png
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.models import GAN

FIGURE = "val_frechet_faces"


class Freeze(keras.callbacks.Callback):
    """Stops the learning of the discriminator after some epochs, and drives the generator on."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Sets the learning rates."""
        if epoch == self.after:
            optimizers = {one.name: one for one in self.model.optimizer.optimizers}
            optimizers["discriminator"].learning_rate.assign(0.0)
            optimizers["generator"].learning_rate.assign(2e-3)


class Samples(keras.callbacks.Callback):
    """Keeps a few samples of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Draws them."""
        self.sheets.append(contact_sheet(self.model.sample(32), 8))


def train(
    images: np.ndarray, held_out: np.ndarray, width: int, epochs: int, freeze: int | None, seed: int
) -> dict[str, Any]:
    """Trains a GAN, and returns what became of it."""
    keras.utils.set_random_seed(seed)
    model = GAN.create(image_size=32, latent_dim=64, network="plain", width=width, seed=seed)
    model.compile()
    extractor = FEATURES["faces"]()
    count = len(held_out)
    real = Reference.from_images(extractor, held_out, images[:count], data="faces")
    monitor, alarm, samples = DistributionMonitor(real, extractor), CollapseAlarm(), Samples()
    stopping = EarlyStopping(FIGURE, mode="min", patience=epochs, restore_best_weights=True)
    history = model.fit(
        images,
        batch_size=32,
        epochs=epochs,
        verbose=0,
        callbacks=[
            monitor,
            samples,
            alarm,
            stopping,
            *([] if freeze is None else [Freeze(freeze)]),
        ],
    ).history
    return {
        "seed": seed,
        "baseline": real.baseline.frechet.value,
        "epochs": len(history[FIGURE]),
        "best_epoch": stopping.best_epoch + 1,
        "alarms": alarm.alarms,
        "after": monitor.metrics(),
        "history": {name: [float(v) for v in values] for name, values in history.items()},
        "sheets": {
            "best": samples.sheets[stopping.best_epoch],
            "last": samples.sheets[-1],
            "kept": contact_sheet(model.sample(32), 8),
        },
    }


def main(
    out: Annotated[Path, typer.Option(help="Folder for metrics and pictures.")],
    count: Annotated[int, typer.Option(help="Faces to train on.")] = 6000,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 16,
    freeze: Annotated[int, typer.Option(help="Epochs before the discriminator is frozen.")] = 12,
    epochs: Annotated[int, typer.Option(help="Epochs in all, at most.")] = 25,
    seeds: Annotated[int, typer.Option(help="How many trainings of each kind.")] = 3,
) -> None:
    """Trains both, several times."""
    out.mkdir(parents=True, exist_ok=True)
    faces = load_images(f"faces,count={count + 600}", image_size=32)
    images = np.asarray(faces.images, "float32") / 255.0
    table = Table("discriminator", "seed", "epochs", "alarms", "best", "last", "kept", "floor")
    results = []
    for seed in range(seeds):
        for frozen in (None, freeze):
            result = train(images[600:], images[:600], width, epochs, frozen, seed)
            name = "learning" if frozen is None else f"frozen after {frozen}"
            for when, sheet in result.pop("sheets").items():
                save_png(out / f"{name.split()[0]}-{seed}-{when}.png", sheet)
            distances = result["history"][FIGURE]
            table.add_row(
                name,
                str(seed),
                str(result["epochs"]),
                "; ".join(f"epoch {epoch}" for epoch, _ in result["alarms"]) or "none",
                f"{min(distances):.2f} (epoch {result['best_epoch']})",
                f"{distances[-1]:.2f}",
                f"{result['after']['frechet_faces']:.2f}",
                f"{result['baseline']:.2f}",
            )
            results.append({"discriminator": name, **result})
            (out / "collapse.json").write_text(json.dumps(results, indent=1))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
