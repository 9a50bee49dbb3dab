"""Tools that work on latent vectors."""

from keras_resgen.latent.directions import DIRECTIONS, fit_directions, orthogonalize
from keras_resgen.latent.editing import edit, moved, sweep, sweep_codes
from keras_resgen.latent.fitted import FITTED_PRIORS
from keras_resgen.latent.flow import Flow, fit_flow
from keras_resgen.latent.interpolation import linear, spherical, walk
from keras_resgen.latent.mixture import GaussianMixture, fit_gaussian, fit_mixture
from keras_resgen.latent.plots import plot_codes
from keras_resgen.latent.principal_components import PrincipalComponents
from keras_resgen.latent.priors import PRIORS, Prior
from keras_resgen.latent.projection import project

__all__ = [
    "DIRECTIONS",
    "FITTED_PRIORS",
    "PRIORS",
    "Flow",
    "GaussianMixture",
    "PrincipalComponents",
    "Prior",
    "edit",
    "fit_directions",
    "fit_flow",
    "fit_gaussian",
    "fit_mixture",
    "linear",
    "moved",
    "orthogonalize",
    "plot_codes",
    "project",
    "spherical",
    "sweep",
    "sweep_codes",
    "walk",
]
