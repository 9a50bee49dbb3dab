import dataclasses
import json

import numpy as np
import pytest
from keras import ops
from PIL import Image
from rich.console import Console

from keras_resgen import losses
from keras_resgen.data.pictures import save_png
from keras_resgen.latent import FITTED_PRIORS, PrincipalComponents, fit_gaussian
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.evaluation import evaluate
from keras_resgen.runs.evaluation.codes import measure_codes
from keras_resgen.runs.evaluation.edits import measure_edits
from keras_resgen.runs.evaluation.files import read_evaluation, write_evaluation
from keras_resgen.runs.evaluation.latent_space import measure_attributes
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.latent.codes import choose_rows, encode_rows
from keras_resgen.runs.plan.data import load_split
from keras_resgen.runs.train import train
from keras_resgen.runs.trained import Trained, load_trained

CONFIG = RunConfig(
    model="ae",
    data="faces,count=260",
    held_out=0.5,
    image_size=32,
    width=2,
    latent_dim=4,
    network="plain",
    batch_size=26,
    epochs=2,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """An autoencoder of two epochs."""
    out = tmp_path_factory.mktemp("evaluated") / "run"
    return load_trained(train(CONFIG, out, console=Console(quiet=True)).path)


@pytest.fixture(scope="module")
def split():
    return load_split(CONFIG)


@pytest.fixture(scope="module")
def sections(trained, split):
    return evaluate(trained, *split)


@pytest.fixture(scope="module")
def metrics(sections):
    return {metric.name: metric for section in sections for metric in section.metrics}


def with_model(trained, model):
    return dataclasses.replace(trained, model=model)


def test_reconstructions_are_compared_with_the_images(trained, split, metrics):
    images = split[1].floats(slice(None))
    errors = np.square(trained.model.reconstruct(images) - images).mean(axis=(1, 2, 3))
    assert metrics["psnr"].value == pytest.approx(np.mean(-10 * np.log10(errors)), rel=1e-4)
    assert metrics["loss"].value == pytest.approx(errors.mean() * 32 * 32 * 3, rel=1e-3)


def test_fitted_priors_are_drawn_from_and_decoded(trained, split, metrics):
    codes = encode_rows(trained, split[0], np.arange(130))
    real = Reference.load(RunFolder(trained.path).distribution)
    drawn = trained.model.generate(fit_gaussian(codes).draw(100, CONFIG.seed))
    expected = real.distances(FEATURES["faces"]()(drawn)).frechet.value
    assert metrics["gaussian_frechet_faces"].value == pytest.approx(expected, rel=1e-3)
    assert metrics["mixture_frechet_faces"].baseline == real.baseline.frechet.value


def test_the_baseline_of_interpolations_is_cross_fading(metrics):
    assert metrics["interpolation_largest_step"].baseline >= 1.0
    assert 0.0 < metrics["interpolation_path_length_ratio"].baseline <= 1.0


def test_the_baseline_of_samples_is_of_real_images(metrics):
    assert 0.5 < metrics["sharpness"].baseline < 2.0
    assert metrics["sliced_wasserstein_32"].baseline < metrics["sliced_wasserstein_32"].value


def test_edits_of_the_baseline_are_as_good_as_the_baseline(trained, split):
    training = split[0]
    linear = PrincipalComponents.fit(training.floats(slice(None)), CONFIG.latent_dim)
    (section,) = measure_edits(with_model(trained, linear), *split)
    found = {metric.name: metric.value for metric in section.metrics}
    errors = [value for name, value in found.items() if name.startswith("edit_error")]
    assert errors == pytest.approx([1.0] * 4)
    assert found["edit_change"] == pytest.approx(
        np.mean([found[f"edit_change_{name}"] for name in ("eyeglasses", "beard", "smile")])
    )


def test_photographs_have_no_counterfactuals(trained, split):
    photographs = dataclasses.replace(split[1], factors=None)
    assert measure_edits(trained, split[0], photographs) == []


class Knowing:
    """Its codes are an attribute, and noise."""

    has_encoder = True

    def __init__(self, split, known):
        self.known = {
            image.tobytes(): value
            for part in split
            for image, value in zip(part.floats(slice(None)), part.attribute(known), strict=True)
        }

    def encode(self, images):
        noise = np.random.default_rng(0).normal(size=(len(images), 3))
        known = [self.known[image.tobytes()] for image in images]
        return np.column_stack([10.0 * np.array(known) + noise[:, 0], noise[:, 1:]])


def test_a_linear_probe_predicts_an_attribute_that_codes_hold(trained, split):
    knowing = with_model(trained, Knowing(split, "Eyeglasses"))
    codes = encode_rows(knowing, split[0], choose_rows(split[0]))
    (section,) = measure_attributes(knowing, codes, *split)
    found = {metric.name: metric.value for metric in section.metrics}
    assert found.pop("linear_probe_auc_Eyeglasses") > 0.99
    assert abs(found["linear_probe_auc_Smiling"] - 0.5) < 0.15
    each = [value for name, value in found.items() if name != "linear_probe_auc"]
    assert found["linear_probe_auc"] == pytest.approx((sum(each) + 1.0) / (len(each) + 1), abs=0.01)


def test_metrics_and_pictures_are_kept(trained, split, sections, metrics, tmp_path):
    write_evaluation(tmp_path / "out", sections, trained, *split)
    found = read_evaluation(tmp_path / "out")
    assert found.values == {name: metric.value for name, metric in metrics.items()}
    assert found.baseline["frechet_faces"] == metrics["frechet_faces"].baseline
    assert found.held_out == split[1].fingerprint
    assert RunConfig.from_dict(found.config) == trained.config
    assert Image.open(tmp_path / "out" / "codes.png").size == (1232, 308)
    (tmp_path / "out" / "codes.png").unlink()
    sizes = {path.name: Image.open(path).size for path in (tmp_path / "out").glob("*.png")}
    assert sizes == {
        "samples.png": (274, 138),
        "reconstructions.png": (274, 138),
        "interpolations.png": (274, 138),
        "edits.png": (274, 206),
    }


def test_metrics_that_are_not_finite_are_kept_too(trained, split, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "keras_resgen.runs.evaluation.files.write_pictures",
        lambda folder, *_: save_png(folder / "a.png", np.zeros((1, 1))),
    )
    section = Section(
        "Losses", [MetricValue("loss", float("nan")), MetricValue("kl", float("inf"), 1.0)]
    )
    write_evaluation(tmp_path, [section], trained, *split)
    found = read_evaluation(tmp_path)
    assert np.isnan(found.values["loss"])
    assert found.values["kl"] == float("inf")
    json.loads((tmp_path / "metrics.json").read_text(), parse_constant=pytest.fail)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "metrics.json").write_text('{"config": {}}')
    with pytest.raises(ValueError, match=r"Expected a metrics\.json .* Evaluate again"):
        read_evaluation(tmp_path)


