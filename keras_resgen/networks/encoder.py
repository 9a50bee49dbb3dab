"""Image encoders: a network without its head, and a linear head."""

import keras

from keras_resgen.networks.features import feature_map
from keras_resgen.networks.shapes import check_image_shape, check_positive


def encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    *,
    network: str = "resnet",
    width: int = 32,
    variational: bool = False,
    normalization: str = "batch",
    weights: str | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Build a network from images to codes.

    Args:
        image_shape: `(size, size, channels)`; size a power of two from 32 to 256, 1 or 3 channels.
        latent_dim: length of a code.
        network: `"resnet"`, `"plain"` or `"transformer"`; or a network from elsewhere, such as
            `"resnet18"` or `"applications:ResNet50V2"`, see `keras_resgen.networks.backbone`.
        width: channels of the first block; networks from elsewhere have their own.
        variational: if true the network has two outputs, the mean and the log-variance of a
            diagonal normal distribution; else one, the code.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`; likewise.
        weights: of a network from elsewhere, see `keras_resgen.networks.backbone`.
        name: the model's name.

    Returns:
        A `keras.Model` from float images of shape `(batch, size, size, channels)` in [0, 1] to a
        code of shape `(batch, latent_dim)`, or to a list of two such tensors.

    Raises:
        ValueError: if an argument is outside the values above.

    Example:

    >>> encoder((32, 32, 3), latent_dim=8, width=4).output_shape
    (None, 8)
    >>> encoder((64, 64, 1), latent_dim=8, network="resnet18").output_shape
    (None, 8)
    """
    check_image_shape(image_shape)
    check_positive(latent_dim=latent_dim, width=width)
    images = keras.Input(image_shape, name="images")
    x = feature_map(images, network, width=width, normalization=normalization, weights=weights)
    x = keras.layers.Flatten(name="flatten")(x)
    if not variational:
        code = keras.layers.Dense(latent_dim, name="code", dtype="float32")(x)
        return keras.Model(images, code, name=name)
    mean = keras.layers.Dense(latent_dim, name="mean", dtype="float32")(x)
    log_variance = keras.layers.Dense(
        latent_dim,
        # Near zero at first: its exponential would otherwise dominate the first losses.
        kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
        name="log_variance",
        dtype="float32",
    )(x)
    return keras.Model(images, [mean, log_variance], name=name)
