"""Tools that work on latent vectors."""

from keras_resgen.latent.interpolation import linear, spherical

__all__ = ["linear", "spherical"]
