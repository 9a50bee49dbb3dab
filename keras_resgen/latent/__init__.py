"""Tools that work on latent vectors."""

from keras_resgen.latent.interpolation import linear, spherical, walk
from keras_resgen.latent.priors import PRIORS, Prior

__all__ = ["PRIORS", "Prior", "linear", "spherical", "walk"]
