import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.metrics.edits import edit_quality
from keras_resgen.metrics.predictions import BINARY, predict_attributes, predict_binary_factors


@pytest.fixture(scope="module")
def drawn():
    """Faces without eyeglasses, hat and smile; the same with eyeglasses; and with a smile."""
    factors = faces.counterfactual(faces.sample_factors(60, seed=5), eyeglasses=0, hat=0, smile=0)
    changes = ({}, {"eyeglasses": 1}, {"smile": 1, "smile_amount": 1.0})
    return [faces.draw(faces.counterfactual(factors, **change), 64) / 255 for change in changes]


def test_the_counterfactual_is_the_perfect_edit(drawn):
    without, glasses, _ = drawn
    found = edit_quality(without, without, glasses, glasses, "eyeglasses")
    assert found.error == 0.0
    assert found.target == found.exact_target > 0.95
    assert found.others == found.exact_others < 0.05
    assert found.unedited_error == pytest.approx(np.square(without - glasses).mean())


def test_doing_nothing_changes_nothing(drawn):
    without, glasses, _ = drawn
    found = edit_quality(without, without, without, glasses, "eyeglasses")
    assert found.error == found.unedited_error > 0.0
    assert found.target == found.others == 0.0


def test_the_wrong_edit_shows_in_the_others(drawn):
    without, glasses, smiling = drawn
    found = edit_quality(without, without, smiling, glasses, "eyeglasses")
    assert abs(found.target) < 0.05
    assert found.others > 3 * found.exact_others
    assert found.error > found.unedited_error


def test_predictions_are_the_factors(drawn):
    factors = faces.sample_factors(200, seed=9)
    read = predict_binary_factors(faces.draw(factors, 64))
    for name in ("eyeglasses", "beard", "smile", "hat"):
        assert ((read[:, BINARY.index(name)] > 0.5) == factors[name]).mean() > 0.9
    assert read.shape == (200, len(BINARY))


def test_other_factors_are_refused(drawn):
    with pytest.raises(ValueError, match=r"factor must be one of .*'smile'.*Received: 'yaw'"):
        edit_quality(*[drawn[0]] * 4, "yaw")


def test_attributes_are_read_under_celebas_names():
    factors = faces.sample_factors(200, seed=9)
    read, true = predict_attributes(faces.draw(factors, 64) / 255), faces.attributes(factors)
    assert {name: np.mean(read[name] == true[name]) > 0.85 for name in read} == dict.fromkeys(
        ("Eyeglasses", "Mustache", "No_Beard", "Smiling", "Wearing_Hat"), True
    )
