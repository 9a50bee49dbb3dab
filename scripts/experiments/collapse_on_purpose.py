#!/usr/bin/env python
"""Does the collapse alarm stop a GAN that collapses, and leave a healthy one alone?

    python scripts/experiments/collapse_on_purpose.py --out collapse

Trains a GAN, then freezes its discriminator and raises the generator's learning rate: the generator
soon makes only the image that the discriminator scores highest, a mode collapse. The alarm must
stop this run and restore the weights of its best epoch. The same GAN with a discriminator that goes
on learning must train to the end. Writes the metrics of all runs as JSON, and samples of the best
epoch, of the last epoch and of the restored weights as pictures.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer

from experiment import Epochs, Seeds, print_table
from keras_resgen.callbacks import CollapseAlarm, DistributionMonitor, EarlyStopping
from keras_resgen.data import load_images
from keras_resgen.data.pictures import contact_sheet, save_png
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.models import GAN

METRIC = "val_frechet_faces"
HELD_OUT = 600


class FreezeDiscriminator(keras.callbacks.Callback):
    """Callback that freezes the discriminator and speeds up the generator.

    Args:
        after: epochs before the change.
    """

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rates."""
        if epoch == self.after:
            optimizers = {phase.name: phase for phase in self.model.optimizer.optimizers}
            optimizers["discriminator"].learning_rate.assign(0.0)
            optimizers["generator"].learning_rate.assign(2e-3)


def train(
    images: np.ndarray, held_out: np.ndarray, width: int, epochs: int, freeze: int | None, seed: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Train a GAN; return its metrics as JSON values, and pictures of its samples by name."""
    keras.utils.set_random_seed(seed)
    model = GAN.create(image_size=32, latent_dim=64, network="plain", width=width, seed=seed)
    model.compile()
    extractor = FEATURES["faces"]()
    real = Reference.from_images(extractor, held_out, images[: len(held_out)], data="faces")
    monitor, alarm = DistributionMonitor(real, extractor), CollapseAlarm()
    stopping = EarlyStopping(METRIC, mode="min", patience=epochs, restore_best_weights=True)
    sheets: list[np.ndarray] = []
    sampling = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: sheets.append(contact_sheet(model.sample(32), 8))
    )
    callbacks = [monitor, sampling, alarm, stopping]
    if freeze is not None:
        callbacks.append(FreezeDiscriminator(freeze))
    history = model.fit(
        images, batch_size=32, epochs=epochs, verbose=0, callbacks=callbacks
    ).history
    metrics = {
        "seed": seed,
        "baseline": real.baseline.frechet.value,
        "epochs": len(history[METRIC]),
        "best_epoch": stopping.best_epoch + 1,
        "alarms": alarm.alarms,
        "after": monitor.metrics(),
        "history": {name: [float(v) for v in values] for name, values in history.items()},
    }
    restored = contact_sheet(model.sample(32), 8)
    best = sheets[stopping.best_epoch]
    return metrics, {"best": best, "last": sheets[-1], "restored": restored}


def main(
    out: Annotated[Path, typer.Option(help="Folder for metrics and pictures.")],
    count: Annotated[int, typer.Option(help="Faces to train on.")] = 6000,
    width: Annotated[int, typer.Option(help="Channels at full resolution.")] = 16,
    freeze: Annotated[int, typer.Option(help="Epochs before the discriminator is frozen.")] = 12,
    epochs: Epochs = 25,
    seeds: Seeds = 3,
) -> None:
    """Train both kinds with each seed, and print a table in Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    faces = load_images(f"faces,count={count + HELD_OUT}", image_size=32)
    images = np.asarray(faces.images, "float32") / 255.0
    table, results = [], []
    for seed in range(seeds):
        for after in (None, freeze):
            name = "learning" if after is None else f"frozen after {after}"
            metrics, sheets = train(
                images[HELD_OUT:], images[:HELD_OUT], width, epochs, after, seed
            )
            results.append({"discriminator": name, **metrics})
            (out / "collapse.json").write_text(json.dumps(results, indent=1))
            for when, sheet in sheets.items():
                save_png(out / f"{name.split()[0]}-{seed}-{when}.png", sheet)
            distances = metrics["history"][METRIC]
            table.append(
                (
                    name,
                    seed,
                    metrics["epochs"],
                    "; ".join(f"epoch {epoch}" for epoch, _ in metrics["alarms"]) or "none",
                    f"{min(distances):.2f} (epoch {metrics['best_epoch']})",
                    f"{distances[-1]:.2f}",
                    f"{metrics['after']['frechet_faces']:.2f}",
                    f"{metrics['baseline']:.2f}",
                )
            )
    columns = ("epochs", "alarms", "best", "last", "restored", "real-vs-real baseline")
    print_table(("discriminator", "seed", *columns), table)


if __name__ == "__main__":
    typer.run(main)
