"""Distances from a reference: what they mean, and how they answer to damage."""

import dataclasses

import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.metrics import DistanceRange, Moments
from keras_resgen.metrics.features import FEATURES
from keras_resgen.metrics.reference import Reference

COUNT = 400


@pytest.fixture(scope="module")
def extractor():
    return FEATURES["faces"]()


@pytest.fixture(scope="module")
def images():
    return faces.draw(faces.sample_factors(3 * COUNT, seed=5), 32)


@pytest.fixture(scope="module")
def real(extractor, images):
    return Reference.from_images(extractor, images[:COUNT], images[COUNT : 2 * COUNT], data="faces")


def damaged(images, kind, amount):
    floats = images / np.float32(255.0)
    if kind == "noise":
        noise = np.random.default_rng(0).standard_normal(images.shape, "float32")
        return np.clip(floats + amount * noise, 0.0, 1.0)
    if kind == "blur":
        for _ in range(amount):
            padded = np.pad(floats, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
            floats = sum(padded[:, i : i + 32, j : j + 32] for i in range(3) for j in range(3)) / 9
        return floats
    if kind == "collapse":
        return floats[np.arange(len(images)) % round(len(images) * (1 - amount))]
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "amounts"),
    [("noise", (0.05, 0.1, 0.2)), ("blur", (1, 2, 4)), ("collapse", (0.5, 0.9, 0.98))],
)
def test_more_damage_is_further_away(kind, amounts, extractor, images, real):
    held_out = images[2 * COUNT :]
    found = [real.distances(extractor(damaged(held_out, kind, amount))) for amount in amounts]
    frechet = [real.baseline.frechet.value, *(distances.frechet.value for distances in found)]
    assert all(np.diff(frechet) > 0), frechet
    coverage = [distances.neighborhoods.coverage for distances in found]
    assert all(np.diff(coverage) < 0), coverage


def test_a_lost_attribute_is_further_away(extractor, real):
    factors = faces.sample_factors(COUNT, seed=9)
    whole = real.distances(extractor(faces.draw(factors, 32)))
    bare = faces.counterfactual(factors, eyeglasses=0, hat=0)
    lost = real.distances(extractor(faces.draw(bare, 32)))
    difference = lost.frechet.value - whole.frechet.value
    assert difference > 2 * (whole.frechet.standard_error + lost.frechet.standard_error)
    assert lost.kernel.value > whole.kernel.value + 2 * whole.kernel.standard_error


def test_other_real_images_are_at_the_baseline(extractor, images, real):
    found = real.distances(extractor(images[2 * COUNT :]))
    baseline = real.baseline
    error = np.hypot(found.frechet.standard_error, baseline.frechet.standard_error)
    assert abs(found.frechet.value - baseline.frechet.value) < 4 * error
    assert abs(found.kernel.value) < 4 * found.kernel.standard_error
    assert found.neighborhoods.coverage > 0.9


def test_metrics_are_named_after_the_features(real):
    assert list(real.baseline.metrics("faces")) == [
        *("frechet_faces", "kernel_faces", "precision_faces", "recall_faces"),
        *("density_faces", "coverage_faces"),
    ]


def test_a_reference_is_kept_whole(real, tmp_path):
    real.save(tmp_path / "reference")
    kept = Reference.load(tmp_path / "reference")
    assert kept.protocol == real.protocol
    assert kept.baseline == real.baseline
    np.testing.assert_array_equal(kept.rows, real.rows)
    (tmp_path / "reference" / "features.npz").write_bytes(b"torn")
    with pytest.raises(ValueError, match=r"Expected protocol.json and features.npz"):
        Reference.load(tmp_path / "reference")


def test_other_counts_and_protocols_do_not_compare(extractor, images, real):
    with pytest.raises(ValueError, match=r"features of shape \(400, 128\). Received: shape \(7"):
        real.distances(extractor(images[:7]))
    other = dataclasses.replace(real.protocol, count=5, data="others")
    with pytest.raises(ValueError, match=r"data: faces and others; count: 400 and 5. Measure"):
        real.protocol.check_equal(other)
    real.protocol.check_equal(dataclasses.replace(real.protocol))


def test_objects_print_briefly(real):
    moments = Moments.from_features(real.rows)
    for text in (repr(real), repr(moments), repr(DistanceRange.fit(real.rows, real.rows))):
        assert len(text) < 200
        assert "array" not in text
