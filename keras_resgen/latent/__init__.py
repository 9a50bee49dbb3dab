"""Tools that work on latent vectors."""

from keras_resgen.latent.interpolation import linear, spherical, walk

__all__ = ["linear", "spherical", "walk"]
