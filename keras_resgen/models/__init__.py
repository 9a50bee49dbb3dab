"""The families of models: which losses train which networks, in which phases.

A family of another package needs only what is listed here, in `keras_resgen.networks`,
`keras_resgen.losses` and `keras_resgen.training`. It registers itself with
`@FAMILIES.register(name)`; `load_plugins` says how an installed package makes its families known.
"""

from keras_resgen.models.aae import AdversarialAutoencoder
from keras_resgen.models.autoencoder import Autoencoder
from keras_resgen.models.autoencoding import AutoencodingModel, AutoencodingOptions
from keras_resgen.models.base import CommonOptions, Endpoint, GenerativeModel, with_attributes
from keras_resgen.models.checks import (
    check_discriminator,
    check_no_batch_normalization,
    check_not_negative,
)
from keras_resgen.models.creation import create_model, list_models
from keras_resgen.models.discriminators import (
    check_image_discriminator,
    conditioned,
    discriminate_endpoint,
    discriminator_metrics,
    generator_loss,
    interpolation_penalty,
    score_gradient_norm,
    zero_centered_penalty,
)
from keras_resgen.models.gan import GAN, AdversarialModel
from keras_resgen.models.registry import FAMILIES, load_plugins
from keras_resgen.models.saving import load_model
from keras_resgen.models.vae import VariationalAutoencoder
from keras_resgen.models.wgan_gp import WGANGP

__all__ = [
    "FAMILIES",
    "GAN",
    "WGANGP",
    "AdversarialAutoencoder",
    "AdversarialModel",
    "Autoencoder",
    "AutoencodingModel",
    "AutoencodingOptions",
    "CommonOptions",
    "Endpoint",
    "GenerativeModel",
    "VariationalAutoencoder",
    "check_discriminator",
    "check_image_discriminator",
    "check_no_batch_normalization",
    "check_not_negative",
    "conditioned",
    "create_model",
    "discriminate_endpoint",
    "discriminator_metrics",
    "generator_loss",
    "interpolation_penalty",
    "list_models",
    "load_model",
    "load_plugins",
    "score_gradient_norm",
    "with_attributes",
    "zero_centered_penalty",
]
