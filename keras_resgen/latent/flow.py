"""A normalizing flow: a density of any shape, fitted to codes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen.latent.mixture import GaussianMixture, draw_by_noise, fit_gaussian
from keras_resgen.precision import precision

COUPLINGS, UNITS = 6, 128
LARGEST_LOG_SCALE = 2.0  # of a coupling, which keeps draws finite
BATCH, MOST_EPOCHS, PATIENCE = 128, 60, 10
HELD_OUT = 0.1


class Flow:
    """An invertible network between codes and normal noise.

    Dinh et al., "Density Estimation using Real NVP" (2017, https://arxiv.org/abs/1605.08803):
    each coupling scales and shifts half of the dimensions by functions of the other half. Made by
    `fit_flow`.

    Args:
        mean: mean of the codes, of shape `(latent_dim,)`, 2 dimensions at least.
        deviation: standard deviations of the codes, of the same shape.
        seed: seed of the weights and of the couplings.
    """

    def __init__(self, mean: np.ndarray, deviation: np.ndarray, seed: int = 0) -> None:
        self.mean, self.deviation = mean, deviation
        with precision("float32"):
            self.network = _Couplings(len(mean), seed)
            self.network.build((None, len(mean)))

    @property
    def noise_dim(self) -> int:
        """Length of the noise of a latent vector."""
        return len(self.mean)

    def transform(self, noise: Any) -> Any:
        """Map standard normal noise of shape `(count, latent_dim)` to latent vectors."""
        deviation, mean = (ops.cast(a, "float32") for a in (self.deviation, self.mean))
        return self.network.inverse(noise) * deviation + mean

    def draw(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw latent vectors.

        Args:
            count: number of latent vectors.
            seed: the same seed gives the same vectors.

        Returns:
            A float32 array of shape `(count, latent_dim)`.
        """
        return draw_by_noise(self, count, seed)

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density at codes, of shape `(count,)`."""
        scaled = ((codes - self.mean) / self.deviation).astype("float32")
        outputs = ops.convert_to_numpy(self.network(scaled)).astype("float64")
        return _log_likelihood(outputs, np) - np.log(self.deviation).sum()


def fit_flow(codes: np.ndarray, seed: int = 0) -> Flow | GaussianMixture:
    """Fit a flow by maximum likelihood.

    Training lasts at most 60 epochs and stops when the likelihood of a held-out tenth of the codes
    has not improved for ten; the weights of the best epoch are kept.

    Args:
        codes: array of shape `(count, latent_dim)`, of 20 rows at least.
        seed: seed of the weights, the order of the codes, and the held-out codes.

    Returns:
        A `Flow`; a normal distribution for codes of one dimension, which have no halves.

    Raises:
        ValueError: if there are fewer rows.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(50, 2)) * [1.0, 5.0]
    >>> fit_flow(codes).draw(3).shape
    (3, 2)
    """
    codes = np.asarray(codes, "float32")
    if codes.ndim != 2 or len(codes) < 2 / HELD_OUT:
        raise ValueError(
            f"A flow is fitted to {2 / HELD_OUT:.0f} codes or more, of shape (count, latent_dim). "
            f"Received: shape {codes.shape}. Encode more images, or fit a Gaussian."
        )
    if codes.shape[1] < 2:
        return fit_gaussian(codes)
    deviation = np.maximum(codes.std(axis=0), 1e-6)
    flow = Flow(codes.mean(axis=0), deviation, seed)
    generator = np.random.default_rng(seed)
    rows = generator.permutation((codes - flow.mean) / deviation)
    held_out, rows = np.split(rows, [int(HELD_OUT * len(rows))])
    batch = min(BATCH, len(rows))  # of one size, so that the step is compiled once
    network = flow.network
    network.compile(
        keras.optimizers.Adam(1e-3, clipnorm=5.0),
        loss=_negative_log_likelihood,
        # On TensorFlow that takes longer than it saves; on JAX nothing else is compiled.
        jit_compile=keras.backend.backend() == "jax",
    )

    def loss() -> float:
        return -float(_log_likelihood(ops.convert_to_numpy(network(held_out)), np).mean())

    best, kept, waited = loss(), network.get_weights(), 0
    for _ in range(MOST_EPOCHS):
        shuffled = generator.permutation(rows)
        for first in range(0, len(rows) - batch + 1, batch):
            part = shuffled[first : first + batch]
            network.train_on_batch(part, part)
        waited += 1
        if (found := loss()) < best:
            best, kept, waited = found, network.get_weights(), 0
        if waited == PATIENCE or not np.isfinite(found):
            break
    network.set_weights(kept)
    return flow


class _Couplings(keras.Model):
    """A network from scaled codes to noise, with the log-determinant as a last column."""

    def __init__(self, latent_dim: int, seed: int) -> None:
        super().__init__(name="flow")
        generator = np.random.default_rng(seed)
        # Alternately permute and reverse the dimensions, so that all of them are changed.
        self.orders = [
            np.arange(latent_dim)[::-1] if i % 2 else generator.permutation(latent_dim)
            for i in range(COUPLINGS)
        ]
        self.first = latent_dim // 2
        self.conditioners = [
            _conditioner(self.first, latent_dim - self.first, int(generator.integers(2**31 - 1)))
            for _ in range(COUPLINGS)
        ]

    def build(self, input_shape: Any) -> None:
        """Mark the network built: its parts are."""
        self.built = True

    def call(self, codes: Any) -> Any:
        log_volume: Any = 0.0
        for order, conditioner in zip(self.orders, self.conditioners, strict=True):
            codes = ops.take(codes, order, axis=1)
            given, changed = codes[:, : self.first], codes[:, self.first :]
            log_scale, shift = self._scale_and_shift(conditioner, given)
            codes = ops.concatenate([given, changed * ops.exp(log_scale) + shift], axis=1)
            log_volume = log_volume + ops.sum(log_scale, axis=1, keepdims=True)
        return ops.concatenate([codes, log_volume], axis=1)

    def inverse(self, noise: Any) -> Any:
        codes = ops.convert_to_tensor(noise)
        pairs = zip(self.orders[::-1], self.conditioners[::-1], strict=True)
        for order, conditioner in pairs:
            given, changed = codes[:, : self.first], codes[:, self.first :]
            log_scale, shift = self._scale_and_shift(conditioner, given)
            codes = ops.concatenate([given, (changed - shift) * ops.exp(-log_scale)], axis=1)
            codes = ops.take(codes, np.argsort(order), axis=1)
        return codes

    def _scale_and_shift(self, conditioner: keras.Model, given: Any) -> tuple[Any, Any]:
        log_scale, shift = ops.split(conditioner(given), 2, axis=1)
        return LARGEST_LOG_SCALE * ops.tanh(log_scale / LARGEST_LOG_SCALE), shift


def _conditioner(inputs: int, outputs: int, seed: int) -> keras.Model:
    """Two hidden layers and one that starts at zero: a coupling starts as the identity."""
    hidden = [
        keras.layers.Dense(UNITS, "relu", kernel_initializer=keras.initializers.HeNormal(seed + i))
        for i in range(2)
    ]
    last = keras.layers.Dense(2 * outputs, kernel_initializer="zeros")
    return keras.Sequential([keras.layers.Input((inputs,)), *hidden, last])


def _log_likelihood(outputs: Any, numpy_or_ops: Any) -> Any:
    """Log-likelihood of scaled codes, from noise and log-determinant."""
    noise, log_volume = outputs[:, :-1], outputs[:, -1]
    squares = numpy_or_ops.sum(noise * noise, axis=1)
    return log_volume - 0.5 * (squares + noise.shape[1] * float(np.log(2.0 * np.pi)))


def _negative_log_likelihood(codes: Any, outputs: Any) -> Any:
    return -_log_likelihood(outputs, ops)