def test_the_costs_of_training_are_reported(trained, metrics):
    summary = trained.summary
    assert metrics["epochs"].value == summary["epochs"] == 2
    assert metrics["parameters"].value == sum(summary["parameters"].values())
    assert 100 < metrics["peak_memory_mib"].value == summary["peak_memory_mib"]
    assert metrics["seconds_per_epoch"].value == summary["seconds"] / 2


def test_an_export_has_no_costs_of_training(trained, split, monkeypatch):
    monkeypatch.delitem(FITTED_PRIORS, "flow")  # which takes seconds to fit
    export = Trained(trained.path, trained.config, {}, trained.model, is_export=True)
    titles = [section.title for section in evaluate(export, *split)]
    assert not [title for title in titles if "Training" in title or "Losses" in title]


def test_a_reconstruction_loss_is_one_row(split, monkeypatch, tmp_path):
    def smooth_l1(images, reconstructions):
        errors = ops.abs(images - reconstructions)
        pixels = ops.where(errors < 1.0, 0.5 * ops.square(errors), errors - 0.5)
        return ops.mean(ops.sum(pixels, axis=(1, 2, 3)))

    monkeypatch.setitem(
        losses.RECONSTRUCTION_LOSSES, "smooth_l1", losses.ReconstructionLoss(smooth_l1)
    )
    config = dataclasses.replace(CONFIG, model="vae", reconstruction="smooth_l1", epochs=1)
    run = train(config, tmp_path / "run", console=Console(quiet=True))
    trained, (_, held_out) = load_trained(run.path), split
    (section,) = measure_codes(trained, held_out)
    assert "the loss 'smooth_l1' has no likelihood" in section.title
    names = {metric.name for metric in section.metrics}
    assert "psnr" in names
    assert not names & {"evidence_lower_bound", "importance_weighted"}
    row = losses.ReconstructionLoss(smooth_l1, losses.gaussian_log_likelihood)
    monkeypatch.setitem(losses.RECONSTRUCTION_LOSSES, "smooth_l1", row)
    (section,) = measure_codes(trained, held_out)
    assert "no likelihood" not in section.title
    names = {metric.name for metric in section.metrics}
    assert {"evidence_lower_bound", "importance_weighted"} <= names
