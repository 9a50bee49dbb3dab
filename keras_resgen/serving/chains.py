"""Endpoints that several networks of an export compute one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from keras_resgen.export.endpoints.names import CODES, IMAGE_ENDPOINTS

# Placeholders of an endpoint and an output whose names differ between models.
IMAGES, CODE = "<images>", "<code>"


class Step(NamedTuple):
    """One network of a chain.

    Attributes:
        endpoint: name of the network's endpoint.
        inputs: names of tensors of the chain, by the endpoint's names of its inputs.
        outputs: names of tensors of the chain, by the endpoint's names of its outputs.
    """

    endpoint: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


_ENCODE = Step("encode", {"images": "images"}, {CODE: "code"})
CHAINS = {
    "sample": (
        Step("draw", {"noise": "noise"}, {"latents": "latents"}),
        Step(IMAGES, {"latents": "latents"}, {"images": "images"}),
    ),
    "reconstruct": (_ENCODE, Step(IMAGES, {"latents": "code"}, {"images": "reconstructions"})),
    "edit": (
        _ENCODE,
        Step("move", {"codes": "code", "strengths": "strengths"}, {"latents": "moved"}),
        Step(IMAGES, {"latents": "moved"}, {"images": "edited"}),
    ),
}


def find_chains(endpoints: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Step, ...]]:
    """Return the chains whose networks an export has, with its own names.

    Args:
        endpoints: `inputs` and `outputs` of each, by name.

    Example:

    >>> prior = {"inputs": {"noise": 0}, "outputs": {"latents": 0}}
    >>> generator = {"inputs": {"latents": 0}, "outputs": {"images": 0}}
    >>> [step.endpoint for step in find_chains({"draw": prior, "generate": generator})["sample"]]
    ['draw', 'generate']
    """
    images = next((name for name in IMAGE_ENDPOINTS if name in endpoints), IMAGES)
    chains = {}
    for chain, steps in CHAINS.items():
        found = [s._replace(endpoint=images) if s.endpoint == IMAGES else s for s in steps]
        if all(step.endpoint in endpoints for step in found):
            chains[chain] = tuple(_named(step, endpoints[step.endpoint]) for step in found)
    return chains


def chain_signature(
    steps: Sequence[Step], endpoints: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs and outputs of a chain: descriptions of tensors by name.

    Args:
        steps: the steps of a chain.
        endpoints: `inputs` and `outputs` of each, by name.
    """
    made = {tensor for step in steps for tensor in step.outputs.values()}
    inputs = {
        outer: endpoints[step.endpoint]["inputs"][inner]
        for step in steps
        for inner, outer in step.inputs.items()
        if outer not in made
    }
    last = steps[-1]
    outputs = endpoints[last.endpoint]["outputs"]
    return inputs, {outer: outputs[inner] for inner, outer in last.outputs.items()}


def _named(step: Step, entry: Mapping[str, Any]) -> Step:
    """Return a step with the endpoint's own names, and its attributes if it takes any."""
    attributes = {"attributes": "attributes"} if "attributes" in entry["inputs"] else {}
    code = next((name for name in CODES if name in entry["outputs"]), CODE)
    outputs = {code if name == CODE else name: tensor for name, tensor in step.outputs.items()}
    return Step(step.endpoint, {**step.inputs, **attributes}, outputs)
