"""Train saved models for one and three steps on one backend: `steps.py FOLDER`.

Every `NAME.keras` in the folder gives `NAME-BACKEND.npz` with the weights after one step and after
three. Random draws are replaced by numbers that are the same on every backend.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_resgen import models  # noqa: F401, registers what is loaded

BATCH = 4


def waves(shape):
    """Return numbers between -1 and 1 that depend only on their position."""
    rows, *rest = shape
    columns = ops.arange(int(np.prod(rest)), dtype="float32")
    angles = 2.3 * ops.expand_dims(ops.arange(rows, dtype="float32"), 1) + 1.7 * columns
    return ops.reshape(ops.sin(angles), (-1, *rest))


def main(folder):
    keras.random.normal = lambda shape, seed: 1.5 * waves(shape)
    keras.random.uniform = lambda shape, seed: 0.5 + 0.5 * waves(shape)
    images = np.load(folder / "images.npy")
    for path in sorted(folder.glob("*.keras")):
        model = keras.saving.load_model(path)
        model.fit(images[:BATCH], batch_size=BATCH, shuffle=False, verbose=0)
        weights = {f"one {i}": w for i, w in enumerate(model.get_weights())}
        model.fit(images[BATCH:], batch_size=BATCH, shuffle=False, verbose=0)
        weights |= {f"three {i}": w for i, w in enumerate(model.get_weights())}
        np.savez(folder / f"{path.stem}-{keras.backend.backend()}.npz", **weights)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
