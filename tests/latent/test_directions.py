import numpy as np
import pytest
import scipy.optimize

from keras_resgen.latent import DIRECTIONS, fit_directions, orthogonalize, step_at
from keras_resgen.latent.directions import RIDGE


def cosine(x, y):
    return x @ y / np.linalg.norm(x) / np.linalg.norm(y)


@pytest.fixture(scope="module")
def entangled():
    """Codes in which two attributes that often go together each have an axis of their own."""
    generator = np.random.default_rng(0)
    first = generator.random(4000) < 0.5
    second = np.where(generator.random(4000) < 0.85, first, ~first)
    codes = generator.normal(size=(4000, 6))
    codes[:, 0] += 6.0 * first
    codes[:, 3] += 6.0 * second
    return codes, {"first": first, "second": second}


def test_the_means_mix_what_goes_together_and_the_plane_does_not(entangled):
    codes, labels = entangled
    axis = np.eye(6)[0]
    means = fit_directions(codes, labels, method="means")["first"]
    plane = fit_directions(codes, labels, method="logistic")["first"]
    assert cosine(means, axis) < 0.85
    assert cosine(plane, axis) > 0.97


def test_orthogonal_directions_leave_the_others_alone(entangled):
    codes, labels = entangled
    found = fit_directions(codes, labels, method="means", orthogonal=True)
    others = fit_directions(codes, labels, method="means")
    assert abs(cosine(found["first"], others["second"])) < 1e-5
    assert abs(cosine(others["first"], others["second"])) > 0.5


def test_a_step_is_as_long_as_the_class_means_are_apart():
    generator = np.random.default_rng(1)
    labels = generator.random(5000) < 0.3
    codes = generator.normal(size=(5000, 4)) * [1.0, 5.0, 0.1, 1.0]
    codes[:, 2] += 0.7 * labels
    for method in ("means", "logistic"):
        direction = DIRECTIONS[method](codes, labels)
        assert direction[2] == pytest.approx(0.7, abs=0.02)


def test_the_plane_is_the_maximum_of_its_penalized_likelihood():
    generator = np.random.default_rng(2)
    codes = generator.normal(size=(300, 3))
    labels = generator.random(300) < 1 / (1 + np.exp(-(codes @ [1.0, -2.0, 0.5])))
    normal = DIRECTIONS["logistic"](codes, labels) / codes.std(axis=0)
    normal /= np.linalg.norm(normal)
    x = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    # By plain ascent, an independent way to the same weights.
    weights, bias = np.zeros(3), 0.0
    for _ in range(20_000):
        error = labels - 1 / (1 + np.exp(-(x @ weights + bias)))
        weights = weights + 0.01 * (x.T @ error - weights)
        bias += 0.01 * error.sum()
    np.testing.assert_allclose(normal, weights / np.linalg.norm(weights), atol=1e-6)


def test_classes_that_a_plane_parts_without_error_have_a_direction():
    codes = np.random.default_rng(3).normal(size=(200, 5))
    codes[:100, 1] += 50.0
    direction = DIRECTIONS["logistic"](codes, np.arange(200) < 100)
    assert cosine(direction, np.eye(5)[1]) > 0.9
    assert np.isfinite(direction).all()


def test_the_component_is_one_of_the_principal_ones():
    codes = np.random.default_rng(4).normal(size=(3000, 3)) * [5.0, 3.0, 1.0]
    direction = DIRECTIONS["component"](codes, codes[:, 1] + codes[:, 2] > 0)
    assert abs(cosine(direction, np.eye(3)[1])) > 0.99
    assert direction[1] > 0  # towards the images that have it


def test_at_right_angles_to_several():
    direction, *others = np.random.default_rng(5).normal(size=(4, 7))
    left = orthogonalize(direction, others)
    for other in others:
        assert abs(left @ other) < 1e-10
    np.testing.assert_array_equal(orthogonalize(direction, []), direction)


def test_the_same_direction_twice_takes_nothing_more():
    direction, a, b = np.random.default_rng(6).normal(size=(3, 8))
    np.testing.assert_allclose(
        orthogonalize(direction, [a, -a, b]), orthogonalize(direction, [a, b]), atol=1e-12
    )


