"""The priors of latent vectors, by name.

Each is a map of standard normal noise, so that training, which takes noise from Keras, and
sampling, which takes it from numpy, have the same distribution.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from keras_resgen.registry import Registry

Tensor = Any


class Prior(NamedTuple):
    """A distribution of latent vectors as a map of noise.

    Attributes:
        noise_dim: `latent_dim -> int`, the length of the noise of a latent vector; raises a
            ValueError for an impossible length.
        transform: `(noise, components, component) -> latents`, from shape `(count, noise_dim)` to
            `(count, latent_dim)`. `components` is the number of components of the distribution,
            `component` the one of each latent vector, of shape `(count,)`, or None to let the noise
            choose.
        components: default number of components; 0 for a distribution without components, whose
            `transform` ignores the two arguments.
    """

    noise_dim: Callable[[int], int]
    transform: Callable[[Tensor, int, Tensor | None], Tensor]
    components: int

    def draw(
        self,
        latent_dim: int,
        count: int,
        seed: int = 0,
        *,
        components: int = 0,
        component: np.ndarray | None = None,
    ) -> np.ndarray:
        """Draw latent vectors.

        Args:
            latent_dim: length of a vector.
            count: number of latent vectors.
            seed: the same seed gives the same vectors on every machine, up to rounding in priors
                other than the gaussian.
            components: see `transform`.
            component: see `transform`.

        Returns:
            A float32 array of shape `(count, latent_dim)`.

        Example:

        >>> PRIORS["mixture"].draw(8, count=3, components=10).shape
        (3, 8)
        """
        shape = (count, self.noise_dim(latent_dim))
        noise = np.random.default_rng(seed).standard_normal(shape, "float32")
        return ops.convert_to_numpy(self.transform(noise, components, component))


def gaussian(noise: Tensor, components: int = 0, component: Tensor | None = None) -> Tensor:
    """The standard normal distribution.

    Args:
        noise: standard normal, of shape `(count, latent_dim)`.
        components: unused.
        component: unused.

    Returns:
        The noise.

    Example:

    >>> gaussian(np.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """
    return noise


def mixture(noise: Tensor, components: int = 10, component: Tensor | None = None) -> Tensor:
    """Gaussians around the origin, each elongated along its radius, like petals of a flower.

    Makhzani et al., "Adversarial Autoencoders" (2015, https://arxiv.org/abs/1511.05644), figure 4,
    which gives no numbers; here the centers lie at a radius of 1.4, with a standard deviation of
    0.5 along it and 0.1 across. A vector has the same component in every pair of dimensions.

    Args:
        noise: standard normal, of shape `(count, 1 + latent_dim)`.
        components: number of Gaussians; ten in the paper.
        component: the Gaussian of each vector, of shape `(count,)`; None to let the first number of
            the noise choose.

    Returns:
        A tensor of shape `(count, latent_dim)`.

    Example:

    >>> center = mixture(ops.zeros((1, 3)))
    >>> round(float(ops.norm(center)), 3)
    1.4
    """
    angle = 2 * math.pi * _component(noise, components, component) / components
    pairs = ops.reshape(noise[:, 1:], (-1, (noise.shape[1] - 1) // 2, 2))
    along, across = 1.4 + 0.5 * pairs[:, :, 0], 0.1 * pairs[:, :, 1]
    return _paired(
        along * ops.cos(angle) - across * ops.sin(angle),
        along * ops.sin(angle) + across * ops.cos(angle),
    )


def swiss_roll(noise: Tensor, components: int = 10, component: Tensor | None = None) -> Tensor:
    """Two turns of a spiral from the origin out to a radius of 3.

    Makhzani et al. (2015, https://arxiv.org/abs/1511.05644), figure 4. Components are sections of
    equal probability. A vector lies in the same section in every pair of dimensions, at a point of
    its own.

    Args:
        noise: standard normal, of shape `(count, 1 + latent_dim / 2)`.
        components: number of sections; ten in the paper.
        component: the section of each vector, of shape `(count,)`; None to let the first number of
            the noise choose.

    Returns:
        A tensor of shape `(count, latent_dim)`.

    Example:

    >>> outer_end = swiss_roll(ops.convert_to_tensor([[9.0, 9.0]]))
    >>> round(float(ops.norm(outer_end)), 3)
    3.0
    """
    section = _component(noise, components, component)
    place = ops.sqrt((section + _uniform(noise[:, 1:])) / components)
    angle = 4 * math.pi * place
    return _paired(3.0 * place * ops.cos(angle), 3.0 * place * ops.sin(angle))


def _uniform(noise: Tensor) -> Tensor:
    """Standard normal noise as numbers from 0 to 1."""
    return 0.5 * (1.0 + ops.erf(noise / math.sqrt(2.0)))


def _component(noise: Tensor, components: int, component: Tensor | None) -> Tensor:
    """The given component or the one that the first number chooses, of shape `(count, 1)`."""
    if component is not None:
        return ops.expand_dims(ops.cast(component, "float32"), 1)
    # In float32 the uniform number can be 1.
    return ops.minimum(ops.floor(components * _uniform(noise[:, :1])), components - 1.0)


def _paired(x: Tensor, y: Tensor) -> Tensor:
    return ops.reshape(ops.stack([x, y], axis=-1), (-1, 2 * x.shape[1]))


def _pairs(latent_dim: int) -> int:
    if latent_dim % 2:
        raise ValueError(
            "latent_dim must be even for this prior, which consists of pairs of dimensions. "
            f"Received: {latent_dim}. Add a dimension, or choose the gaussian prior."
        )
    return latent_dim // 2


PRIORS: Registry[Prior] = Registry(
    "prior",
    {
        "gaussian": Prior(lambda latent_dim: latent_dim, gaussian, components=0),
        "mixture": Prior(lambda latent_dim: 1 + 2 * _pairs(latent_dim), mixture, components=10),
        "swiss_roll": Prior(lambda latent_dim: 1 + _pairs(latent_dim), swiss_roll, components=10),
    },
)
