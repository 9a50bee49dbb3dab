"""Feature extractors: networks whose features are compared by distances, by name."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen.metrics import face_network
from keras_resgen.registry import Registry

BATCH = 64


@dataclass(frozen=True, eq=False)
class FeatureExtractor:
    """A network that maps images to features.

    Args:
        name: name of the network, the last part of metric names such as `frechet_faces`.
        network: `keras.Model` from float images of shape `(batch, size, size, 3)` in [0, 1], of
            one size, to features of shape `(batch, features)`.

    Example:

    >>> extractor = FEATURES["faces"]()
    >>> extractor(np.zeros((2, 32, 32, 3), "float32")).shape
    (2, 128)
    """

    name: str
    network: Any

    @property
    def image_size(self) -> int:
        """Height and width of the network's input."""
        return self.network.input_shape[1]

    @cached_property
    def version(self) -> str:
        """A hash of the network's weights: the first digits of their SHA-256."""
        digest = hashlib.sha256()
        for weight in self.network.get_weights():
            digest.update(np.ascontiguousarray(weight, "float32").tobytes())
        return digest.hexdigest()[:12]

    def __call__(self, images: Any) -> np.ndarray:
        """Return the features of images.

        Images are rounded to 256 levels, gray images are repeated for each color, and sizes are
        changed by averaging or repeating pixels if one size divides the other, else by antialiased
        bilinear interpolation.

        Args:
            images: array of shape `(count, size, size, channels)`, uint8, or float in [0, 1]; or
                `ImageRows`, which is read one batch at a time.

        Returns:
            A float32 array of shape `(count, features)`.
        """
        rows = []
        for first in range(0, len(images), BATCH):
            part = images[first : first + BATCH]
            # Padding to one batch size avoids a second compilation.
            filled = part[np.arange(BATCH) % len(part)]
            batch = ops.convert_to_numpy(self.prepare(filled))
            rows.append(self.network.predict_on_batch(batch)[: len(part)])
        return np.concatenate(rows)

    def prepare(self, images: np.ndarray) -> Any:
        """Return images as a tensor of the size and range that the network expects."""
        levels = images if images.dtype == np.uint8 else np.rint(np.clip(images, 0.0, 1.0) * 255.0)
        x = ops.convert_to_tensor(np.asarray(levels, "float32") / np.float32(255.0))
        if images.shape[-1] == 1:
            x = ops.repeat(x, 3, axis=-1)
        size = images.shape[1]
        if size == self.image_size:
            return x
        if size % self.image_size == 0:
            factor = size // self.image_size
            # Keras's average_pool on JAX fails where strides are left out.
            return ops.average_pool(x, factor, strides=factor)
        if self.image_size % size == 0:
            factor = self.image_size // size
            return ops.repeat(ops.repeat(x, factor, axis=1), factor, axis=2)
        return ops.image.resize(x, (self.image_size, self.image_size), antialias=True)


FEATURES: Registry[Callable[[], FeatureExtractor]] = Registry("features")


@FEATURES.register("faces")
@cache
def face_features() -> FeatureExtractor:
    """Return the features of a small network trained on drawn faces, part of the package.

    See `keras_resgen.metrics.face_network` and the card beside it.
    """
    network = face_network.load()
    features = keras.Model(network.input, network.outputs[0])
    return FeatureExtractor("faces", features)


@FEATURES.register("inception")
@cache
def inception_features() -> FeatureExtractor:
    """Return the 2048 features of Keras's InceptionV3, trained on ImageNet.

    FID is defined by a TensorFlow network of 2015 with other weights, so that distances by these
    features are not comparable with published FIDs.

    Raises:
        ValueError: if the weights cannot be read or downloaded.
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False, weights="imagenet", pooling="avg", input_shape=(299, 299, 3)
        )
    except Exception as error:
        raise ValueError(
            "Inception features need the weights of keras.applications.InceptionV3. Received: "
            f"{error}. Run keras.applications.InceptionV3(include_top=False) once with internet "
            'access and copy ~/.keras/models here, or use features "faces".'
        ) from error
    images = keras.Input((299, 299, 3))
    centered = keras.layers.Rescaling(2.0, offset=-1.0)(images)
    features = keras.Model(images, network(centered))
    return FeatureExtractor("inception", features)
