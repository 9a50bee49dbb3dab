import numpy as np
import pytest

from keras_resgen import losses
from keras_resgen.metrics.likelihood import bounds, likelihood_bounds


class LinearGaussian:
    """A model whose likelihood is known: images of two pixels, `x = W z + noise`."""

    pixel_log_likelihood = staticmethod(losses.gaussian_log_likelihood)
    weights = np.array([[1.0, 0.5], [-0.3, 2.0]])
    variance = 0.3

    def posterior(self, images):
        """An approximate posterior: the true mean, no correlation, and too wide."""
        x = images.reshape(-1, 2)
        precision = np.eye(2) + self.weights @ self.weights.T / self.variance
        mean = x @ self.weights.T @ np.linalg.inv(precision) / self.variance
        variances = 1.5 * np.diag(np.linalg.inv(precision))
        return mean, np.broadcast_to(np.log(variances), mean.shape)

    def pixel_variance(self, images, attributes=None):
        return self.variance

    def generate(self, codes, attributes=None):
        return (codes @ self.weights).reshape(-1, 1, 2, 1)

    def log_likelihood(self, images):
        x = images.reshape(-1, 2)
        covariance = self.weights.T @ self.weights + self.variance * np.eye(2)
        squares = np.einsum("ni,ij,nj->n", x, np.linalg.inv(covariance), x)
        return -0.5 * (squares + np.log(np.linalg.det(2 * np.pi * covariance)))


def test_the_bounds_lie_where_the_true_likelihood_says():
    model = LinearGaussian()
    images = np.random.default_rng(0).normal(size=(300, 1, 2, 1)) * 1.5
    truth = model.log_likelihood(images).mean()
    one = likelihood_bounds(model, images, samples=400)
    assert one.evidence_lower_bound.value < truth - 0.1
    assert one.importance_weighted.value == pytest.approx(truth, abs=0.01)
    fewer = likelihood_bounds(model, images, samples=3).importance_weighted.value
    assert one.evidence_lower_bound.value < fewer < one.importance_weighted.value


def test_the_lower_bound_is_the_loss_that_a_vae_minimizes(create, images):
    model = create("vae")
    model.compile()
    loss = -model.evaluate(images, batch_size=4, return_dict=True, verbose=0)["loss"]
    constant = -0.5 * np.log(np.pi) * images[0].size  # which the loss leaves out
    found = likelihood_bounds(model, images, samples=300).evidence_lower_bound
    assert found.value == pytest.approx(loss + constant, rel=2e-3)


def test_weights_of_one_value_are_their_own_bounds():
    found = bounds(np.full((5, 3), -1e5))
    assert found.importance_weighted.value == found.evidence_lower_bound.value == -1e5


def test_log_likelihoods_are_the_losses_image_by_image():
    images, shares = np.random.default_rng(0).random((2, 6, 4, 4, 3))
    np.testing.assert_allclose(
        losses.gaussian_log_likelihood(images, shares, 0.3).mean(),
        -float(losses.gaussian_negative_log_likelihood(images, shares, np.log(0.3))),
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        losses.bernoulli_log_likelihood(images, shares).mean(),
        -float(losses.binary_crossentropy(images, shares)),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    ("options", "variance"),
    [({}, 0.5), ({"decoder_variance": "learned"}, 1.0), ({"decoder_variance": "optimal"}, None)],
)
def test_the_variance_of_pixels_is_the_models_own(create, images, options, variance):
    model = create("vae", **options)
    expected = variance or np.square(images - model.reconstruct(images)).mean()
    assert model.pixel_variance(images) == pytest.approx(expected, rel=1e-5)
