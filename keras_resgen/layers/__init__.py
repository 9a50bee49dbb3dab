"""The Keras layers that the networks are made of, and the table of normalizations."""

from keras_resgen.layers.batch_normalization import BatchNormalization
from keras_resgen.layers.convolution import Conv2D
from keras_resgen.layers.lenet import PartialConv2D, RadialBasisOutput, Subsampling, scaled_tanh
from keras_resgen.layers.local_response import LocalResponseNormalization
from keras_resgen.layers.normalization import NORMALIZATIONS
from keras_resgen.layers.residual import ResidualBlock
from keras_resgen.layers.resize import NearestUpsampling
from keras_resgen.layers.resnet_block import ResNetBlock
from keras_resgen.layers.shortcut import StridedIdentity
from keras_resgen.layers.spectral import SpectralConv2D, SpectralConv2DTranspose, SpectralDense
from keras_resgen.layers.transformer import TransformerBlock

__all__ = [
    "NORMALIZATIONS",
    "BatchNormalization",
    "Conv2D",
    "LocalResponseNormalization",
    "NearestUpsampling",
    "PartialConv2D",
    "RadialBasisOutput",
    "ResNetBlock",
    "ResidualBlock",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "SpectralDense",
    "StridedIdentity",
    "Subsampling",
    "TransformerBlock",
    "scaled_tanh",
]
