"""The distributions that can be fitted to codes after training, as priors to sample from."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from keras_resgen.latent.flow import fit_flow
from keras_resgen.latent.mixture import fit_gaussian, fit_mixture
from keras_resgen.registry import Registry


class FittedPrior(Protocol):
    """A distribution of codes as a map of noise, which sampling and exports share."""

    @property
    def noise_dim(self) -> int:
        """Length of the noise of a latent vector."""

    def transform(self, noise: Any) -> Any:
        """Map standard normal noise, of shape `(count, noise_dim)`, to latent vectors."""

    def draw(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw latent vectors, float32 of shape `(count, latent_dim)`."""

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density at codes, of shape `(count,)`."""


FITTED_PRIORS: Registry[Callable[[np.ndarray], FittedPrior]] = Registry(
    "fitted prior", {"gaussian": fit_gaussian, "mixture": fit_mixture, "flow": fit_flow}
)
