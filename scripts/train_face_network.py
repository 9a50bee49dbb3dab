#!/usr/bin/env python
"""Train the feature network of `frechet_faces` and the other metrics of faces.

    python scripts/train_face_network.py --count 60000 --epochs 12

The network learns to predict the factors of embedded faces, and the blur and the noise that were
added to them, so that its features depend on all of these. The faces are drawn with a seed of their
own: no model is trained on them or measured with them. Writes half-precision weights and a model
card beside `keras_resgen/metrics/face_network.py`.
"""

import time
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from keras import ops
from rich.console import Console
from rich.table import Table

from keras_resgen.data import faces
from keras_resgen.metrics import face_network
from keras_resgen.metrics.face_network import COLUMNS, DEGRADATIONS, IMAGE_SIZE, OUTPUTS
from keras_resgen.precision import precision

SEED = 20_261_121
HELD_OUT = 2_000
SHARE_DEGRADED = 0.4
# Factors that are visible only on faces with another factor; elsewhere their loss is zero.
VISIBLE_WITH = {
    "smile_amount": "smile",
    "eyeglasses_style": "eyeglasses",
    "beard_length": "beard",
    "hat_style": "hat",
    "hat_hue": "hat",
}
BATCH = 64
# Of targets from -1 to 1. Squared errors are divided by them, so that all factors weigh the same.
VARIANCES = {"uniform": 1 / 3, "triangular": 1 / 6, "number": 1 / 3}


def blur(images: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Blur each image by a Gaussian of its own standard deviation in pixels."""
    offsets = np.arange(-6, 7)
    weights = np.exp(-0.5 * np.square(offsets / np.maximum(deviations, 1e-3)[:, None]))
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype("float32")
    for axis in (1, 2):
        margins = [(0, 0)] * 4
        margins[axis] = (6, 6)
        padded = np.moveaxis(np.pad(images, margins, mode="edge"), axis, 0)
        size = images.shape[axis]
        images = sum(
            weights[:, i, None, None, None] * np.moveaxis(padded[i : i + size], 0, axis)
            for i in range(len(offsets))
        )
    return images


class DegradedFaces(keras.utils.PyDataset):
    """Batches of faces, some blurred and noisy, with targets and masks of visible factors.

    Args:
        images: uint8 faces.
        factors: factors of the faces.
        seed: of the order and the degradations.
        share: share of faces with each degradation.
    """

    def __init__(self, images: np.ndarray, factors: faces.Factors, seed: int, share: float) -> None:
        super().__init__()
        self.images, self.factors, self.seed, self.share = images, factors, seed, share
        self.epoch = 0

    def __len__(self) -> int:
        """Return the number of full batches."""
        return len(self.images) // BATCH

    def on_epoch_end(self) -> None:
        """Choose another order and other degradations for the next epoch."""
        self.epoch += 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return images, and targets stacked with their masks."""
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.images))
        rows = order[index * BATCH : (index + 1) * BATCH]
        generator = np.random.default_rng([self.seed, self.epoch, index])
        amounts = {
            name: largest * generator.random(BATCH) * (generator.random(BATCH) < self.share)
            for name, largest in DEGRADATIONS.items()
        }
        images = blur(self.images[rows].astype("float32") / 255.0, amounts["blur"])
        noise = generator.standard_normal(images.shape, "float32")
        images = images + amounts["noise"].astype("float32")[:, None, None, None] * noise
        factors = {name: values[rows] for name, values in self.factors.items()}
        visible = np.ones((BATCH, OUTPUTS), "float32")
        for name, condition in VISIBLE_WITH.items():
            visible[:, COLUMNS[name]] = factors[condition][:, None]
        targets = face_network.encode(factors | amounts)
        return np.clip(images, 0.0, 1.0), np.stack([targets, visible], axis=1)


def loss(targets_and_visible, predictions):
    """Return cross-entropy of discrete factors plus squared error of numbers, where visible."""
    targets, visible = targets_and_visible[:, 0], targets_and_visible[:, 1]
    total = 0.0
    for name, columns in COLUMNS.items():
        kind = faces.FACTORS[name].kind if name in faces.FACTORS else "number"
        target, prediction = targets[:, columns], predictions[:, columns]
        if kind == "binary":
            error = ops.binary_crossentropy(target, prediction, from_logits=True)[:, 0]
        elif kind == "choice":
            error = ops.categorical_crossentropy(target, prediction, from_logits=True)
        else:
            error = ops.mean(ops.square(target - prediction), axis=1) / VARIANCES[kind]
        total = total + ops.mean(error * visible[:, columns.start])
    return total


