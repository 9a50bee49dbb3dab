#!/usr/bin/env python
"""Make the small exports of a release that later versions of this package must load.

    python scripts/make_golden_exports.py

Each release runs it once and commits its output, `tests/export/golden/VERSION`; those of earlier
releases never change. `tests/export/test_golden_exports.py` loads and verifies all of them. The
script needs `pip install "keras-resgen[litert,openvino]"`.
"""

from pathlib import Path

import numpy as np

import keras_resgen
from keras_resgen.export import FORMATS, LatentTools, export_model
from keras_resgen.latent import fit_gaussian
from verify_runtimes import random_model

GOLDEN = Path(__file__).parents[1] / "tests/export/golden"
LATENT_DIM = 4
ATTRIBUTES = ["Smiling", "Eyeglasses"]
SMALL = {"size": 32, "width": 2, "channels": 1, "latent_dim": LATENT_DIM, "network": "plain"}


def main():
    """Export a model with an encoder and latent tools, and a conditional model."""
    rng = np.random.default_rng(1)
    prior = fit_gaussian(rng.normal(size=(50, LATENT_DIM)))
    directions = {name: rng.normal(size=LATENT_DIM) for name in ATTRIBUTES}
    tools = LatentTools(prior, "gaussian", directions, "means")
    metadata = {"attributes": ATTRIBUTES}
    export("vae", random_model("vae", **SMALL), tools, {})
    export("wgan-gp", random_model("wgan-gp", attributes=2, **SMALL), LatentTools(), metadata)


def export(name, model, tools, metadata):
    """Export in every format."""
    folder = GOLDEN / keras_resgen.__version__ / name
    metadata = {"data": "none: random weights", **metadata}
    export_model(model, folder, formats=list(FORMATS), tools=tools, metadata=metadata)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder.relative_to(GOLDEN)}: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
