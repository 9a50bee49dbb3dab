"""Which prior and directions an export of a run gets."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from keras_resgen.export import ExportError
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.exporting import export_run
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.latent import latent_tools
from keras_resgen.runs.latent.latent_tools import (
    calibration_images,
    fit_tools,
    load_training,
    resolve_choices,
)
from keras_resgen.runs.trained import Trained

CODES = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")


def trained(*, has_encoder=True, prior="gaussian", **options):
    model = SimpleNamespace(
        has_encoder=has_encoder,
        prior=prior,
        encode=lambda images: CODES[images[:, 0, 0, 0].astype(int)],
    )
    return Trained(Path("runs/a"), RunConfig(**options), {}, model, is_export=False)


class Images(SimpleNamespace):
    """Forty images, whose first pixel is their number."""

    def __len__(self):
        return len(CODES)

    def floats(self, rows):
        return np.arange(len(CODES), dtype="float32")[rows].reshape(-1, 1, 1, 1)


IMAGES = Images(attributes={"Smiling": CODES[:, 0] > 0, "Bald": np.zeros(40, bool)})


@pytest.mark.parametrize(
    ("case", "chosen"),
    [
        ({}, ("gaussian", "means")),
        ({"prior": "swiss_roll"}, (None, "means")),  # the one it was trained to
        ({"attributes": "Smiling"}, ("gaussian", None)),  # which condition the model
        ({"has_encoder": False}, (None, "means")),
        ({"has_encoder": False, "data": "folder:cats"}, (None, None)),
        ({"has_encoder": False, "channels": 1}, (None, None)),
        ({"has_encoder": False, "attributes": "Smiling"}, (None, None)),
    ],
)
def test_what_is_fitted_by_default(case, chosen):
    assert resolve_choices(trained(**case), None, None) == chosen
    assert resolve_choices(trained(**case), "none", "none") == (None, None)


@pytest.mark.parametrize(
    ("case", "choice", "message"),
    [
        ({}, ("uniform", None), "fitted prior must be one of"),
        ({}, (None, "svm"), "method must be one of"),
        ({"has_encoder": False}, ("flow", None), "need an encoder. Received: fitted='flow'"),
        ({"has_encoder": False, "channels": 1}, (None, "means"), "Received: data='faces'"),
    ],
)
def test_what_cannot_be_fitted_is_refused(case, choice, message):
    with pytest.raises(ValueError, match=message):
        resolve_choices(trained(**case), *choice)


def test_a_prior_and_directions_are_fitted_to_the_same_codes():
    tools = fit_tools(trained(), "gaussian", "means", IMAGES)
    np.testing.assert_allclose(tools.prior.means[0], CODES.mean(axis=0), atol=1e-6)
    smiling = CODES[:, 0] > 0
    difference = CODES[smiling].mean(axis=0) - CODES[~smiling].mean(axis=0)
    components = ["Component_1", "Component_2", "Component_3"]
    assert list(tools.directions) == ["Smiling", *components]  # nobody is bald
    np.testing.assert_allclose(tools.directions["Smiling"], difference, atol=1e-6)
    assert (tools.fitted, tools.method) == ("gaussian", "means")
    without = fit_tools(trained(), "gaussian", "means", Images(attributes={}))
    assert list(without.directions) == components


def test_a_model_without_an_encoder_has_directions_of_its_draws(monkeypatch):
    found = {"Smiling": np.ones(3)}
    monkeypatch.setattr(latent_tools, "fit_sample_directions", lambda trained, method: found)
    tools = fit_tools(trained(has_encoder=False), None, "means", None)
    assert (tools.prior, tools.directions, tools.method) == (None, found, "means")


def test_calibration_takes_images_at_equal_distances():
    assert calibration_images(IMAGES, 4).ravel().tolist() == [0, 10, 20, 30]
    assert len(calibration_images(IMAGES)) == 40


def test_missing_images_are_reported_with_advice(tmp_path):
    config = RunConfig(data=f"folder:{tmp_path / 'gone'}")
    with pytest.raises(
        ValueError, match=r"Put the images back, .*--data, .*--fitted none --directions"
    ):
        load_training(config)


def test_an_unknown_format_is_refused_before_the_run_is_read(tmp_path):
    with pytest.raises(ExportError, match="Received: coreml"):
        export_run(RunFolder(tmp_path / "no run"), tmp_path / "export", formats=["coreml"])
