"""What any family can do with a discriminator or critic; no family need inherit from a GAN.

In these functions `discriminate` maps a batch of images, or of other inputs, to logits of shape
`(batch, 1)`. `conditioned` makes such a function of a network.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen import losses
from keras_resgen.backends import adapter
from keras_resgen.models.base import Endpoint, with_attributes
from keras_resgen.models.checks import check_discriminator
from keras_resgen.training.phase import Metrics

Discriminate = Callable[[Any], Any]


def check_image_discriminator(
    discriminator: keras.Model, image_shape: tuple[int, ...], attributes: int = 0
) -> None:
    """Raise a ValueError unless a network returns one logit for each image.

    Args:
        discriminator: a discriminator or critic.
        image_shape: `(size, size, channels)` of the images.
        attributes: number of attributes that the network must take beside an image.

    Raises:
        ValueError: if the network takes other inputs or returns other outputs.

    Example:

    >>> from keras_resgen.networks import image_discriminator
    >>> check_image_discriminator(image_discriminator((32, 32, 3), width=4), (32, 32, 3))
    """
    inputs: dict[str, tuple[int, ...]] = {"images": tuple(image_shape)}
    if attributes:
        inputs["attributes"] = (attributes,)
    check_discriminator(discriminator, inputs)


def conditioned(network: keras.Model, attributes: Any, *, training: bool) -> Discriminate:
    """Return a network as a function of its first input, conditioned on `attributes` if given.

    Args:
        network: a network of tensors, or of `[tensor, attributes]`.
        attributes: tensor of shape `(batch, attributes)`, or None.
        training: whether batch normalization uses the batch's statistics.

    Example:

    >>> from keras_resgen.networks import image_discriminator
    >>> network = image_discriminator((32, 32, 3), width=4, attributes=2)
    >>> discriminate = conditioned(network, ops.ones((5, 2)), training=False)
    >>> discriminate(ops.zeros((5, 32, 32, 3))).shape[0]
    5
    """
    return lambda tensor: network(with_attributes(tensor, attributes), training=training)


def discriminator_metrics(
    loss: losses.AdversarialLoss, discriminate: Discriminate, real: Any, fake: Any
) -> Metrics:
    """Return `discriminator_loss` and `discriminator_accuracy` of real and generated images.

    Args:
        loss: a row of `keras_resgen.losses.ADVERSARIAL_LOSSES`.
        discriminate: see the module; it runs once on the real and once on the generated images, so
            that batch normalization keeps them apart.
        real: tensor of real images.
        fake: tensor of as many generated images.
    """
    real_logits, fake_logits = discriminate(real), discriminate(fake)
    return {
        "discriminator_loss": loss.discriminator(real_logits, fake_logits),
        "discriminator_accuracy": loss.accuracy(real_logits, fake_logits),
    }


def generator_loss(
    loss: losses.AdversarialLoss, discriminate: Discriminate, real: Any, fake: Any
) -> Any:
    """Return the generator's loss; real images are used only if the loss is relativistic.

    Args:
        loss: a row of `keras_resgen.losses.ADVERSARIAL_LOSSES`.
        discriminate: see the module.
        real: tensor of real images.
        fake: tensor of as many generated images.
    """
    fake_logits = discriminate(fake)
    return loss.generator(discriminate(real) if loss.relativistic else None, fake_logits)


def zero_centered_penalty(discriminate: Discriminate, images: Any) -> Any:
    """Return the R1 penalty at real images, or the R2 penalty at generated ones.

    See `keras_resgen.losses.zero_centered_penalty`.

    Args:
        discriminate: see the module; without batch normalization.
        images: images at which to differentiate.
    """
    return losses.zero_centered_penalty(adapter().input_gradient(discriminate, images))


def interpolation_penalty(discriminate: Discriminate, real: Any, fake: Any, weights: Any) -> Any:
    """Return the gradient penalty of WGAN-GP at points between real and generated images.

    See `keras_resgen.losses.gradient_penalty`.

    Args:
        discriminate: see the module; without batch normalization.
        real: tensor of real images.
        fake: tensor of as many generated images.
        weights: the weights of the real images, uniform noise of shape `(batch, 1, 1, 1)`.
    """
    points = weights * real + (1.0 - weights) * fake
    return losses.gradient_penalty(adapter().input_gradient(discriminate, points))


def score_gradient_norm(discriminate: Discriminate, images: Any) -> float:
    """Return the mean norm of the logit's gradient with respect to the image.

    Args:
        discriminate: see the module.
        images: images at which to differentiate.
    """
    gradient = ops.convert_to_numpy(adapter().input_gradient(discriminate, images))
    return float(np.linalg.norm(gradient.reshape(len(gradient), -1), axis=1).mean())


def discriminate_endpoint(
    discriminator: keras.Model, inputs: dict[str, tuple[int, ...]], network: str
) -> Endpoint:
    """Return the endpoint that computes the logits of a discriminator.

    Args:
        discriminator: a discriminator or critic.
        inputs: the shape of each of its inputs by name, see `Endpoint`.
        network: name of the discriminator among the model's networks.
    """
    return Endpoint(
        lambda *tensors: {
            "logits": discriminator(
                tensors[0] if len(tensors) == 1 else list(tensors), training=False
            )
        },
        inputs,
        network,
    )
