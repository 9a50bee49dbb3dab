"""What several families ask of the networks they are given."""

import keras


def check_discriminator(
    discriminator: keras.Model, input_shape: tuple[int, ...], inputs: str
) -> None:
    """Raises unless a network scores what it is to judge.

    Args:
        discriminator: a discriminator or critic.
        input_shape: of one input, without the batch axis.
        inputs: what the inputs are, for the error message.

    Raises:
        ValueError: if it takes another shape, or returns anything but one score for each input.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> check_discriminator(latent_discriminator(8), (8,), "codes")
    """
    if not discriminator.built:
        raise ValueError(
            f"The {discriminator.name} must be built. Received: a network whose input shape is not "
            f"known. Begin it with keras.Input({tuple(input_shape)})."
        )
    if discriminator.input_shape[1:] != tuple(input_shape):
        raise ValueError(
            f"The {discriminator.name} must take {inputs} of shape {(None, *input_shape)}. "
            f"Received: input {discriminator.input_shape}. Build it for this shape."
        )
    if discriminator.output_shape[1:] != (1,):
        raise ValueError(
            f"The {discriminator.name} must return one score for each input, shape (None, 1). "
            f"Received: {discriminator.output_shape}. End it with Dense(1), without activation."
        )
