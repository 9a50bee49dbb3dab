"""Image decoders, which are also the generators of GANs: a decoder stem and an image head."""

import keras

from keras_resgen.layers import NORMALIZATIONS
from keras_resgen.networks.registry import DECODER_BACKBONES
from keras_resgen.networks.shapes import check_image_shape, check_positive


def decoder(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    *,
    network: str = "resnet",
    width: int = 32,
    normalization: str = "batch",
    attributes: int = 0,
    name: str = "decoder",
) -> keras.Model:
    """Build a network from latent vectors to images.

    The sigmoid at the end is the hyperbolic tangent of GAN papers moved to [0, 1]:
    sigmoid(x) = (tanh(x / 2) + 1) / 2.

    Args:
        latent_dim: length of a latent vector.
        image_shape: `(size, size, channels)`; size a power of two from 32 to 256, 1 or 3 channels.
        network: `"resnet"` or `"plain"`.
        width: channels of the last block.
        normalization: see `keras_resgen.layers.NORMALIZATIONS`.
        attributes: how many attributes the network is told beside the latent vector, to which they
            are appended (Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014,
            https://arxiv.org/abs/1411.1784); 0 for a network of latent vectors alone.
        name: the model's name.

    Returns:
        A `keras.Model` from float tensors of shape `(batch, latent_dim)` to float images of shape
        `(batch, size, size, channels)` in [0, 1]; with attributes, from `[latents, attributes]`,
        the second of shape `(batch, attributes)`.

    Raises:
        ValueError: if an argument is outside the values above.

    Example:

    >>> decoder(8, (32, 32, 3), width=4).output_shape
    (None, 32, 32, 3)
    """
    check_image_shape(image_shape)
    check_positive(latent_dim=latent_dim, width=width)
    stem = DECODER_BACKBONES[network]
    inputs = x = keras.Input((latent_dim,), name="latents")
    if attributes:
        check_positive(attributes=attributes)
        inputs = [x, keras.Input((attributes,), name="attributes")]
        x = keras.layers.Concatenate(name="latents_and_attributes")(inputs)
    x = stem(x, image_size=image_shape[0], width=width, normalization=normalization)
    convolution = NORMALIZATIONS[normalization].convolution
    x = convolution(image_shape[2], 3, padding="same", name="image_conv")(x)
    images = keras.layers.Activation("sigmoid", name="image", dtype="float32")(x)
    return keras.Model(inputs, images, name=name)
