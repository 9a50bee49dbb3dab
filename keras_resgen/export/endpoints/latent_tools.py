"""Endpoints for latent tools: sampling from a prior, and moving codes along directions."""

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
    """A prior and directions that were fitted to codes, for an export.

    Attributes:
        prior: a distribution fitted to codes, or None.
        fitted: its name in `keras_resgen.latent.FITTED_PRIORS`.
        directions: by name, in the order of `strengths`; those that depend on the code must have
            been fitted together, see `keras_resgen.latent.fit_directions`.
        method: how the directions were fitted, a name in `keras_resgen.latent.DIRECTIONS`.
    """

    prior: FittedPrior | None = field(default=None, repr=False)
    fitted: str | None = None
    directions: Mapping[str, Direction] = field(default_factory=dict, repr=False)
    method: str | None = None


class ToolEndpoint(NamedTuple):
    """An endpoint of a latent tool or a classifier, see `keras_resgen.models.base.Endpoint`."""

    function: Callable[..., dict[str, Any]]
    inputs: dict[str, tuple[int, ...]]
    network: str | None


class _Sampler(NamedTuple):
    """A distribution of latent vectors as a function of standard normal noise."""

    distribution: str
    fitted: bool
    noise_dim: int
    transform: Callable[[Any], Any]


def describe_tools(model: ExportableModel, tools: LatentTools) -> dict[str, Any]:
    """Return the manifest's facts about the tools: `draw` and `directions`, if there are any.

    Args:
        model: the exported model.
        tools: the tools exported with it.
    """
    facts: dict[str, Any] = {}
    if sampler := _find_sampler(model, tools):
        facts["draw"] = {"distribution": sampler.distribution, "fitted": sampler.fitted}
    if tools.directions:
        facts["directions"] = {"names": list(tools.directions), "method": tools.method}
    return facts


def add_tools(model: ExportableModel, tools: LatentTools) -> dict[str, ExportableEndpoint]:
    """Return the endpoints of a model and of its latent tools.

    `draw` maps noise to latent vectors and `move` moves codes along directions, each as a network
    of its own. `sample` and `edit` combine them with the networks of the model.

    Args:
        model: the exported model.
        tools: the tools exported with it.
    """
    endpoints: dict[str, ExportableEndpoint] = dict(model.endpoints())
    if not model.latent_dim:
        return endpoints
    images = next(endpoints[name] for name in IMAGE_ENDPOINTS if name in endpoints)
    attributes = {name: shape for name, shape in images.inputs.items() if name != "latents"}
    if sampler := _find_sampler(model, tools):
        transform = sampler.transform
        noise: dict[str, tuple[int, ...]] = {"noise": (sampler.noise_dim,)}
        endpoints["draw"] = ToolEndpoint(
            lambda noise: {"latents": transform(noise)}, noise, "prior"
        )
        endpoints["sample"] = ToolEndpoint(
            lambda noise, *condition: images.function(transform(noise), *condition),
            {**noise, **attributes},
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

    def edit(originals: Any, strengths: Any, *condition: Any) -> dict[str, Any]:
        codes = select_code(encode(originals))
        return {"edited": images.function(moved(codes, strengths), *condition)["images"]}

    inputs = {"images": model.image_shape, **strengths, **attributes}
    endpoints["edit"] = ToolEndpoint(edit, inputs, None)
    return endpoints


def share_context(directions: Mapping[str, Direction]) -> bool:
    """Return whether all directions that depend on the code do so by the same components.

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
    """Return the function from codes and strengths to moved codes, in TensorFlow."""
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


def _find_sampler(model: ExportableModel, tools: LatentTools) -> _Sampler | None:
    """Return the sampler of the fitted prior or of the model's own; None for a normal prior."""
    if tools.prior is not None:
        prior = tools.prior
        return _Sampler(tools.fitted or "unknown", True, prior.noise_dim, prior.transform)
    if model.prior == "gaussian":
        return None
    own = PRIORS[model.prior]
    return _Sampler(
        model.prior,
        False,
        own.noise_dim(model.latent_dim),
        lambda noise: own.transform(noise, model.prior_components, None),
    )
