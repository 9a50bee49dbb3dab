"""Networks by name: image encoders, decoders and discriminators, and classifiers.

Each function returns a built `keras.Model`. Networks do not depend on losses.
"""

from keras_resgen.networks import plain, resnet, transformer
from keras_resgen.networks.architecture import Architecture
from keras_resgen.networks.backbones import backbone
from keras_resgen.networks.classifiers import (
    CLASSIFIERS,
    classifier,
    classifier_names,
)
from keras_resgen.networks.decoder import decoder
from keras_resgen.networks.discriminator import image_discriminator, latent_discriminator
from keras_resgen.networks.encoder import encoder
from keras_resgen.networks.features import check_encoder
from keras_resgen.networks.registry import DECODER_BACKBONES, IMAGE_BACKBONES, network_names
from keras_resgen.networks.shapes import IMAGE_SIZES, check_image_shape, check_positive

__all__ = [
    "CLASSIFIERS",
    "DECODER_BACKBONES",
    "IMAGE_BACKBONES",
    "IMAGE_SIZES",
    "Architecture",
    "backbone",
    "check_encoder",
    "check_image_shape",
    "check_positive",
    "classifier",
    "classifier_names",
    "decoder",
    "encoder",
    "image_discriminator",
    "latent_discriminator",
    "network_names",
    "plain",
    "resnet",
    "transformer",
]
