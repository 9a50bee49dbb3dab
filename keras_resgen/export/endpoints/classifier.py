"""A classifier as what an exporter takes."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from keras_resgen.export.endpoints.latent_tools import ToolEndpoint
from keras_resgen.export.errors import ExportError


class Classifier:
    """Offers a network from images to classes to `export_model`, as the endpoint `classify`.

    Args:
        classifier: a `keras.Model` from float images of one size in [0, 1], of shape
            `(batch, height, width, channels)`, to logits or probabilities `(batch, classes)`; see
            `keras_resgen.networks.classifier`.

    Raises:
        ExportError: if the network takes or returns something else.

    Attributes:
        networks: the classifier, by this name.
        image_shape: `(height, width, channels)`.
        latent_dim: 0, for there are no latent vectors; nor is there a prior.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> network = classifier("resnet20", widths=(4, 8, 16))
    >>> Classifier(network).image_shape
    (32, 32, 3)
    """

    latent_dim = 0
    prior = "gaussian"
    prior_components = 0

    def __init__(self, classifier: keras.Model) -> None:
        shapes = (classifier.input_shape, classifier.output_shape)
        if [len(shape) for shape in shapes] != [4, 2] or None in classifier.input_shape[1:]:
            raise ExportError(
                "A classifier must take images of one size and return a number for each class. "
                f"Received: a network from {shapes[0]} to {shapes[1]}. Give it an image_shape."
            )
        self.networks = {"classifier": classifier}
        self.image_shape = classifier.input_shape[1:]

    def endpoints(self) -> dict[str, ToolEndpoint]:
        """Returns the one function that it offers."""
        network = self.networks["classifier"]
        name = "probabilities" if _ends_in_softmax(network) else "logits"
        return {
            "classify": ToolEndpoint(
                lambda images: {name: network(images, training=False)},
                {"images": self.image_shape},
                "classifier",
            )
        }

    def averaged_weights(self) -> AbstractContextManager[None]:
        """Changes nothing: the weights are exported as they are."""
        return nullcontext()

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"classifier": keras.saving.serialize_keras_object(self.networks["classifier"])}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Classifier":
        """Rebuilds it from `get_config`, or from a network."""
        network = config["classifier"]
        if isinstance(network, dict):
            network = keras.saving.deserialize_keras_object(network)
        return cls(network)


def _ends_in_softmax(network: keras.Model) -> bool:
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    return isinstance(last, keras.layers.Softmax) or activation is keras.activations.softmax
