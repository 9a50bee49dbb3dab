"""Discriminators of images and of latent codes; both return logits."""

import keras

from keras_resgen.layers import NORMALIZATIONS
from keras_resgen.networks.features import feature_map
from keras_resgen.networks.shapes import check_image_shape, check_positive


def image_discriminator(
    image_shape: tuple[int, int, int],
    *,
    network: str = "resnet",
    width: int = 32,
    normalization: str = "batch",
    attributes: int = 0,
    name: str = "discriminator",
) -> keras.Model:
    """Build a network from images to one logit each: a discriminator, or a critic.

    Attributes come in by projection (Miyato and Koyama, "cGANs with Projection Discriminator",
    2018, https://arxiv.org/abs/1802.05637, equation 3): `<attributes, V phi(x)>` is added to the
    logit of the features phi(x). The paper derives it for one of many classes; the log-ratio of
    real to generated has the same form for binary attributes that are independent given the image.

    Args:
        image_shape: `(size, size, channels)`; size a power of two from 32 to 256, 1 or 3 channels.
        network: `"resnet"` or `"plain"`.
        width: channels of the first block.
        normalization: `"batch"`; `"spectral"`, which bounds how fast the logits change with the
            image (Miyato et al., 2018, https://arxiv.org/abs/1802.05957); or `"none"`, which a
            gradient penalty needs, as it is defined for each image alone (Gulrajani et al., 2017).
        attributes: how many attributes the network is told beside the image; 0 for none.
        name: the model's name.

    Returns:
        A `keras.Model` from float images of shape `(batch, size, size, channels)` in [0, 1] to
        logits of shape `(batch, 1)`; with attributes, from `[images, attributes]`, the second of
        shape `(batch, attributes)`.

    Raises:
        ValueError: if an argument is outside the values above.

    Example:

    >>> image_discriminator((32, 32, 1), width=4, normalization="none").output_shape
    (None, 1)
    """
    check_image_shape(image_shape)
    check_positive(width=width)
    images = keras.Input(image_shape, name="images")
    x = feature_map(images, network, width=width, normalization=normalization)
    x = keras.layers.Flatten(name="flatten")(x)
    dense = NORMALIZATIONS[normalization].dense
    logits = dense(1, name="logits", dtype="float32")(x)
    if not attributes:
        return keras.Model(images, logits, name=name)
    check_positive(attributes=attributes)
    told = keras.Input((attributes,), name="attributes")
    projection = dense(attributes, use_bias=False, name="projection", dtype="float32")(x)
    product = keras.layers.Dot(1, name="told", dtype="float32")([projection, told])
    logits = keras.layers.Add(name="told_logits", dtype="float32")([logits, product])
    return keras.Model([images, told], logits, name=name)


def latent_discriminator(
    latent_dim: int,
    *,
    units: int = 512,
    normalization: str = "none",
    name: str = "discriminator",
) -> keras.Model:
    """Build the network that tells codes from draws of the prior in an adversarial autoencoder.

    Two hidden layers with LeakyReLU 0.2, as in Makhzani et al., "Adversarial Autoencoders" (2015,
    https://arxiv.org/abs/1511.05644).

    Args:
        latent_dim: length of a code.
        units: width of each hidden layer.
        normalization: `"none"`, as in the paper, or another of
            `keras_resgen.layers.NORMALIZATIONS`.
        name: the model's name.

    Returns:
        A `keras.Model` from codes of shape `(batch, latent_dim)` to logits of shape `(batch, 1)`.

    Raises:
        ValueError: if a size is not positive.

    Example:

    >>> latent_discriminator(8, units=16).count_params()
    433
    """
    check_positive(latent_dim=latent_dim, units=units)
    codes = keras.Input((latent_dim,), name="codes")
    normalized = NORMALIZATIONS[normalization]
    x = codes
    for i in (1, 2):
        x = normalized.dense(
            units,
            use_bias=normalized.biased,
            kernel_initializer="he_normal",
            name=f"dense_{i}",
        )(x)
        x = normalized.layer(name=f"norm_{i}")(x)
        x = keras.layers.LeakyReLU(0.2, name=f"activation_{i}")(x)
    logits = normalized.dense(1, name="logits", dtype="float32")(x)
    return keras.Model(codes, logits, name=name)
