"""Tools that work on latent vectors."""

from keras_resgen.latent.directions import DIRECTIONS, fit_directions, orthogonalize
from keras_resgen.latent.editing import edit, moved, sweep
from keras_resgen.latent.interpolation import linear, spherical, walk
from keras_resgen.latent.priors import PRIORS, Prior
from keras_resgen.latent.projection import project

__all__ = [
    "DIRECTIONS",
    "PRIORS",
    "Prior",
    "edit",
    "fit_directions",
    "linear",
    "moved",
    "orthogonalize",
    "project",
    "spherical",
    "sweep",
    "walk",
]
