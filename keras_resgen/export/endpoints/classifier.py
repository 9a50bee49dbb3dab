"""Export of classifiers."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from keras_resgen.export.endpoints.latent_tools import ToolEndpoint
from keras_resgen.export.errors import ExportError


class Classifier:
    """A classifier for `export_model`, which exports it as the endpoint `classify`.

    Args:
        classifier: a `keras.Model` from float images in [0, 1] of shape
            `(batch, height, width, channels)` to logits or probabilities `(batch, classes)`; see
            `keras_resgen.networks.classifier`. The height and width must be fixed.

    Raises:
        ExportError: if the network takes or returns other shapes.

    Attributes:
        networks: the network by the name `classifier`.
        image_shape: `(height, width, channels)`.
        latent_dim: 0, because there are no latent vectors.

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
                f"Received: shapes {shapes[0]} and {shapes[1]}. Build it with an image_shape."
            )
        self.networks = {"classifier": classifier}
        self.image_shape = classifier.input_shape[1:]

    def endpoints(self) -> dict[str, ToolEndpoint]:
        """Return the endpoint `classify`."""
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
        """Keep the weights as they are."""
        return nullcontext()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"classifier": keras.saving.serialize_keras_object(self.networks["classifier"])}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Classifier":
        """Build a classifier from `get_config`, or from a network in its place."""
        network = config["classifier"]
        if isinstance(network, dict):
            network = keras.saving.deserialize_keras_object(network)
        return cls(network)


def _ends_in_softmax(network: keras.Model) -> bool:
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    return isinstance(last, keras.layers.Softmax) or activation is keras.activations.softmax
