"""Image classifiers of the literature, from one table of variants."""

from keras_resgen.networks.classifiers.classifier import (
    classifier,
    classifier_features,
    classifier_names,
)
from keras_resgen.networks.classifiers.table import CLASSIFIERS
from keras_resgen.networks.classifiers.variant import Variant

__all__ = ["CLASSIFIERS", "Variant", "classifier", "classifier_features", "classifier_names"]
