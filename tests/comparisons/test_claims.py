import pytest

from keras_resgen.comparisons.claims import Claim, decide

LOW, HIGH = [1.0, 1.1, 0.9], [5.0, 5.2, 4.9]


@pytest.mark.parametrize(
    ("greater", "smaller", "answer"),
    [(HIGH, LOW, "yes"), (LOW, HIGH, "no"), (LOW, [1.1, 0.95, 1.0], "not decided")],
)
def test_an_answer_needs_an_interval_on_one_side(greater, smaller, answer):
    verdict = decide(Claim("?", "psnr", "a", "b"), {"a": {"psnr": greater}, "b": {"psnr": smaller}})
    assert verdict.answer == answer
    assert verdict.interval.low < verdict.interval.value < verdict.interval.high


def test_one_seed_decides_nothing():
    verdict = decide(Claim("?", "psnr", "a", "b"), {"a": {"psnr": [9.0]}, "b": {"psnr": [1.0]}})
    assert verdict.answer == "not decided"
    assert verdict.interval.value == 8.0


def test_what_was_not_measured_is_said():
    assert decide(Claim("?", "psnr", "a", "gan"), {"a": {"psnr": HIGH}}).answer == "not measured"


def test_claims_about_scatter_are_decided_by_spreads():
    wide, narrow = [0.0, 50.0, -60.0, 10.0, 30.0], [5.0, 5.1, 4.9, 5.05, 4.95]
    found = {"a": {"psnr": wide}, "b": {"psnr": narrow}}
    assert decide(Claim("?", "psnr", "a", "b", scale="spread"), found).answer == "yes"
    assert decide(Claim("?", "psnr", "b", "a", scale="spread"), found).answer == "no"
    assert decide(Claim("?", "psnr", "a", "b"), found).answer == "not decided"
