import numpy as np
import pytest

from keras_resgen.data import faces


def _same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in faces.FACTORS)


def test_sampling_is_deterministic_and_depends_on_the_seed():
    assert _same(faces.sample_factors(50, seed=3), faces.sample_factors(50, seed=3))
    different = faces.sample_factors(50, seed=4)
    assert not any(
        np.array_equal(faces.sample_factors(50, seed=3)[name], different[name])
        for name in faces.FACTORS
    )


@pytest.mark.parametrize("variant", faces.VARIANTS)
@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 17])
def test_any_part_of_the_sequence_can_be_sampled_by_itself(variant, start):
    whole = faces.sample_factors(60, seed=1, variant=variant)
    part = faces.sample_factors(20, seed=1, variant=variant, start=start)
    assert _same(part, {name: values[start : start + 20] for name, values in whole.items()})


def test_streams_are_those_of_philox_itself():
    key = np.array([7, 0x16E634B4], dtype=np.uint64)  # CRC-32 of b"yaw"
    words = np.random.Philox(key=key).random_raw(5)
    u = (words >> np.uint64(11)) * 2.0**-53
    centered = 2.0 * u - 1.0
    expected = 26.0 * np.sign(centered) * (1.0 - np.sqrt(1.0 - np.abs(centered)))
    np.testing.assert_allclose(faces.sample_factors(5, seed=7)["yaw"], expected, rtol=1e-12)


def test_streams_of_different_factors_are_independent():
    sampled = faces.sample_factors(4000, seed=0)
    numbers = np.stack([sampled[name] for name in faces.FACTORS]).astype(float)
    correlation = np.corrcoef(numbers) - np.eye(len(numbers))
    assert np.abs(correlation).max() < 0.08  # five deviations of chance among 4000


def test_values_follow_their_table():
    sampled = faces.sample_factors(4000, seed=0)
    for name, factor in faces.FACTORS.items():
        values = sampled[name]
        if factor.kind == "choice":
            share = np.bincount(values, minlength=len(factor.values)) / len(values)
            expected = np.array(factor.weights) / sum(factor.weights)
            np.testing.assert_allclose(share, expected, atol=0.04)
        elif factor.kind == "binary":
            assert abs(values.mean() - factor.probability) < 0.04
        else:
            width = factor.high - factor.low
            assert values.min() >= factor.low
            assert values.max() <= factor.high
            assert abs(values.mean() - (factor.low + factor.high) / 2) < 0.03 * width
            deviation = {"uniform": 12, "triangular": 24}[factor.kind] ** -0.5
            assert abs(values.std() / width - deviation) < 0.02


def test_table_is_complete_for_documentation():
    assert 40 <= len(faces.FACTORS) <= 50
    for name, factor in faces.FACTORS.items():
        assert name.isidentifier()
        assert factor.meaning
        assert factor.range
        assert len(factor.values) == len(factor.weights)


def test_correlated_variant_ties_attributes_to_their_causes():
    correlated = faces.sample_factors(6000, seed=2, variant="correlated")
    names = faces.FACTORS["hair_style"].values
    by_style = {n: correlated["hair_style"] == code for code, n in enumerate(names)}
    assert correlated["beard"][by_style["long"]].sum() == 0
    assert correlated["mustache"][by_style["long"]].sum() == 0
    assert correlated["beard"][by_style["short"]].mean() > 0.4
    gray = correlated["hair_color"] == faces.FACTORS["hair_color"].values.index("gray")
    glasses = correlated["eyeglasses"]
    assert glasses[gray].mean() > 0.65
    assert glasses[~gray].mean() < 0.3
    independent = faces.sample_factors(6000, seed=2)["eyeglasses"]
    assert abs(independent[gray].mean() - independent[~gray].mean()) < 0.06


def test_counterfactual_changes_what_is_named_and_nothing_else():
    original = faces.sample_factors(5)
    changed = faces.counterfactual(original, smile=1, hair_style="curly", yaw=np.arange(5.0))
    assert changed["smile"].tolist() == [1] * 5
    assert changed["hair_style"].tolist() == [5] * 5
    assert changed["yaw"].tolist() == [0, 1, 2, 3, 4]
    for name in set(faces.FACTORS) - {"smile", "hair_style", "yaw"}:
        np.testing.assert_array_equal(changed[name], original[name])


def test_attributes_follow_from_factors():
    sampled = faces.counterfactual(
        faces.sample_factors(4),
        hair_style=np.array([0, 5, 3, 0]),
        hair_color=np.array([0, 2, 4, 3]),
        hat=np.array([0, 1, 0, 1]),
        eyeglasses=np.array([1, 0, 0, 0]),
        eyeglasses_style="sun",
        eye_size=-0.9,
        beard=np.array([1, 0, 0, 1]),
        mouth_opening=np.array([0.2, 0.6, 0.5, 0.9]),
        smile=np.array([0, 1, 0, 1]),
    )
    expected = {
        "Bald": [1, 0, 0, 0],
        "Bangs": [0, 0, 1, 0],
        "Black_Hair": [0, 0, 0, 0],
        "Blond_Hair": [0, 1, 0, 0],
        "Gray_Hair": [0, 0, 0, 0],
        "Wavy_Hair": [0, 1, 0, 0],
        "Straight_Hair": [0, 0, 1, 0],
        "Wearing_Hat": [0, 1, 0, 1],
        "Narrow_Eyes": [0, 1, 1, 1],
        "No_Beard": [0, 1, 1, 0],
        "Mouth_Slightly_Open": [0, 1, 0, 1],
        "Smiling": [0, 1, 0, 1],
    }
    labels = faces.attributes(sampled)
    for name, values in expected.items():
        assert labels[name].dtype == bool
        assert labels[name].tolist() == values, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": -1}, "`count` to be 0 or more. Received: -1"),
        ({"count": 1, "start": -1}, "`start` to be 0 or more"),
        ({"count": 1, "seed": -1}, "`seed` to be 0 or more"),
        ({"count": 1, "seed": 2**64}, "`seed` to be below"),
        ({"count": 1, "variant": "mixed"}, "`variant` to be one of .*Received: 'mixed'"),
    ],
)
def test_sampling_refuses_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        faces.sample_factors(**arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"smiling": 1}, "name of a factor. Received: 'smiling'"),
        ({"smile": 2}, "`smile` to be in the range 0, 1. Received: 2"),
        ({"smile": 0.5}, "`smile` to be in the range"),
        ({"hair_style": "mohawk"}, "`hair_style` to be in the range bald, .*Received: 'mohawk'"),
        ({"hair_style": 6}, "`hair_style` to be in the range"),
        ({"yaw": 90.0}, "`yaw` to be in the range -26 to 26. Received: 90.0"),
        ({"yaw": np.nan}, "`yaw` to be in the range"),
        ({"yaw": np.zeros(3)}, "equal length"),
        ({"yaw": np.zeros((4, 1))}, "one dimension"),
        ({"yaw": np.array(["left"] * 4)}, "`yaw` to hold numbers"),
    ],
)
def test_counterfactual_refuses_bad_changes(changes, message):
    with pytest.raises(ValueError, match=message):
        faces.counterfactual(faces.sample_factors(4), **changes)


def test_missing_factors_are_named():
    sampled = faces.sample_factors(2)
    del sampled["yaw"]
    with pytest.raises(ValueError, match="Received none of: yaw"):
        faces.attributes(sampled)