def test_nothing_left_is_said():
    directions = np.random.default_rng(7).normal(size=(9, 8))
    with pytest.raises(ValueError, match=r"8 dimensions, where nothing remains"):
        orthogonalize(directions[0], list(directions[1:]))


@pytest.mark.parametrize("method", list(DIRECTIONS))
def test_one_dimension_is_enough(method):
    codes = np.random.default_rng(8).normal(size=(50, 1))
    direction = DIRECTIONS[method](codes, codes[:, 0] > 0)
    assert (step_at(direction, codes) > 0).all()


@pytest.fixture(scope="module")
def posed():
    """Codes in which where an attribute shows depends on the pose, and what it should change."""
    generator = np.random.default_rng(9)
    labels, pose = generator.random(4000) < 0.3, generator.normal(size=4000)
    codes = generator.normal(size=(4000, 20))
    codes[:, :8] *= 4.0  # what images differ in most
    codes[:, 0] = 4.0 * pose
    change = np.zeros((4000, 20))
    change[:, 12], change[:, 13] = 1.5 * pose, 1.0 - pose
    return codes + labels[:, None] * change, labels, change


def test_a_contextual_direction_knows_where_an_attribute_shows(posed):
    codes, labels, change = posed
    plain = codes[~labels]
    direction = DIRECTIONS["contextual"](codes, labels)
    found = np.abs(direction.at(plain) - change[~labels])[:, 12:14].mean()
    one_for_all = np.abs(DIRECTIONS["means"](codes, labels) - change[~labels])[:, 12:14].mean()
    assert found < 0.15
    assert one_for_all > 0.8


def test_at_the_mean_a_contextual_direction_is_the_difference_of_means_along_the_context(posed):
    codes, labels, _ = posed
    direction = DIRECTIONS["contextual"](codes, labels)
    gap = DIRECTIONS["means"](codes, labels)
    along = direction.components / np.linalg.norm(direction.components, axis=0)
    np.testing.assert_allclose(direction.at(direction.mean) @ along, gap @ along, atol=1e-4)
    assert direction.steps.dtype == np.float32


def test_what_depends_on_the_code_cannot_be_made_orthogonal(entangled):
    codes, labels = entangled
    with pytest.raises(ValueError, match=r"do not depend on the code.*method='contextual'"):
        fit_directions(codes, labels, method="contextual", orthogonal=True)


@pytest.mark.parametrize(
    ("codes", "labels"),
    [(np.zeros((4, 2)), np.ones(4)), (np.zeros((4, 2)), np.ones(3)), (np.zeros(4), [0, 1, 0, 1])],
)
def test_labels_that_say_nothing_are_refused(codes, labels):
    with pytest.raises(ValueError, match="some with the attribute and some without"):
        DIRECTIONS["means"](codes, labels)


def test_attributes_that_none_or_all_have_are_left_out(entangled):
    codes, labels = entangled
    found = fit_directions(codes, {**labels, "none": np.zeros(4000), "all": np.ones(4000)})
    assert sorted(found) == ["first", "second"]
    assert found["first"].dtype == np.float32


def test_the_plane_is_the_optimum_of_the_penalized_likelihood():
    """The gradient of the log-likelihood with the L2 penalty vanishes, by standardized codes."""
    rng = np.random.default_rng(5)
    codes = rng.normal(size=(400, 6)) * [1, 2, 3, 1, 1, 1] + rng.normal(size=6)
    labels = codes @ rng.normal(size=6) + rng.normal(size=400) > 0
    normal = DIRECTIONS["logistic"](codes, labels) / codes.std(axis=0)
    x = (codes - codes.mean(axis=0)) / codes.std(axis=0)

    def objective(parameters):
        logits = x @ parameters[:-1] + parameters[-1]
        likelihood = np.sum(np.logaddexp(0.0, np.where(labels, -logits, logits)))
        return likelihood + 0.5 * RIDGE * parameters[:-1] @ parameters[:-1]

    best = scipy.optimize.minimize(objective, np.zeros(7), tol=1e-10).x[:-1]
    cosine = best @ normal / np.linalg.norm(best) / np.linalg.norm(normal)
    assert cosine == pytest.approx(1.0, abs=1e-8)
