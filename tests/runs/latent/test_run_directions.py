import dataclasses
from pathlib import Path

import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.latent.directions import fit_sample_directions
from keras_resgen.runs.trained import Trained


class Drawing:
    """A generator whose first latent dimension puts on eyeglasses, and whose second a hat."""

    has_encoder = False

    def draw_latents(self, count, seed=0):
        return np.random.default_rng(seed).standard_normal((count, 4), "float32")

    def generate(self, latents, attributes=None):
        factors = faces.sample_factors(len(latents), seed=int(abs(latents[0, 3]) * 1e6))
        factors["eyeglasses"] = (latents[:, 0] > 0).astype(factors["eyeglasses"].dtype)
        factors["hat"] = (latents[:, 1] > 0.5).astype(factors["hat"].dtype)
        return faces.draw(factors, 32) / np.float32(255.0)


TRAINED = Trained(Path("gan"), RunConfig(model="gan"), {}, Drawing(), is_export=False)


def test_directions_are_those_in_which_predictions_change():
    directions = fit_sample_directions(TRAINED)
    for name, dimension in (("Eyeglasses", 0), ("Wearing_Hat", 1)):
        direction = directions[name] / np.linalg.norm(directions[name])
        assert direction[dimension] > 0.9, name
    assert np.linalg.norm(directions["Smiling"]) < 0.3  # which no dimension has to do with


@pytest.mark.parametrize("options", [{"channels": 1}, {"attributes": "Smiling"}])
def test_what_cannot_be_read_is_refused(options):
    config = RunConfig(model="gan", **options)
    with pytest.raises(ValueError, match="Without an encoder, directions are fitted"):
        fit_sample_directions(dataclasses.replace(TRAINED, config=config))
