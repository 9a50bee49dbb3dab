#!/usr/bin/env python
"""Makes the small exports of a release that later versions of this package must keep loading.

    python scripts/make_golden_exports.py

Each release runs it once and tracks what it writes, `tests/export/golden/VERSION`; those of earlier
releases stay as they are. `tests/export/test_golden_exports.py` loads and verifies all.
"""

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_resgen
from keras_resgen.export import LatentTools, export_model
from keras_resgen.export.formats import FORMATS, check_formats
from keras_resgen.latent import fit_gaussian
from keras_resgen.models import FAMILIES

GOLDEN = Path(__file__).parents[1] / "tests/export/golden"
LATENT_DIM = 4
ATTRIBUTES = ["Smiling", "Eyeglasses"]
# With an encoder, told nothing and with latent tools; and without one, told attributes.
MODELS = {"vae": {"network": "resnet"}, "wgan-gp": {"network": "plain", "attributes": 2}}


def tools():
    """A fitted prior, and directions."""
    rng = np.random.default_rng(1)
    directions = {name: rng.normal(size=LATENT_DIM) for name in ATTRIBUTES}
    prior = fit_gaussian(rng.normal(size=(50, LATENT_DIM)))
    return LatentTools(prior, "gaussian", directions, "means")


def main():
    """Exports a model with random weights of each kind."""
    check_formats(list(FORMATS))
    for family, options in MODELS.items():
        keras.utils.set_random_seed(0)
        model = FAMILIES[family].create(
            image_size=32, channels=1, latent_dim=LATENT_DIM, width=2, **options
        )
        folder = GOLDEN / keras_resgen.__version__ / family
        told = {"attributes": ATTRIBUTES} if "attributes" in options else {}
        export_model(
            model,
            folder,
            formats=list(FORMATS),
            tools=None if told else tools(),
            metadata={"data": "none: random weights", **told},
        )
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{folder.relative_to(GOLDEN)}: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