def score(network: keras.Model, images: np.ndarray, factors: faces.Factors) -> dict[str, float]:
    """Return the accuracy of discrete factors and the explained variance of numbers."""
    predictions = network.predict(images.astype("float32") / 255.0, batch_size=BATCH, verbose=0)[1]
    decoded = face_network.decode(predictions)
    scores = {}
    for name, factor in faces.FACTORS.items():
        visible = factors[VISIBLE_WITH[name]] == 1 if name in VISIBLE_WITH else slice(None)
        truth, predicted = factors[name][visible], decoded[name][visible]
        if factor.kind == "binary":
            scores[name] = float(np.mean((predicted > 0.5) == truth))
        elif factor.kind == "choice":
            scores[name] = float(np.mean(predicted.argmax(axis=1) == truth))
        else:
            error = predicted - truth
            if name in face_network.CIRCULAR:
                span = factor.high - factor.low
                error = (error + span / 2.0) % span - span / 2.0
            scores[name] = float(1.0 - np.mean(np.square(error)) / np.var(truth))
    return scores


def main(
    count: Annotated[int, typer.Option(help="Faces to train on.")] = 40_000,
    epochs: Annotated[int, typer.Option(help="Passes over the faces.")] = 10,
    out: Annotated[Path, typer.Option(help="File of the weights.")] = face_network.WEIGHTS,
) -> None:
    """Train the network and write its weights and its model card."""
    start = time.perf_counter()
    console = Console()
    keras.utils.set_random_seed(0)
    factors = faces.sample_factors(count + HELD_OUT, seed=SEED)
    images = faces.draw(factors, IMAGE_SIZE)
    training = {name: values[:count] for name, values in factors.items()}
    held_out = {name: values[count:] for name, values in factors.items()}
    with precision("mixed_bfloat16"):
        trained_network = face_network.build()
    trained = keras.Model(trained_network.input, trained_network.outputs[1])
    data = DegradedFaces(images[:count], training, seed=SEED, share=SHARE_DEGRADED)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(data))
    trained.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-3), loss=loss)
    trained.fit(data, epochs=epochs, verbose=2, shuffle=False)
    halves = [weight.astype("float16") for weight in trained_network.get_weights()]
    network = face_network.build()
    network.set_weights([half.astype("float32") for half in halves])
    scores = score(network, images[count:], held_out)
    np.savez(out, **{f"{i:03d}": half for i, half in enumerate(halves)})
    minutes = (time.perf_counter() - start) / 60.0
    table = Table("factor", "score")
    for name, value in scores.items():
        table.add_row(name, f"{value:.3f}")
    console.print(table)
    lines = [
        "# The feature network of `frechet_faces`",
        "",
        f"Predicts {len(faces.FACTORS)} factors of a face, its blur and its noise from",
        f"{IMAGE_SIZE} x {IMAGE_SIZE} pixels in [0, 1]. Distances compare its",
        f"{face_network.FEATURES} features. {network.count_params():,} parameters in half",
        f"precision, {out.stat().st_size / 1e6:.2f} MB. Apache-2.0, as the package.",
        "",
        f"Trained by `python scripts/train_face_network.py --count {count} --epochs {epochs}`",
        f"on {count:,} embedded faces (version {faces.VERSION}, seed {SEED}), {epochs} passes,",
        f"{minutes:.0f} minutes on a processor. It has seen no faces of other seeds and no",
        "photographs; on photographs its features are those of a network trained on drawn faces.",
        "",
        f"Scores on {HELD_OUT:,} held-out faces: accuracy of discrete factors, explained variance",
        "of numbers (1 is perfect, 0 is none).",
        "",
        "| factor | score |",
        "| --- | --- |",
        *(f"| {name} | {value:.3f} |" for name, value in scores.items()),
        "",
    ]
    out.with_suffix(".md").write_text("\n".join(lines))


if __name__ == "__main__":
    typer.run(main)
