"""Latent tools as endpoints of their own: draws of a prior, and steps along directions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_resgen.export.endpoints.exportable import ExportableEndpoint, ExportableModel
from keras_resgen.export.endpoints.names import IMAGE_ENDPOINTS, select_code
from keras_resgen.latent.contextual import ContextualDirection
from keras_resgen.latent.directions import Direction
from keras_resgen.latent.fitted import FittedPrior
from keras_resgen.latent.priors import PRIORS


@dataclass(frozen=True)
class LatentTools:
    """What was fitted to codes, for an export.

    Attributes:
        prior: a distribution that the codes follow, or None.
        fitted: its name in `keras_resgen.latent.FITTED_PRIORS`.
        directions: by name, in the order of `strengths`; those that depend on the code must have
            been fitted together, see `keras_resgen.latent.fit_directions`.
        method: how they were fitted, a name in `keras_resgen.latent.DIRECTIONS`.
    """

    prior: FittedPrior | None = None
    fitted: str | None = None
    directions: Mapping[str, Direction] = field(default_factory=dict)
    method: str | None = None


class ToolEndpoint(NamedTuple):
    """An endpoint that no model offers, see `keras_resgen.models.base.Endpoint`."""

    function: Callable[..., dict[str, Any]]
    inputs: dict[str, tuple[int, ...]]
    network: str | None


class _Draws(NamedTuple):
    """A distribution of latent vectors as a map of noise."""

    distribution: str
    fitted: bool
    noise_dim: int
    transform: Callable[[Any], Any]


def describe_tools(model: ExportableModel, tools: LatentTools) -> dict[str, Any]:
    """Returns what the manifest says of the tools: `draw` and `directions`, where they are.

    Args:
        model: that is exported.
        tools: that are exported with it.
    """
    facts: dict[str, Any] = {}
    if draws := _draws(model, tools):
        facts["draw"] = {"distribution": draws.distribution, "fitted": draws.fitted}
    if tools.directions:
        facts["directions"] = {"names": list(tools.directions), "method": tools.method}
    return facts


def with_tools(model: ExportableModel, tools: LatentTools) -> dict[str, ExportableEndpoint]:
    """Returns a model's endpoints and those of its latent tools.

    `draw` maps noise to latent vectors and `move` steps along directions, each a network of its
    own; `sample` and `edit` are they and the model's networks in one.

    Args:
        model: that is exported.
        tools: that are exported with it.
    """
    endpoints: dict[str, ExportableEndpoint] = dict(model.endpoints())
    if not model.latent_dim:
        return endpoints
    images = next(endpoints[name] for name in IMAGE_ENDPOINTS if name in endpoints)
    told = {name: shape for name, shape in images.inputs.items() if name != "latents"}
    if draws := _draws(model, tools):
        transform = draws.transform
        noise: dict[str, tuple[int, ...]] = {"noise": (draws.noise_dim,)}
        endpoints["draw"] = ToolEndpoint(
            lambda noise: {"latents": transform(noise)}, noise, "prior"
        )
        endpoints["sample"] = ToolEndpoint(
            lambda noise, *attributes: images.function(transform(noise), *attributes),
            {**noise, **told},
            None,
        )
    if not tools.directions:
        return endpoints
    moved = _mover(list(tools.directions.values()))
    strengths = {"strengths": (len(tools.directions),)}
    endpoints["move"] = ToolEndpoint(
        lambda codes, strengths: {"latents": moved(codes, strengths)},
        {"codes": (model.latent_dim,), **strengths},
        "directions",
    )
    if "encode" not in endpoints:
        return endpoints
    encode = endpoints["encode"].function

    def edit(originals: Any, strengths: Any, *attributes: Any) -> dict[str, Any]:
        codes = select_code(encode(originals))
        return {"edited": images.function(moved(codes, strengths), *attributes)["images"]}

    inputs = {"images": model.image_shape, **strengths, **told}
    endpoints["edit"] = ToolEndpoint(edit, inputs, None)
    return endpoints


def have_one_context(directions: Mapping[str, Direction]) -> bool:
    """Returns whether all directions that depend on the code look at the same of it.

    Args:
        directions: by name.
    """
    depending = [d for d in directions.values() if isinstance(d, ContextualDirection)]
    return all(
        np.array_equal(d.mean, depending[0].mean)
        and np.array_equal(d.components, depending[0].components)
        for d in depending
    )


def _mover(directions: Sequence[Direction]) -> Callable[[Any, Any], Any]:
    """From codes and strengths to moved codes, as `keras_resgen.latent.moved` does by name."""
    depending = [d for d in directions if isinstance(d, ContextualDirection)]
    constant = np.stack(
        [d.steps[0] if isinstance(d, ContextualDirection) else d for d in directions]
    ).astype("float32")
    if not depending:
        return lambda codes, strengths: codes + tf.matmul(strengths, constant)
    mean, components = depending[0].mean, depending[0].components
    nothing = np.zeros((components.shape[1], len(mean)), "float32")
    slopes = np.concatenate(
        [d.steps[1:] if isinstance(d, ContextualDirection) else nothing for d in directions]
    )

    def moved(codes: Any, strengths: Any) -> Any:
        context = tf.matmul(codes - mean, components)
        each = tf.expand_dims(strengths, 2) * tf.expand_dims(context, 1)
        moved_by_context = tf.matmul(tf.reshape(each, (-1, len(slopes))), slopes)
        return codes + tf.matmul(strengths, constant) + moved_by_context

    return moved


def _draws(model: ExportableModel, tools: LatentTools) -> _Draws | None:
    """The fitted prior, or the model's own unless that is the noise itself."""
    if tools.prior is not None:
        prior = tools.prior
        return _Draws(tools.fitted or "unknown", True, prior.noise_dim, prior.transform)
    if model.prior == "gaussian":
        return None
    own = PRIORS[model.prior]
    return _Draws(
        model.prior,
        False,
        own.noise_dim(model.latent_dim),
        lambda noise: own.transform(noise, model.prior_components, None),
    )
