"""Keras layers the networks are made of."""

from keras_resgen.layers.normalization import NORMALIZATIONS
from keras_resgen.layers.residual import ResidualBlock
from keras_resgen.layers.resize import NearestUpsampling

__all__ = ["NORMALIZATIONS", "NearestUpsampling", "ResidualBlock"]
