"""What `export_model` needs of a model; every family of `keras_resgen.models` offers it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, label)` before each step, and once after the last."""


class ExportableEndpoint(Protocol):
    """A function of tensors: see `keras_resgen.models.base.Endpoint`."""

    @property
    def function(self) -> Callable[..., dict[str, Any]]:
        """Map float tensors with a batch axis, in the order of `inputs`, to named tensors."""

    @property
    def inputs(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes without the batch axis by name: `"images"` (in [0, 1]), `"latents"`, `"codes"`,
        `"attributes"`, and others for standard normal noise and numbers of that size.
        """

    @property
    def network(self) -> str | None:
        """Name of the network that computes it alone, or None if several compute it."""


class ExportableModel(Protocol):
    """A generative model with named sub-networks, or a classifier, whose `latent_dim` is 0."""

    image_shape: tuple[int, int, int]
    latent_dim: int
    prior: str
    prior_components: int

    @property
    def networks(self) -> Mapping[str, Any]:
        """The sub-networks, `keras.Model`s, by name."""

    def averaged_weights(self) -> AbstractContextManager[None]:
        """Replace the weights by their moving averages within a `with` block, if there are any."""

    def draw_latents(self, count: int) -> Any:
        """Return a float32 array of latent vectors of shape `(count, latent_dim)`."""

    def endpoints(self) -> Mapping[str, ExportableEndpoint]:
        """Return the functions that an export offers, by name."""


def no_progress(done: int, total: int, label: str) -> None:
    """Report no progress."""
