"""The losses compared with NumPy, closed forms and known values."""

import numpy as np
import pytest
from keras import ops

from keras_resgen import losses
from keras_resgen.backends import adapter

rng = np.random.default_rng(0)
IMAGES = rng.random((3, 4, 4, 2)).astype("float32")
OTHERS = rng.random((3, 4, 4, 2)).astype("float32")


def value(tensor):
    assert tuple(tensor.shape) == ()
    return float(tensor)


def logits(*numbers):
    return ops.convert_to_tensor(np.array(numbers, "float32")[:, None])


def test_squared_error_is_summed_over_pixels_and_averaged_over_images():
    expected = ((IMAGES - OTHERS) ** 2).sum() / 3
    assert value(losses.squared_error(IMAGES, OTHERS)) == pytest.approx(float(expected), rel=1e-5)


def test_binary_crossentropy():
    nats = -IMAGES * np.log(OTHERS) - (1 - IMAGES) * np.log(1 - OTHERS)
    expected = float(nats.sum() / 3)
    assert value(losses.binary_crossentropy(IMAGES, OTHERS)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("image", [0.0, 1.0])
def test_binary_crossentropy_is_finite_at_the_ends(image):
    images = np.full((1, 2, 2, 1), image, "float32")
    right = value(losses.binary_crossentropy(images, images))
    wrong = value(losses.binary_crossentropy(images, 1 - images))
    assert right == pytest.approx(0, abs=1e-5)
    assert wrong == pytest.approx(-4 * np.log(1e-7), rel=0.02)


def test_kl_is_zero_for_the_prior_and_known_elsewhere():
    zeros, ones = np.zeros((2, 3), "float32"), np.ones((2, 3), "float32")
    assert value(losses.gaussian_kl(zeros, zeros)) == 0
    assert value(losses.gaussian_kl(2 * ones, zeros)) == pytest.approx(3 * 2)
    assert value(losses.gaussian_kl(zeros, ones)) == pytest.approx(3 * (np.e - 2) / 2, rel=1e-6)


def test_kl_equals_its_monte_carlo_estimate():
    mean, log_variance = np.array([[0.5, -1.0]]), np.array([[0.3, -0.7]])
    deviation = np.exp(log_variance / 2)
    z = mean + deviation * rng.standard_normal((400_000, 2))
    log_q = -0.5 * ((z - mean) / deviation) ** 2 - np.log(deviation)
    log_p = -0.5 * z**2
    estimate = (log_q - log_p).sum(axis=1).mean()
    exact = value(losses.gaussian_kl(mean.astype("float32"), log_variance.astype("float32")))
    assert exact == pytest.approx(estimate, abs=0.01)


def test_gaussian_likelihood_equals_the_log_density():
    variance = 0.3
    density = np.exp(-((IMAGES - OTHERS) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    expected = float(-np.log(density).sum() / 3)
    nll = losses.gaussian_negative_log_likelihood(IMAGES, OTHERS, np.float32(np.log(variance)))
    assert value(nll) == pytest.approx(expected, rel=1e-5)


def test_a_gaussian_of_variance_one_half_is_squared_error():
    first, second = (
        value(losses.gaussian_negative_log_likelihood(IMAGES, others, np.float32(np.log(0.5))))
        - value(losses.squared_error(IMAGES, others))
        for others in (OTHERS, 1 - OTHERS)
    )
    assert first == pytest.approx(second, abs=1e-4)


def test_the_optimal_variance_maximizes_the_likelihood():
    best = value(losses.optimal_log_variance(IMAGES, OTHERS))
    assert best == pytest.approx(np.log(((IMAGES - OTHERS) ** 2).mean()), rel=1e-5)

    def nll(log_variance):
        return value(
            losses.gaussian_negative_log_likelihood(IMAGES, OTHERS, np.float32(log_variance))
        )

    # Known: half a nat a pixel beside the normalizing constant.
    pixels = IMAGES[0].size
    assert nll(best) == pytest.approx(pixels * (best + 1 + np.log(2 * np.pi)) / 2, rel=1e-5)
    assert nll(best) < min(nll(best - 0.1), nll(best + 0.1))
    assert np.isfinite(value(losses.optimal_log_variance(IMAGES, IMAGES)))


def test_free_bits_apply_to_the_mean_over_the_batch():
    mean = np.array([[2.0, 0.2], [0.0, 0.0]], "float32")  # nats: 2 and 0; 0.02 and 0
    zeros = np.zeros((2, 2), "float32")
    assert value(losses.free_bits_kl(mean, zeros, 0.5)) == pytest.approx(1 + 0.5)
    assert value(losses.free_bits_kl(mean, zeros, 0.0)) == pytest.approx(
        value(losses.gaussian_kl(mean, zeros))
    )


def test_dimensions_below_their_free_bits_have_no_gradient():
    gradient = adapter().input_gradient(
        lambda mean: losses.free_bits_kl(mean, ops.zeros((1, 2)), 0.5),
        ops.convert_to_tensor([[0.5, 2.0]]),
    )
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), [[0.0, 2.0]])


def test_schedules():
    shares = {
        name: [value(share(ops.convert_to_tensor(step), 8)) for step in range(20)]
        for name, share in losses.KL_SCHEDULES.items()
    }
    rise = [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]
    assert shares == {
        "linear": [step / 8 for step in range(8)] + 12 * [1],
        "cyclical": rise + rise + rise[:4],
    }


def softplus(x):
    return np.log1p(np.exp(x))


# name: discriminator's loss at real (2, -1) and fake (0.5, -3), generator's at the fake.
KNOWN = {
    "non_saturating": (
        (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
        (softplus(-0.5) + softplus(3)) / 2,
    ),
    "least_squares": (0.5 * (1 + 4) / 2 + 0.5 * (0.25 + 9) / 2, 0.5 * (0.25 + 16) / 2),
    "hinge": ((0 + 2) / 2 + (1.5 + 0) / 2, 1.25),
    "wasserstein": (-1.25 - 0.5, 1.25),
    "relativistic": (
        (softplus(-1.5) + softplus(-2)) / 2,
        (softplus(1.5) + softplus(2)) / 2,
    ),
}


def test_every_adversarial_loss_has_known_values():
    assert set(KNOWN) == set(losses.ADVERSARIAL_LOSSES)


@pytest.mark.parametrize("name", KNOWN)
def test_adversarial_losses(name):
    loss = losses.ADVERSARIAL_LOSSES[name]
    real, fake = logits(2, -1), logits(0.5, -3)
    discriminator, generator = KNOWN[name]
    assert value(loss.discriminator(real, fake)) == pytest.approx(discriminator, rel=1e-6)
    given = real if loss.relativistic else None
    assert value(loss.generator(given, fake)) == pytest.approx(generator, rel=1e-6)


def test_a_relativistic_loss_is_log_2_for_equal_logits():
    loss = losses.ADVERSARIAL_LOSSES["relativistic"]
    same = logits(5, -2)
    for side in (loss.discriminator, loss.generator):
        assert value(side(same, same)) == pytest.approx(np.log(2))
        # Only differences count: both sides may move together.
        moved = value(side(logits(9, 2), logits(8, 4)))
        assert value(side(logits(2, -5), logits(1, -3))) == pytest.approx(moved, rel=1e-6)


def test_the_logistic_loss_is_stable_for_large_logits():
    loss = losses.ADVERSARIAL_LOSSES["non_saturating"]
    assert value(loss.discriminator(logits(1000), logits(-1000))) == 0
    assert value(loss.discriminator(logits(-1000), logits(1000))) == 2000
    assert value(loss.generator(None, logits(-1000))) == 1000
    assert value(loss.generator(None, logits(1000))) == 0


def test_accuracy_averages_real_and_fake():
    accuracy = losses.discriminator_accuracy
    assert value(accuracy(logits(1, -1), logits(-1, -2))) == 0.75
    assert value(accuracy(logits(3, 3), logits(-3, -3))) == 1
    assert value(accuracy(logits(0, 0), logits(0, 0))) == 0.5


@pytest.mark.parametrize("weight", [0.25, 1.0, 2.0])
def test_gradient_penalty_of_a_linear_critic(weight):
    # The gradient of w.x is w everywhere, here with 32 equal parts.
    w = np.full((4, 4, 2), weight / np.sqrt(32), "float32")

    def critic(points):
        return ops.sum(points * ops.convert_to_tensor(w), axis=(1, 2, 3))[:, None]

    gradients = adapter().input_gradient(critic, ops.convert_to_tensor(IMAGES))
    assert tuple(gradients.shape) == IMAGES.shape
    assert value(losses.gradient_penalty(gradients)) == pytest.approx((weight - 1) ** 2, abs=1e-6)


def test_zero_centered_penalty_of_a_quadratic_discriminator():
    # The gradient of |x|^2 / 2 is x.
    gradients = adapter().input_gradient(
        lambda points: ops.sum(ops.square(points), axis=(1, 2, 3))[:, None] / 2,
        ops.convert_to_tensor(IMAGES),
    )
    expected = float((IMAGES**2).sum() / 3 / 2)
    assert value(losses.zero_centered_penalty(gradients)) == pytest.approx(expected, rel=1e-5)


def test_gradient_penalty_can_be_differentiated_where_the_gradient_vanishes():
    gradient = adapter().input_gradient(losses.gradient_penalty, ops.zeros((2, 4, 4, 1), "float32"))
    assert np.isfinite(ops.convert_to_numpy(gradient)).all()


@pytest.mark.parametrize(
    ("table", "argument"),
    [
        (losses.RECONSTRUCTION_LOSSES, "reconstruction"),
        (losses.ADVERSARIAL_LOSSES, "adversarial"),
        (losses.DECODER_VARIANCES, "decoder_variance"),
        (losses.KL_SCHEDULES, "kl_schedule"),
    ],
)
def test_unknown_losses_are_refused(table, argument):
    with pytest.raises(ValueError, match=f"{argument} must be one of .*Received: 'l3'.*Choose"):
        table["l3"]
