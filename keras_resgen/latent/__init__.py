"""Latent vectors: priors, interpolation, attribute directions, edits, projection."""

from keras_resgen.latent.contextual import ContextualDirection
from keras_resgen.latent.directions import (
    DIRECTIONS,
    Direction,
    check_method,
    fit_directions,
    orthogonalize,
    step_at,
)
from keras_resgen.latent.editing import edit, moved, sweep, sweep_codes
from keras_resgen.latent.fitted import FITTED_PRIORS
from keras_resgen.latent.flow import Flow, fit_flow
from keras_resgen.latent.interpolation import interpolate, linear, spherical
from keras_resgen.latent.mixture import GaussianMixture, fit_gaussian, fit_mixture
from keras_resgen.latent.plots import plot_codes
from keras_resgen.latent.principal_components import PrincipalComponents, component_directions
from keras_resgen.latent.priors import PRIORS, Prior
from keras_resgen.latent.projection import project

__all__ = [
    "DIRECTIONS",
    "FITTED_PRIORS",
    "PRIORS",
    "ContextualDirection",
    "Direction",
    "Flow",
    "GaussianMixture",
    "PrincipalComponents",
    "Prior",
    "check_method",
    "component_directions",
    "edit",
    "fit_directions",
    "fit_flow",
    "fit_gaussian",
    "fit_mixture",
    "interpolate",
    "linear",
    "moved",
    "orthogonalize",
    "plot_codes",
    "project",
    "spherical",
    "step_at",
    "sweep",
    "sweep_codes",
]
