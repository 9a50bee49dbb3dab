"""Whether a model generates: distances between distributions, and similarities of images."""

from keras_resgen.metrics.features import FEATURES, FeatureExtractor
from keras_resgen.metrics.reference import Reference

__all__ = ["FEATURES", "FeatureExtractor", "Reference"]
