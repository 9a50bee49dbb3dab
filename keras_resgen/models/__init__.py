"""The families: which losses train which networks, in which phases."""

from keras_resgen.models.aae import AdversarialAutoencoder
from keras_resgen.models.autoencoder import Autoencoder
from keras_resgen.models.gan import GAN
from keras_resgen.models.registry import FAMILIES
from keras_resgen.models.vae import VariationalAutoencoder
from keras_resgen.models.wgan_gp import WGANGP

__all__ = [
    "FAMILIES",
    "GAN",
    "WGANGP",
    "AdversarialAutoencoder",
    "Autoencoder",
    "VariationalAutoencoder",
]
