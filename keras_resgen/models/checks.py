"""Checks of networks and numbers that several families share."""

from collections.abc import Mapping

import keras


def check_discriminator(discriminator: keras.Model, inputs: Mapping[str, tuple[int, ...]]) -> None:
    """Raise a ValueError unless a network returns one logit for each of these inputs.

    Args:
        discriminator: a discriminator or critic.
        inputs: the shape of each of its inputs, without the batch axis, by a description.

    Raises:
        ValueError: if it takes another shape, or returns anything but one logit for each input.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> check_discriminator(latent_discriminator(8), {"codes": (8,)})
    """
    first, *_ = inputs.values()
    if not discriminator.built:
        raise ValueError(
            f"The {discriminator.name} must be built. Received: a network whose input shape is not "
            f"known. Begin it with keras.Input({first})."
        )
    if [tensor.shape[1:] for tensor in discriminator.inputs] != list(inputs.values()):
        expected = " and ".join(
            f"{description} of shape {(None, *shape)}" for description, shape in inputs.items()
        )
        received = ", ".join(str(tensor.shape) for tensor in discriminator.inputs)
        raise ValueError(
            f"The {discriminator.name} must take {expected}. Received: input {received}. "
            f"Build it for {'this shape' if len(inputs) == 1 else 'these shapes'}."
        )
    if discriminator.output_shape[1:] != (1,):
        raise ValueError(
            f"The {discriminator.name} must return one logit for each input, shape (None, 1). "
            f"Received: {discriminator.output_shape}. End it with Dense(1), without activation."
        )


def check_no_batch_normalization(discriminator: keras.Model) -> None:
    """Raise a ValueError if a network for gradient penalties has batch normalization.

    A penalty on the gradient at one image is not defined if the logit of an image depends on the
    others of its batch (Gulrajani et al. 2017, section 4).

    Args:
        discriminator: a discriminator or critic.

    Raises:
        ValueError: if any of its layers is a batch normalization.

    Example:

    >>> from keras_resgen.networks import image_discriminator
    >>> network = image_discriminator((32, 32, 3), width=4, normalization="none")
    >>> check_no_batch_normalization(network)
    """
    layers = discriminator._flatten_layers()
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers):
        raise ValueError(
            f"The {discriminator.name} must not use batch normalization: the gradient penalty is "
            "defined for single images. Received: a network with batch normalization. "
            'Build it with normalization="none".'
        )


def check_not_negative(advice: str, **numbers: float) -> None:
    """Raise a ValueError that names the first keyword whose value is negative or NaN.

    Args:
        advice: a sentence on useful values, for the error message.
        **numbers: the values to check.

    Raises:
        ValueError: if one is below 0 or NaN.

    Example:

    >>> check_not_negative("1 gives the plain VAE.", beta=0.5)
    """
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{name} must be 0 or more. Received: {number!r}. {advice}")
