"""Keras layers the networks are made of."""

from keras_resgen.layers.batch_normalization import BatchNormalization
from keras_resgen.layers.normalization import NORMALIZATIONS
from keras_resgen.layers.residual import ResidualBlock
from keras_resgen.layers.resize import NearestUpsampling
from keras_resgen.layers.spectral import SpectralConv2D, SpectralConv2DTranspose, SpectralDense

__all__ = [
    "NORMALIZATIONS",
    "BatchNormalization",
    "NearestUpsampling",
    "ResidualBlock",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "SpectralDense",
]
