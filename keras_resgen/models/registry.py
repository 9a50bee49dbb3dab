"""The table of families; a new one registers itself and touches nothing else."""

from keras_resgen.models.base import GenerativeModel
from keras_resgen.registry import Registry

FAMILIES: Registry[type[GenerativeModel]] = Registry("model")
